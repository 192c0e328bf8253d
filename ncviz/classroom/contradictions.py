"""Rows whose numbers contradict each other: a cell was edited, or a spreadsheet changed it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.bell.forms import chsh_forms, signalling

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

CLOSE = 1e-5
"""How far numbers that say the same may be apart: spreadsheets drop the last digits."""


def contradictions(frame: "pd.DataFrame") -> dict[int, str]:
    """The rows that contradict themselves."""
    found: dict[int, str] = {}
    for name, least, parts, what in _counted(frame):
        told = frame[name].to_numpy(dtype=np.float64)
        off = np.abs(told - least - np.rint((told - least) * parts) / parts)
        for place in np.flatnonzero(off > CLOSE):
            words = f"{told[place]:.6g} is no share of {what[place]:g} outcomes"
            found.setdefault(int(place), f"column {name}: {words}")
    for name, source, value in _implied(frame):
        told = frame[name].to_numpy(dtype=np.float64)
        # NaN, where a run diverged or has no halves, contradicts nothing.
        for place in np.flatnonzero(np.abs(told - value) > CLOSE):
            words = f"{told[place]:.6g} is not what {source} make, {value[place]:.6g}"
            found.setdefault(int(place), f"column {name}: {words}")
    for k, low, high in _possible(frame):
        told = frame[f"C{k}"].to_numpy(dtype=np.float64)
        for place in np.flatnonzero((told < low - CLOSE) | (told > high + CLOSE)):
            words = f"{told[place]:.6g} is impossible beside A{k} and B{k}"
            found.setdefault(int(place), f"column C{k}: {words}")
    return found


def _implied(frame: "pd.DataFrame") -> list[tuple[str, str, Array]]:
    """Columns, what they follow from, and the values that follow."""
    c, a, b = (_settings(frame, letter) for letter in "CAB")
    marginals = np.stack([a, b], axis=1).reshape(-1, 2, 2, 2)
    forms, moved = chsh_forms(c.reshape(-1, 2, 2)), signalling(marginals)
    train, test, n = (_column(frame, name) for name in ("train_error", "test_error", "n_test"))
    first, second = (_column(frame, f"error_{which}") for which in ("first", "second"))
    half = n // 2
    # With the rule "correct" a marginal is 1 − 2 × error of the same points.
    by_rule = np.where(
        frame["outcome"].to_numpy() == "correct", (1 - marginals.mean(axis=(1, 2, 3))) / 2, test
    )
    return [
        ("S", "C11 + C12 + C21 − C22", forms[:, 0]),
        ("delta", "the mean outcomes A11 to B22", moved),
        ("D", "the correlators and mean outcomes", forms.max(axis=1) - 2 - moved),
        ("test_error", "the mean outcomes A11 to B22", by_rule),
        ("gap", "test_error − train_error", test - train),
        ("test_error", "error_first and error_second", (half * first + (n - half) * second) / n),
        ("gap_second", "error_second − train_error", second - train),
    ]


def _counted(frame: "pd.DataFrame") -> list[tuple[str, int, Array, Array]]:
    """Columns that are shares of whole numbers: from what, in steps of one what, of how many."""
    n, train, steps = (_column(frame, name) for name in ("n_test", "n_train", "steps"))
    rule = frame["outcome"].to_numpy()
    outcomes = np.where(rule == "correct", n, 1)
    outcomes = np.where(rule == "oscillation", np.maximum(1, steps // 4), outcomes)
    half = np.maximum(1, n // 2)
    means = [(f"{letter}{k}", -1, outcomes / 2, outcomes) for letter in "CAB" for k in SETTINGS]
    shares = {"train_error": 8 * train, "test_error": 8 * n, "joint_first": 4 * half}
    shares |= {"error_first": 8 * half, "error_second": 8 * (n - n // 2)}
    return [*means, *((name, 0, parts, parts) for name, parts in shares.items())]


def _possible(frame: "pd.DataFrame") -> list[tuple[str, Array, Array]]:
    """Between what a correlator must be, given the two mean outcomes beside it."""
    a, b = (_settings(frame, letter) for letter in "AB")
    low, high = np.abs(a + b) - 1, 1 - np.abs(a - b)
    return [(k, low[:, at], high[:, at]) for at, k in enumerate(SETTINGS)]


def _settings(frame: "pd.DataFrame", letter: str) -> Array:
    return np.asarray(frame[[f"{letter}{k}" for k in SETTINGS]].to_numpy(dtype=np.float64))


def _column(frame: "pd.DataFrame", name: str) -> Array:
    return np.asarray(frame[name].to_numpy(dtype=np.float64))
