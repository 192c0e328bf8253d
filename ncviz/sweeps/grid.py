"""Which experiments a sweep is made of, and how they are grouped and named."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, replace
from itertools import chain, count, product
from typing import Any

import numpy as np

from ncviz.basics.checks import a, did_you_mean, optional, several, short, takes, whole
from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep, in_frame

KEYWORDS = ("store", "client", "progress", "sample")  # a typo may be meant for one of them
MOST_CELLS = 1_000_000  # more cells are a slip of the finger
LONGEST = 24  # letters of a value in a label; a longer one is cut
Summaries = Mapping[Experiment, Mapping[str, Any]]  # finished cells, each with its `cell_summary`

a_sweep = a(Sweep, "a Sweep")
a_place = optional(a(Mapping, "a mapping from fields to values"))


def grid(
    experiment: Experiment, varied: Mapping[str, Any], sample: int | None = None
) -> list[Experiment]:
    """Every combination of the values, the first field slowest; or a `sample`, by the seed."""
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
    combinations = list(product(*values.values()))
    if sample is not None:
        some = whole("sample", sample, 1, n)
        drawn = np.random.default_rng(experiment.seed).choice(n, some, replace=False)
        combinations = [combinations[k] for k in np.sort(drawn)]
    cells = [replace(experiment, **dict(zip(values, each, strict=True))) for each in combinations]
    twice = next((cell for cell, n in Counter(cells).items() if n > 1), None)
    if twice is not None:
        raise ValueError(f"a cell is there twice: {twice.code()}")
    return cells


def _several(name: str, given: Any) -> list[Any]:
    """The values of a field; one value, such as four tasks, is a list of one."""
    one = isinstance(given, str | bytes) or not isinstance(given, Iterable)
    one |= name in ("pairing", "tasks") and isinstance(given, tuple)
    one |= isinstance(given, np.ndarray) and not given.ndim
    values = [given] if one else several(name, given, MOST_CELLS)
    # Numbers of numpy become Python's, which JSON knows.
    return [value.item() if isinstance(value, np.generic) else value for value in values]


@takes(sweep=a_sweep)
def summaries(sweep: Sweep) -> Summaries:
    """The rows of `Sweep.summary` by their cell."""
    return dict(zip(sweep.finished, sweep.summary.to_dict("records"), strict=True))


def groups(
    sweep: Sweep, over: tuple[str, ...], where: Mapping[str, Any] | None = None
) -> dict[str, list[Experiment]]:
    """The cells of `where` by the values of the other varied fields, "0.5, chain" or ""."""
    cells = list(sweep.cells)
    for field, value in (where or {}).items():
        if field not in sweep.varied:
            varied = ", ".join(sweep.varied) or "nothing"
            raise ValueError(f"where: this sweep varies {varied}, not {short(field)}")
        # What cannot be hashed, such as an array, is no field's value.
        some = cells if isinstance(value, Hashable) else []
        cells = [cell for cell in some if getattr(cell, field) == value]
        if not cells:
            known = dict.fromkeys(getattr(cell, field) for cell in sweep.cells)
            raise ValueError(f"where: {field} must be one of {short([*known])}, not {short(value)}")
    others = others_of(sweep, over)
    by_values: dict[tuple[Any, ...], list[Experiment]] = {}
    for cell in cells:
        by_values.setdefault(tuple(getattr(cell, field) for field in others), []).append(cell)
    found: dict[str, list[Experiment]] = {}
    for values, some in by_values.items():
        label = ", ".join(map(_short, values))
        more = (f"{label} ({again})" for again in count(2))  # long names may begin alike
        found[next(each for each in chain([label], more) if each not in found)] = some
    return found


def others_of(sweep: Sweep, over: tuple[str, ...]) -> tuple[str, ...]:
    """The other varied fields."""
    return tuple(field for field in sweep.varied if field not in over)


def in_words(fields: tuple[str, ...]) -> str:
    """Names of fields for reading: "learning rate, pairing"."""
    return ", ".join(fields).replace("_", " ")


def neurons(hidden: int) -> str:
    """A hidden size in words."""
    return f"{hidden} hidden neuron" + ("" if hidden == 1 else "s")


def _short(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(in_frame(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
