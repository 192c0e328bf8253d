"""The closed formulas of the CHSH scenario, on correlators and marginals of any leading shape.

Correlators have shape (…, x, y); marginals have shape (…, party, x, y), party 0 being Alice.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MINUS = np.array([[1, 1, 1, -1], [1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, 1]], dtype=float)
"""Where the minus stands in the forms, over settings 11, 12, 21, 22; the first row makes S."""

SIGNS = np.concatenate([MINUS, -MINUS])
"""The eight CHSH forms, over settings 11, 12, 21, 22 (Fine 1982)."""


def chsh_forms(correlators: Array) -> Array:
    """The eight CHSH forms (…, 8); the first is S = C11 + C12 + C21 − C22."""
    # Multiply and sum rather than a matrix product: the same numbers whatever the leading shape.
    flat = correlators.reshape(*correlators.shape[:-2], 1, 4)
    terms = flat * SIGNS
    return np.asarray(terms[..., 0] + terms[..., 1] + terms[..., 2] + terms[..., 3])


def shifts(marginals: Array) -> Array:
    """How far each task's mean outcome moves with the partner's task: (…, 4) for A1, A2, B1, B2.

    Partner on its second task minus partner on its first.
    """
    alice = marginals[..., 0, :, 1] - marginals[..., 0, :, 0]
    bob = marginals[..., 1, 1, :] - marginals[..., 1, 0, :]
    return np.concatenate([alice, bob], axis=-1)


def signalling(marginals: Array) -> Array:
    """δ = Σ |shift| over the four marginal pairs (Dzhafarov, Kujala & Larsson 2015)."""
    sizes = np.abs(shifts(marginals))
    return np.asarray(sizes[..., 0] + sizes[..., 1] + sizes[..., 2] + sizes[..., 3])
