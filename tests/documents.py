"""The pages that people read, and the code on them, as written."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

from lab import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "notebooks/teacher-guide.md")),
    *sorted(path for path in ROOT.glob("docs/**/*.md") if "_build" not in path.parts),
]
BLOCK = re.compile(r"^( *)(`{3,}|~{3,})([^\n]*)\n(.*?)^ *\2 *$", flags=re.DOTALL | re.MULTILINE)
PROGRAM = re.compile(r"(make|ncviz|pip|python3?|py|pytest|sudo|for|echo|\.|\.venv\\\S+)( |$)")
ADDRESS = re.compile(r"https?://[^\s)>`\"]+")
MENTIONED = {"pip install", "pip list", "python -m", "ncviz report", "ncviz class"}
"""Names of commands, without what they need to run."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind is python, shell, output (of the Python before it), addresses …"""

    kind: str
    code: str

    @property
    def lines(self) -> list[str]:
        """Lines of a shell, without comments; what goes on behind a backslash is one line."""
        found = re.sub(r" *\\\n *", " ", self.code).splitlines()
        return [line.split("  #")[0].strip() for line in found if line]


def _kind(language: str, code: str, before: str) -> str:
    lines = re.sub(r" *\\\n *", " ", code).splitlines()
    if language.startswith("{"):
        return "directive"  # of Sphinx, which builds the pages with warnings as errors
    if language == "python" or (not language and code.startswith(("from ", "import ", ">>>"))):
        return "python"
    if language not in ("", "text"):
        return f"unknown: {language}"
    if all(PROGRAM.match(line) for line in lines if line):
        return "shell"
    if all(ADDRESS.fullmatch(line) for line in lines):
        return "addresses"
    return "output" if before == "python" else "printed"


@cache
def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in their order."""
    found: list[Block] = []
    for _, _, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        code = dedent(text)
        kind = _kind(language.strip(), code, found[-1].kind if found else "")
        found.append(Block(kind, code))
    return found


@cache
def inline(page: Path) -> list[str]:
    """What stands between single backquotes in the prose of a page, also over the end of a line."""
    prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)]


def shell(page: Path) -> list[str]:
    """Every line for a shell on a page, in blocks and in the prose."""
    found = [line for block in blocks(page) if block.kind == "shell" for line in block.lines]
    words = [code for code in inline(page) if PROGRAM.match(code) and " " in code]
    return [*found, *(code for code in words if code not in MENTIONED)]
