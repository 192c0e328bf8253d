"""What the numbers mean: the answer to the question everybody asks, and what accounts for S."""

from ncviz.meaning.account import Account, Line, Sourced, account_lines, account_sentence
from ncviz.meaning.answer import Answer, Condition, answer, shift_test
from ncviz.meaning.influence import Influence, influence_sentence, percent, placebo_sentence

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
