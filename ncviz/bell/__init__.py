"""CHSH behaviors: what four pairs of settings say, and the bounds they are held against."""

from ncviz.bell.behavior import Behavior
from ncviz.bell.forms import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.bell.references import (
    BOXES,
    PUBLISHED,
    Box,
    Published,
    local_box,
    pr_box,
    signalling_box,
    singlet,
)

__all__ = ["ALGEBRAIC_BOUND", "BOXES", "CLASSICAL_BOUND", "PUBLISHED", "TSIRELSON_BOUND"]
__all__ += ["Behavior", "Box", "Published", "local_box", "pr_box", "signalling_box", "singlet"]
