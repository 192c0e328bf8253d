"""The README's example does what the README says."""

import contextlib
import io
import re

import pytest

from lab import ROOT

NUMBER = re.compile(r"−?\d+\.\d+")


def test_the_example_prints_what_the_readme_shows() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", text, flags=re.DOTALL)
    assert found
    code, shown = found.groups()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert NUMBER.sub("#", printed.getvalue()) == NUMBER.sub("#", shown)
    # On another processor the last bits differ, and so the course of a single run.
    ours, theirs = (
        [float(n.replace("−", "-")) for n in NUMBER.findall(text)]
        for text in (printed.getvalue(), shown)
    )
    assert ours == pytest.approx(theirs, abs=0.1)
