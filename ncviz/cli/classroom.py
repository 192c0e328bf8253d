"""``ncviz class``."""

import argparse
import glob
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.cli.output import check_target, give, to_json

if TYPE_CHECKING:
    from ncviz.classroom import Group, Pooled


def add_commands(commands: Any) -> None:
    """Add it to the command line."""
    several = commands.add_parser(
        "class",
        help="pool the pinned runs of a class",
        description=(
            "Pool files of pinned runs, one a student, as the Explorer saves them: mean S at each "
            "size, and S against the held-out error, with intervals over runs and students."
        ),
    )
    several.add_argument(
        "files", nargs="+", metavar="FILE", help="a student's file, or a pattern such as *.csv"
    )
    several.add_argument("--html", type=Path, metavar="PATH", help="write a page for the projector")
    several.add_argument("--csv", type=Path, metavar="PATH", help="write the pooled runs")
    several.add_argument("--json", action="store_true", help="print one JSON object instead")
    several.set_defaults(command=_class)


def _class(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    from ncviz.classroom import pool

    files = expanded(chosen.files)
    for name, path in (("html", chosen.html), ("csv", chosen.csv)):
        check_target(name, path)
        if path and path.exists() and any(os.path.exists(f) and path.samefile(f) for f in files):
            raise ValueError(f"{name}: {path} is a student’s file and would be written over")
    found = pool(files)

    def write_page(part: Path) -> None:
        from ncviz.classroom.page import class_page

        part.write_text(class_page(found), encoding="utf-8")

    text = _as_json(found) if chosen.json else _as_text(found)
    give(text, {"csv": (chosen.csv, found.to_csv), "html": (chosen.html, write_page)})
    return 0


def expanded(patterns: Sequence[str]) -> list[str]:
    """The files that patterns stand for, in order of their names; Windows leaves this to us.

    What is the name of a file is that file, whatever letters it has, and what matches nothing
    stays as it is, to be told as missing.
    """
    files: list[str] = []
    for pattern in patterns:
        literal = os.path.lexists(pattern) or not glob.has_magic(pattern)
        files += [pattern] if literal else (sorted(glob.glob(pattern)) or [pattern])
    return files


def _as_text(found: "Pooled") -> str:
    from ncviz.sweeps.curve import curves_sentence

    lines = [found.sentence, *found.shared]
    for group in found.groups:
        table = group.table.to_string(index=False, float_format="{:.3f}".format)
        curve = curves_sentence([group.curve])
        lines += ["", group.label, table, curve, group.assumption, group.slope_sentence]
    if found.problems:
        lines += ["", "Left out", *(f"  {problem}" for problem in found.problems)]
    return "\n".join(lines)


def _as_json(found: "Pooled") -> str:
    groups = [_group(group) for group in found.groups]
    told = {"students": found.students, "pinned": found.rows, "runs": len(found.runs)}
    return to_json({**told, "groups": groups, "shared": found.shared, "problems": found.problems})


def _group(group: "Group") -> dict[str, Any]:
    from ncviz.classroom.group import FIXED

    told = {name: value for name, value in asdict(group.experiment).items() if name in FIXED}
    students = group.table["students"].tolist()
    return {
        "experiment": told,
        "curve": [
            {"hidden": hidden, "S": asdict(s), "students": n}
            for hidden, s, n in zip(group.curve.hidden, group.curve.S, students, strict=True)
        ],
        "slope": None if group.slope is None else asdict(group.slope.estimate),
    }
