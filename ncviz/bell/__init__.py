"""CHSH behaviors: what four pairs of settings say, and the bounds they are held against."""

from ncviz.bell.behavior import Behavior
from ncviz.bell.bounds import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND

__all__ = ["ALGEBRAIC_BOUND", "CLASSICAL_BOUND", "TSIRELSON_BOUND", "Behavior"]
