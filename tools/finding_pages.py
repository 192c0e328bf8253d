"""Sentences and tables of findings.jinja with the numbers of docs/findings.json, into the pages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ncviz.inference import format_number

ROOT = Path(__file__).resolve().parents[1]
FINDINGS = ROOT / "docs" / "findings.json"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(<!-- findings: (\w+) -->\n)(.*?)(<!-- end -->)", flags=re.DOTALL)
QUOTED = {
    "lesson_2": ROOT / "notebooks" / "02-where-the-heads-fight.ipynb",
    "lesson_3": ROOT / "notebooks" / "03-does-s-predict-generalisation.ipynb",
    "lesson_4": ROOT / "notebooks" / "04-is-it-quantum.ipynb",
    "lesson_5": ROOT / "notebooks" / "05-real-models.ipynb",
    "guide": ROOT / "notebooks" / "teacher-guide.md",
}
"""Blocks of the template each line of which stands in that file, among its other words."""


def number(value: float, digits: int = 2) -> str:
    return format_number(value, f".{digits}f")


def interval(three: list[float], digits: int = 2, unit: str = "") -> str:
    """Write "2.21 [2.17, 2.25]"."""
    value, low, high = (number(one, digits) for one in three)
    return f"{value}{unit} [{low}, {high}]"


def plus_minus(three: list[float], digits: int = 1) -> str:
    """Write "−9.1 ± 0.1"."""
    value, low, high = three
    return f"{number(value, digits)} ± {number((high - low) / 2, digits)}"


def to(two: list[float], digits: int = 2) -> str:
    """Write "2.17 to 2.25"."""
    return " to ".join(number(one, digits) for one in two)


def span(several: list[float], digits: int = 2) -> str:
    """Write the least and the largest as `to` does."""
    return to([min(several), max(several)], digits)


def a_point(three: list[float]) -> str:
    """Write a slope for each percentage point: "−0.089 ± 0.006"."""
    return plus_minus([one / 100 for one in three], 3)


def rendered(found: dict[str, Any]) -> dict[str, str]:
    """Every block of the template."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "tools"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"n": number, "ci": interval, "pm": plus_minus, "to": to}
    made.filters |= {"span": span, "a_point": a_point}
    template = made.get_template("findings.jinja")
    context = template.new_context({**found, "parts": found})
    return {name: "".join(block(context)).strip() for name, block in template.blocks.items()}


def renew(found: dict[str, Any]) -> Iterator[str]:
    """Write every block into its pages, and say which lines do not stand where they are quoted."""
    texts = rendered(found)
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = BLOCK.sub(lambda block: f"{block[1]}{texts[block[2]]}\n{block[4]}", old)
        if new != old:
            page.write_text(new, encoding="utf-8")
            yield f"written: {page.relative_to(ROOT)}"
    for name, path in QUOTED.items():
        words = prose(path)
        for line in texts[name].splitlines():
            if line not in words:
                yield f"{path.relative_to(ROOT)} should say: {line}"


def prose(path: Path) -> str:
    """The words of a page or notebook, as if on one line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return " ".join(text.split())
