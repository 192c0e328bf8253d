"""Which experiments a sweep is made of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from ncviz.basics.checks import a, did_you_mean, optional, several, short, takes, whole
from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep, in_frame

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


Summaries = Mapping[Experiment, Mapping[str, Any]]
"""Finished cells, each with its `cell_summary`."""

LONGEST = 24
"""Letters of a value in a label; a longer one is cut."""


a_sweep = a(Sweep, "a Sweep")
a_place = optional(a(Mapping, "a mapping from fields to values"))


@takes(sweep=a_sweep)
def summaries(sweep: Sweep) -> Summaries:
    """The rows of `Sweep.summary` by their cell.

    Raises
    ------
    ValueError
        If it is no sweep.
    """
    rows = sweep.summary.to_dict("records")
    return dict(zip(sweep.finished, rows, strict=True))


def groups(
    sweep: Sweep, over: tuple[str, ...], where: Mapping[str, Any] | None = None
) -> dict[str, list[Experiment]]:
    """The cells of a sweep, sorted into those that differ in some fields only.

    Parameters
    ----------
    sweep : Sweep
    over : tuple of str
        The fields in which cells of one group may differ.
    where : mapping, optional
        Field → value: only cells with that value.

    Returns
    -------
    dict
        Label → cells. The label is made of the values of all other varied fields: "0.5, chain",
        and empty where there is no other.

    Raises
    ------
    ValueError
        If `where` names a field that is not varied, or a value that no cell has.

    Examples
    --------
    >>> from ncviz import Experiment, Sweep
    >>> from ncviz.sweeps.grid import grid
    >>> from ncviz.sweeps.grid import groups
    >>> e, varied = Experiment(), {"hidden": [1, 2], "learning_rate": [0.1, 0.5]}
    >>> s = Sweep(e, tuple(varied), tuple(grid(e, varied)), {})
    >>> {label: [cell.hidden for cell in cells] for label, cells in groups(s, ("hidden",)).items()}
    {'0.1': [1, 2], '0.5': [1, 2]}
    """
    cells = list(sweep.cells)
    for field, value in (where or {}).items():
        if field not in sweep.varied:
            varied = ", ".join(sweep.varied) or "nothing"
            raise ValueError(f"where: this sweep varies {varied}, not {short(field)}")
        cells = _with(cells, field, value)
        if not cells:
            known = dict.fromkeys(getattr(cell, field) for cell in sweep.cells)
            raise ValueError(f"where: {field} must be one of {short([*known])}, not {short(value)}")
    others = others_of(sweep, over)
    by_values: dict[tuple[Any, ...], list[Experiment]] = {}
    for cell in cells:
        by_values.setdefault(tuple(getattr(cell, field) for field in others), []).append(cell)
    found: dict[str, list[Experiment]] = {}
    for values, some in by_values.items():
        label = wanted = ", ".join(map(_short, values))
        again = 1
        while label in found:  # long names may begin alike
            again += 1
            label = f"{wanted} ({again})"
        found[label] = some
    return found


def others_of(sweep: Sweep, over: tuple[str, ...]) -> tuple[str, ...]:
    """The other varied fields."""
    return tuple(field for field in sweep.varied if field not in over)


def in_words(fields: tuple[str, ...]) -> str:
    """Names of fields for reading: "learning rate, pairing"."""
    return ", ".join(fields).replace("_", " ")


def neurons(hidden: int) -> str:
    """A hidden size in words.

    Examples
    --------
    >>> from ncviz.sweeps.grid import neurons
    >>> neurons(1), neurons(3)
    ('1 hidden neuron', '3 hidden neurons')
    """
    return f"{hidden} hidden neuron" + ("" if hidden == 1 else "s")


def _with(cells: list[Experiment], field: str, value: Any) -> list[Experiment]:
    """The cells with a value; what cannot be hashed, such as an array, is no field's value."""
    try:
        hash(value)
    except TypeError:
        return []
    return [cell for cell in cells if getattr(cell, field) == value]


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(in_frame(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
