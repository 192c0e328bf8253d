"""The CHSH forms of correlators (…, x, y), and the bounds of S."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

CLASSICAL_BOUND = 2.0
"""Largest S of a local model without signalling (Clauser, Horne, Shimony & Holt 1969)."""

TSIRELSON_BOUND = 2 * sqrt(2)
"""Largest S of quantum theory (Cirel'son 1980). It limits nothing that signals."""

ALGEBRAIC_BOUND = 4.0
"""Largest S at all: no-signalling boxes (Popescu & Rohrlich 1994) and any signalling reach it."""

TOLERANCE = 1e-9
"""How far probabilities, correlators and what is summed of them may be off through rounding."""

Array = NDArray[np.float64]

MINUS = np.array([[1, 1, 1, -1], [1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, 1]], dtype=float)
"""Where the minus stands in the forms, over settings 11, 12, 21, 22; the first row makes S."""

SIGNS = np.concatenate([MINUS, -MINUS])  # the eight CHSH forms (Fine 1982)


def chsh_forms(correlators: Array) -> Array:
    """The eight CHSH forms (…, 8); the first is S = C11 + C12 + C21 − C22."""
    # Multiply and sum rather than a matrix product: the same numbers whatever the leading shape.
    flat = correlators.reshape(*correlators.shape[:-2], 1, 4)
    terms = flat * SIGNS
    return np.asarray(terms[..., 0] + terms[..., 1] + terms[..., 2] + terms[..., 3])
