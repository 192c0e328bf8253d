"""Whether the numbers of a cell can be those of its experiment."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.bell.forms import chsh_forms, signalling

Columns = Mapping[str, NDArray[Any]]

OUTCOMES = {f"{letter}{k}": (-1.0, 1.0) for letter in "CAB" for k in SETTINGS}
OF_RUNS = {
    "S": (-4.0, 4.0),
    **OUTCOMES,
    **{"train_error": (0.0, 1.0), "test_error": (0.0, 1.0), "gap": (-1.0, 1.0)},
    **{"delta": (0.0, 8.0), "D": (-10.0, 2.0)},
}
"""Columns of `Result.runs` and what they can be; a number in every run that did not diverge."""

RANGES = {
    **OF_RUNS,
    **{"S_first": (-4.0, 4.0), "product_first": (-4.0, 4.0), "joint_first": (0.0, 1.0)},
    **{"error_first": (0.0, 1.0), "error_second": (0.0, 1.0), "gap_second": (-1.0, 1.0)},
    "swing": (0.0, np.inf),
}
NAMES = (*RANGES,)
LOW, HIGH = np.array([*RANGES.values()]).T[..., None]
CLOSE = 1e-9
"""How far numbers that say the same may be apart: a few last digits."""


def doubt(experiment: Any, columns: Columns) -> str:
    """Why columns cannot be what a training of the experiment gave; empty if they can.

    Parameters
    ----------
    experiment : Experiment or of another kind
        Its `runs` and outcome rule are looked at.
    columns : mapping of str to array, shape (runs,)

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.cell import run_cells
    >>> from ncviz.sweeps.checks import doubt
    >>> e = Experiment(runs=3, steps=5)
    >>> frame = run_cells([e])[0]
    >>> doubt(e, frame), doubt(e, frame[:1]), doubt(e, frame.assign(S=99.0))
    ('', 'it has 1 of 3 runs', 'S is 99, which is not from -4 to 4')
    """
    for name in ("run", "diverged", *NAMES):
        if name not in columns:
            return f"column {name} is missing"
        if np.asarray(columns[name]).dtype.kind not in _kinds(name):
            return f"column {name} holds other things than {_words(name)}"
    run, diverged = np.asarray(columns["run"]), np.asarray(columns["diverged"])
    if len(run) != experiment.runs:
        return f"it has {len(run)} of {experiment.runs} runs"
    if (run != np.arange(len(run))).any():
        return "its runs are not numbered 0, 1, 2, …"
    values = np.array([np.asarray(columns[name]) for name in NAMES], dtype=np.float64)
    return _out_of_range(values) or _missing(experiment, values, diverged) or _contradiction(values)


def _kinds(name: str) -> str:
    return {"run": "iu", "diverged": "b"}.get(name, "f")


def _words(name: str) -> str:
    return {"run": "whole numbers", "diverged": "True and False"}.get(name, "numbers")


def _out_of_range(values: NDArray[np.float64]) -> str:
    bad = (values < LOW - CLOSE) | (values > HIGH + CLOSE)
    if not bad.any():
        return ""
    k, run = np.argwhere(bad)[0]
    low, high = RANGES[NAMES[k]]
    return f"{NAMES[k]} is {values[k, run]:g}, which is not from {low:g} to {high:g}"


def _missing(experiment: Any, values: NDArray[np.float64], diverged: NDArray[np.bool_]) -> str:
    """A run that diverged has no number at all, any other has those of `Result.runs`."""
    there = np.isfinite(values)
    if there[:, diverged].any():
        return "a run that diverged has numbers"
    if not there[: len(OF_RUNS), ~diverged].all():
        k = int(np.argwhere(~there[: len(OF_RUNS)] & ~diverged)[0][0])
        return f"a run that did not diverge has no {NAMES[k]}"
    return ""


def _contradiction(values: NDArray[np.float64]) -> str:
    of = dict(zip(NAMES, values, strict=True))
    # Four settings in a row, then two by two.
    products, alice, bob = (np.moveaxis(v, 0, -1) for v in np.split(values[1:13], 3))
    marginals = np.stack([alice, bob], axis=-2).reshape(-1, 2, 2, 2)
    forms, moved = chsh_forms(products.reshape(-1, 2, 2)), signalling(marginals)
    implied = {
        "S": forms[:, 0],
        "delta": moved,
        "D": forms.max(axis=1) - 2 - moved,
        "gap": of["test_error"] - of["train_error"],
        "gap_second": of["error_second"] - of["train_error"],
    }
    for name, value in implied.items():
        # NaN, where a run diverged or has no halves, contradicts nothing.
        if (np.abs(of[name] - value) > CLOSE).any():
            return f"{name} is not what the other columns make it"
    return ""
