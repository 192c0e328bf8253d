"""The pinned runs of a whole class, pooled: `pool`, and what it gives back."""

from ncviz.classroom.group import Group
from ncviz.classroom.pooled import Pooled, pool

__all__ = ["Group", "Pooled", "pool"]
