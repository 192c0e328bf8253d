"""Which experiments a sweep is made of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from ncviz.checks import did_you_mean, several, short, whole
from ncviz.experiment import Experiment

KEYWORDS = ("store", "client", "progress", "sample")
"""Of `sweep`, beside the fields; a typo may be meant for one of them."""

MOST_CELLS = 1_000_000
"""More cells are a slip of the finger."""


def grid(
    experiment: Experiment, varied: Mapping[str, Any], sample: int | None = None
) -> list[Experiment]:
    """Every combination of the values given for some fields, or some of them drawn at random.

    Parameters
    ----------
    experiment : Experiment
        What is the same in all cells.
    varied : mapping
        Field name → values. A single value is allowed; a pairing is a name or a tuple of four
        task names, several pairings are a list.
    sample : int, optional
        So many cells, drawn without replacement; the draw depends on the experiment's seed only.

    Returns
    -------
    list of Experiment
        The first field varies slowest; sampled cells keep that order.

    Raises
    ------
    ValueError
        If a field is unknown, has no value, a bad value or one value twice, or `sample` is not a
        whole number from 1 to the number of cells.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.grid import grid
    >>> [e.code() for e in grid(Experiment(), {"hidden": [2, 4], "seed": 1})]
    ['Experiment(hidden=2, seed=1)', 'Experiment(hidden=4, seed=1)']
    """
    known = [field.name for field in fields(experiment)]
    values: dict[str, list[Any]] = {}
    for name, given in varied.items():
        if name not in known:
            hint = did_you_mean(name, [*known, *KEYWORDS])
            raise ValueError(f"{short(name)} is not a field of an experiment{hint}")
        values[name] = _several(name, given)
    n = int(np.prod([len(v) for v in values.values()], dtype=object))
    if n > MOST_CELLS:
        raise ValueError(f"a sweep can have at most {MOST_CELLS} cells, not {n}")
    chosen = range(n)
    if sample is not None:
        some = whole("sample", sample, 1, n)
        drawn = np.random.default_rng(experiment.seed).choice(n, some, replace=False)
        chosen = sorted(drawn.tolist())  # type: ignore[assignment]
    combinations = list(product(*values.values()))
    cells = [replace(experiment, **dict(zip(values, combinations[k], strict=True))) for k in chosen]
    twice = next((cell for cell, n in Counter(cells).items() if n > 1), None)
    if twice is not None:
        raise ValueError(f"a cell is there twice: {twice.code()}")
    return cells


def _several(name: str, given: Any) -> list[Any]:
    """The values of a field; one value is a list of one."""
    one = isinstance(given, str | bytes) or not isinstance(given, Iterable)
    if name in ("pairing", "tasks") and isinstance(given, tuple):
        one = True
    none = isinstance(given, np.ndarray) and not given.ndim
    values = [given] if one or none else several(name, given, MOST_CELLS)
    # Numbers of numpy become Python's, which JSON knows.
    return [value.item() if isinstance(value, np.generic) else value for value in values]
