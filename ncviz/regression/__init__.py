"""Regression of S on generalisation error, and the objections to it."""

from ncviz.regression.doubts import with_rivals
from ncviz.regression.guide import Guide, guide
from ncviz.regression.result import Regression, regress

__all__ = ["Guide", "Regression", "guide", "regress", "with_rivals"]
