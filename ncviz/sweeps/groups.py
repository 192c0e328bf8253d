"""Which cells of a sweep a picture is about, and what each of them says."""

from collections.abc import Mapping
from typing import Any

from ncviz.checks import a, optional, short, takes
from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep, in_frame

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
    >>> from ncviz.sweeps.groups import groups
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
    >>> from ncviz.sweeps.groups import neurons
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
