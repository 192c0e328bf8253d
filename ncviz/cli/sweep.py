"""``ncviz sweep`` and ``ncviz report``."""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any

from ncviz.basics.checks import short
from ncviz.basics.fields import plain_number
from ncviz.basics.writing import as_csv
from ncviz.cli.output import add_fields, check_target, give
from ncviz.experiment import Experiment
from ncviz.tasks import PAIRINGS

COLUMNS = ("S", "S_low", "S_high", "n", "delta", "D", "test_error", "regime")  # that are printed


def add_commands(commands: Any) -> None:
    """Add both to the command line."""
    sweep = commands.add_parser(
        "sweep",
        help="train a grid of experiments",
        description=(
            "Train an experiment for several values of some fields, as 1,2,4 or 1:8 (1 to 8) or "
            "1:9:2. With --store, a sweep that was interrupted goes on where it was."
        ),
    )
    names = f"{', '.join(PAIRINGS)}; an own pairing is A1|A2|B1|B2"
    add_fields(sweep, Experiment, pairing={"help": names})
    sweep.add_argument("--store", type=Path, metavar="FOLDER", help="keep every finished cell here")
    sweep.add_argument("--sample", type=int, metavar="N", help="only N cells, drawn at random")
    sweep.add_argument("--csv", type=Path, metavar="PATH", help="write a row a run to this file")
    sweep.add_argument("--scheduler", metavar="ADDRESS", help="train on this Dask cluster")
    sweep.set_defaults(command=_sweep)
    report = commands.add_parser(
        "report",
        help="write what a sweep found as one HTML page",
        description="Write FOLDER/report.html: curve, map, tables, and how to make them again.",
    )
    report.add_argument("folder", type=Path, help="what --store named")
    report.set_defaults(command=_report)


def _sweep(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    from ncviz.sweeps import sweep

    given = {f.name: getattr(chosen, f.name) for f in fields(Experiment)}
    values = {name: values_of(name, text) for name, text in given.items() if text is not None}
    fixed = {name: several[0] for name, several in values.items() if len(several) == 1}
    varied: dict[str, Any] = {n: several for n, several in values.items() if len(several) > 1}
    if not varied:
        raise ValueError("a sweep needs a field with several values, such as --hidden 1:8")
    check_target("csv", chosen.csv)
    with nullcontext() if chosen.scheduler is None else _client(chosen.scheduler) as client:
        found = sweep(
            Experiment(**fixed), store=chosen.store, sample=chosen.sample, client=client, **varied
        )
    table = found.summary
    text = ""
    if len(table):
        table = table[[*found.varied, *COLUMNS]]
        text = table.to_string(index=False, float_format="{:.3f}".format)
    give(text, {"csv": (chosen.csv, lambda part: part.write_bytes(as_csv(found.runs)))})
    return 1 if found.missing else 0


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("scheduler: pip install 'ncviz[dask]' first") from None
    return Client(address, timeout=10)  # type: ignore[no-untyped-call]


def _report(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    from ncviz.pages.sweep import write_report

    print(write_report(chosen.folder))
    return 0


def values_of(name: str, text: str) -> list[Any]:
    """The values that a command line gives for a field."""
    kind = {f.name: f.type for f in fields(Experiment)}[name]
    values: list[Any] = []
    for part in (piece.strip() for piece in text.split(",")):
        if name == "pairing":
            names = [task.strip() for task in part.split("|")]
            values.append(part if len(names) == 1 else tuple(names))
        elif kind is int and ":" in part:
            values += _range(name, part)
        elif kind in (int, float):
            values.append(_number(kind, name, part))
        else:
            values.append(part)
    return values


def _range(name: str, text: str) -> range:
    from ncviz.sweeps.grid import MOST_CELLS

    ends = [_number(int, name, end) for end in text.split(":")]
    first, last, step = (*ends, 1)[:3]
    if len(ends) > 3 or step < 1 or last < first:
        raise ValueError(f"{name}: {short(text)} must be first:last or first:last:step, rising")
    if last - first >= MOST_CELLS * step:
        raise ValueError(f"{name}: {short(text)} are more than {MOST_CELLS:,} values")
    return range(first, last + 1, step)


def _number(kind: type, name: str, text: str) -> Any:
    try:
        return plain_number(kind, text)
    except ValueError:
        words = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name}: {short(text)} is not {words}") from None
