"""A field is said once: a line in `Setup` and an entry in the table, and it is everywhere."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import ncviz
from ncviz import Experiment
from ncviz.fields import FIELDS

PACKAGE = Path(ncviz.__file__).parent

DEVELOPER = """
import importlib.machinery, sys
from pathlib import Path

WRITTEN = {
    "ncviz.setup": ('    device: str = "cpu"\\n', '    pull: float = 0.5\\n'),
    "ncviz.fields": (
        '    Field("seed"',
        '    Field("pull", rate, "The moon’s pull", (0.5, 1.0), hint="?", apart="it pulls {}"),\\n',
    ),
}

class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        before, line = WRITTEN[name]
        source = Path(self.path).read_text(encoding="utf-8")
        assert source.count(before) == 1
        return compile(source.replace(before, line + before), self.path, "exec")

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in WRITTEN:
            file = Path(sys.argv[1], name.rpartition(".")[2] + ".py")
            loader = Loader(name, str(file))
            return importlib.machinery.ModuleSpec(name, loader, origin=str(file))

sys.meta_path.insert(0, Finder)
sys.path.insert(0, str(Path(sys.argv[1]).parent))
"""

NEWCOMER = """
import contextlib, io, json
from ncviz import Experiment, Explorer, sweep
from ncviz.classroom.repeats import FIELDS as class_file
from ncviz.cli.main import main
from ncviz.meaning.verdict import assumptions

def tree(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)

said = {}
e = Experiment(pull=1, runs=2, steps=5, n_test=8)
said["query"], said["json"] = e.to_query(), e.to_json()
said["verdict"] = assumptions(e)
said["sweep"] = list(sweep(e, pull=[0.5, 2], progress=False).runs.columns)
said["class file"] = class_file
explorer = Explorer(e, hide=["net"], lock=["pull"])
control = next(w for w in tree(explorer) if "ncviz-pull" in w._dom_classes)
said["control"] = [control.name, control.options, control.locked]
said["pinned"] = [*explorer.pinned.columns]
explorer.close()
with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(SystemExit):
    main(["run", "--help"])
said["help"] = text.getvalue()
try:
    Experiment(pull=0)
except ValueError as error:
    said["refused"] = str(error)
print(json.dumps(said))
"""


def test_a_made_up_field_is_in_controls_verdict_sweeps_files_and_the_command_line() -> None:
    code = [sys.executable, "-c", DEVELOPER + NEWCOMER, str(PACKAGE)]
    said = json.loads(subprocess.run(code, capture_output=True, text=True, check=True).stdout)
    assert "pull=1.0" in said["query"] and '"pull": 1.0' in said["json"]
    assert "it pulls 1" in said["verdict"]
    assert {"pull", "S"} <= {*said["sweep"]}
    assert "pull" in said["class file"]
    name, options, locked = said["control"]
    assert name == "The moon’s pull" and locked
    assert [option["text"] for option in options] == ["0.5", "1"]
    assert "--pull" in said["help"]
    assert said["refused"] == "pull must be a number above 0, at most 1e38, not 0"


def test_the_table_has_every_field_once() -> None:
    assert sorted(FIELDS) == sorted(field.name for field in fields(Experiment))


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.values])
def test_a_control_offers_the_default_and_says_what_each_value_is(name: str) -> None:
    field, default = FIELDS[name], getattr(Experiment(), name)
    assert default in field.values and field.offered(default) == field.values
    for value in field.values:
        assert field.check(name, value) == value
        option = field.option(value)
        assert option["text"] and option["hint"]
    assert len({field.text(value) for value in field.values}) == len(field.values)
