"""What begins with an underscore is its owner's: nobody else reaches for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import ROOT

LEFT = {
    "_repr_png_",  # IPython asks a picture for it; an Axes of ours answers with its figure's
    "_get_clip_attrs",  # matplotlib has no other way to write clips into an SVG
    "_validate",  # of a trait of traitlets, before anything is set
    "_instances",  # ipywidgets' open widgets; `Widget.widgets` warns
    "_kind",  # of another store, inside of the class
}
"""Names that the package still takes from elsewhere."""


def taken(source: str) -> Iterator[str]:
    """Private names that are read from, or set on, something else than `self`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) not in OWN:
            names = [node.attr]
        else:
            continue
        yield from (name for name in names if re.match("_[^_]", name) and name not in PUBLIC)


OWN = ("self", "cls", "super()")
PUBLIC = ("_asdict", "_fields", "_replace")
"""Of named tuples: so written that no field can have their name."""


@pytest.mark.parametrize("source", ["a.b._c", "x()._y = 1", "from a import _b", "super(A)._x"])
def test_it_is_seen(source: str) -> None:
    assert [*taken(source)] and not [*taken("self._a; cls._b; super()._c; a.__dict__; _d")]


@pytest.mark.parametrize("folder", ["ncviz", "tests", "tools", "benchmarks"])
def test_nobody_reaches_into_another_object(folder: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in Path(ROOT, folder).rglob("*.py")
        for name in taken(path.read_text(encoding="utf-8"))
        if folder != "ncviz" or name not in LEFT
    }
    assert found == set()
