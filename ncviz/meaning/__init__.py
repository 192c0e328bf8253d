"""What the numbers mean: the answer to the question everybody asks, and what accounts for S."""

from ncviz.meaning.answer import Answer, Condition, Sourced, answer, shift_test
from ncviz.meaning.influence import (
    Account,
    Influence,
    Line,
    account_lines,
    account_sentence,
    influence_sentence,
    percent,
    placebo_sentence,
)

__all__ = [
    "Account",
    "Answer",
    "Condition",
    "Influence",
    "Line",
    "Sourced",
    "account_lines",
    "account_sentence",
    "answer",
    "influence_sentence",
    "percent",
    "placebo_sentence",
    "shift_test",
]
