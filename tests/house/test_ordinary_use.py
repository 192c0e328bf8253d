"""Nothing breaks in ordinary use: each line of the list of faults has its test, here or elsewhere.

What one line is about stands in its test; `HELD` names the tests of the others.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from IPython.core.formatters import DisplayFormatter

from lab import ROOT
from ncviz import Experiment, Sweep, figures, inference, mechanism, regress, sweep, tasks
from ncviz.basics.checks import Brief
from ncviz.cli import notebooks as lab_command
from ncviz.results.result import Result
from ncviz.sweeps.curve import curves

BASE = Experiment(hidden=2, runs=6, steps=60, n_test=64)

HELD = {
    2: ["sweeps/test_store.py::test_another_task_of_the_same_name_gets_no_old_numbers",
        "classroom/test_classroom.py::test_two_students_tasks_of_one_name_are_two_tasks"],
    3: ["regression/test_regression.py::test_runs_of_two_seeds_are_not_one_cluster",
        "sweeps/test_sweeps.py::test_seeds_of_every_size_stand_in_every_frame_exactly",
        "classroom/test_classroom.py::test_seeds_of_every_size_come_back_exactly"],
    4: ["classroom/test_classroom.py::test_the_forms_of_many_languages_are_read_right"],
    5: ["browser/test_kernel_ends.py::test_what_has_no_kernel_any_more_says_so_and_is_off",
        "browser/test_kernel_ends.py::test_notebook_7_says_it_too",
        "browser/test_kernel_ends.py::test_a_kernel_that_computes_is_no_dead_one",
        "browser/test_voila_template.py::test_a_kernel_that_died_is_said",
        "widgets/test_forged_messages.py::"
        "test_every_widget_has_the_one_guard_that_says_when_its_kernel_is_gone"],
    6: ["sweeps/test_price.py::test_words_about_the_end_do_not_stand_beside_an_earlier_step",
        "widgets/test_tabs.py::test_a_replayed_record_is_shown"],
    8: ["regression/test_hostile_formulas.py::test_texts_of_every_kind_can_be_held_fixed",
        "regression/test_hostile_formulas.py::test_numbers_of_every_kind_are_numbers",
        "regression/test_hostile_formulas.py::test_what_is_missing_is_missing_in_every_kind",
        "regression/test_hostile_formulas.py::test_what_a_formula_may_cost_is_bounded_before_it_is_paid",
        "regression/test_hostile_formulas.py::test_a_frame_that_cannot_be_fitted_is_refused",
        "regression/test_hostile_formulas.py::test_within_must_be_a_column_of_few_values"],
    10: ["sweeps/test_store.py::test_two_processes_that_open_a_new_store_at_once_share_it",
         "sweeps/test_store.py::test_what_systems_and_killed_writers_leave_is_no_obstacle",
         "sweeps/test_store.py::test_an_address_is_refused"],
    11: ["cli/test_cli_output.py::test_a_console_without_our_letters_shows_every_number",
         "cli/test_cli_output.py::test_a_file_that_cannot_be_written_is_refused_first",
         "cli/test_cli_output.py::test_without_a_stderr_everything_is_trained_and_told"],
    12: ["sweeps/test_sweep_cluster.py::test_what_ncviz_gives_back_can_be_copied_and_sent",
         "sweeps/test_sweep_cluster.py::test_what_ncviz_gives_back_comes_home_from_a_pool_of_processes",
         "sweeps/test_sweep_cluster.py::test_an_asynchronous_or_closed_client_is_refused"],
    13: ["basics/test_hostile_values.py::test_texts_and_numbers_of_numpy_become_those_of_python",
         "basics/test_hostile_values.py::test_messages_are_short_whatever_was_given",
         "basics/test_hostile_values.py::test_every_hostile_value_is_refused_with_a_sentence",
         "basics/test_hostile_values.py::test_so_are_those_of_the_command_line"],
    14: ["cli/test_dashboard_server.py::test_every_documented_address_opens_the_page",
         "widgets/test_teacher_mode.py::test_the_address_of_a_page_is_read_for_its_experiment"],
    16: ["widgets/test_laboratory.py::test_the_file_of_pinned_runs_is_called_like_its_student",
         "widgets/test_laboratory.py::"
         "test_the_student_is_who_was_typed_or_else_given_or_else_the_hubs_user",
         "widgets/test_teacher_mode.py::test_code_and_query_say_all_of_it",
         "browser/test_teacher_mode_on_page.py::test_a_students_name_is_asked_for_once_in_a_tab",
         "widgets/test_forged_messages.py::test_what_a_script_sets_its_widget_takes",
         "classroom/test_classroom.py::test_a_student_who_sends_twice_is_one_student"],
    17: ["browser/test_kernel_ends.py::test_ctrl_s_in_a_control_saves_the_notebook",
         "browser/test_kernel_ends.py::"
         "test_letters_grow_with_those_of_jupyterlab_and_of_the_browser",
         "browser/test_kernel_ends.py::"
         "test_a_page_that_runs_from_right_to_left_leaves_the_pictures_as_they_are",
         "figures/test_still.py::test_it_stands_in_the_cell_where_the_explorer_is_in_an_output",
         "figures/test_still.py::test_the_explorers_last_picture_stands_above_the_widget"],
    18: ["basics/test_hostile_values.py::test_a_typo_gets_a_suggestion",
         "basics/test_hostile_values.py::test_a_typo_on_the_command_line_gets_a_suggestion",
         "basics/test_hostile_values.py::test_the_help_names_the_choices",
         "sweeps/test_price.py::test_what_costs_much_says_so_first_and_nothing_is_lost",
         "sweeps/test_sweeps.py::test_the_first_estimate_is_right_within_a_factor_of_two"],
    19: ["widgets/test_presets.py::test_a_preset_is_the_same_whatever_came_before"],
}  # fmt: skip


@pytest.mark.parametrize("line", HELD)
def test_the_tests_of_the_other_lines_are_there(line: int) -> None:
    for place in HELD[line]:
        file, _, name = place.partition("::")
        assert f"\ndef {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), place


@pytest.fixture(scope="module")
def result() -> Result:
    return BASE.run()


@pytest.fixture(scope="module")
def grid() -> Sweep:
    return sweep(Experiment(runs=20, steps=60, n_test=64), hidden=[1, 2, 3], progress=False)


# 1: what is handed out is the user's


def spoil(frame: pd.DataFrame) -> None:
    """All that one does to a frame of one's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 wants `inplace` no more
        frame.sort_values(frame.columns[-1], ascending=False, inplace=True)
        frame.reset_index(drop=True, inplace=True)
    frame.iloc[:, 0] = frame.iloc[0, 0]
    frame.insert(0, "mine", 1)
    frame.columns = [f"{k}" for k in range(frame.shape[1])]
    frame.index.name = "row"


FRAMES = ("runs", "halves", "losses", "influence", "correlators", "marginals")


@pytest.mark.parametrize("name", FRAMES)
def test_frames_of_a_result_are_the_users(result: Result, name: str) -> None:
    before = getattr(result, name).copy()
    spoil(getattr(result, name))
    pd.testing.assert_frame_equal(getattr(result, name), before)


def test_halves_stand_by_their_runs_whatever_became_of_the_frame_of_runs() -> None:
    result, other = BASE.run(), BASE.run()
    spoil(result.runs)
    pd.testing.assert_frame_equal(result.halves, other.halves)


def test_frames_of_a_sweep_are_the_users(grid: Sweep) -> None:
    said, before = curves(grid)[0].sentence, [grid.runs.copy(), grid.summary.copy()]
    for frame in (grid.runs, grid.summary, *grid.finished.values()):
        spoil(frame)
    assert curves(grid)[0].sentence == said
    for frame, found in zip(before, (grid.runs, grid.summary), strict=True):
        pd.testing.assert_frame_equal(found, frame)
    again = Sweep(grid.experiment, grid.varied, grid.cells, grid.finished)
    pd.testing.assert_frame_equal(again.runs, before[0])


@pytest.mark.parametrize("name", ["slopes", "parts", "rivals", "influence"])
def test_frames_of_a_regression_are_the_users(grid: Sweep, name: str) -> None:
    found = regress(grid.runs, "S ~ test_error", within="hidden", cov="cluster")
    before, told = getattr(found, name).copy(), found.sentences
    spoil(getattr(found, name))
    spoil(found.data.frame)
    pd.testing.assert_frame_equal(getattr(found, name), before)
    assert found.sentences == told


def test_arrays_that_numbers_rest_on_cannot_be_changed(result: Result) -> None:
    behavior, paired = result.behavior, result.paired
    shared = [result.outcomes, behavior.p, behavior.correlators, behavior.marginals, behavior.forms]
    shared += [paired.S, paired.shifts, result.per_run.S, result.per_run.influence]
    for array in shared:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    result.parameters(0, "22")[:] = 0  # a copy
    assert result.parameters(0, "22").any()


def test_a_large_frame_goes_out_at_once_where_pandas_can_wait_with_the_copy() -> None:
    frame = pd.DataFrame({"x": np.zeros(1000)})
    from ncviz.basics.handing import handed

    lazy = int(pd.__version__.split(".")[0]) >= 3
    assert np.shares_memory(handed(frame)["x"].to_numpy(), frame["x"].to_numpy()) == lazy


# 7: pictures draw themselves


@contextmanager
def as_cells(*cells: str) -> Iterator[list[dict[str, Any]]]:
    """What notebooks show of cells, in a fresh kernel."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    yield [output for cell in notebook.cells for output in cell.outputs]


def test_a_picture_is_there_once_with_and_without_matplotlib_inline() -> None:
    made = "from ncviz import Experiment, figures, regress\n"
    made += f"r = {BASE.code()}.run()"
    shown = ["figures.correlators(r)", "figures.explorer(r)"]
    shown.append('regress(r.runs, "S ~ test_error").plot()')
    cells = [made, *shown, "%matplotlib inline", *shown, "ax = figures.losses(r)"]
    with as_cells(*cells) as outputs:
        pictures = [o for o in outputs if "image/png" in o.get("data", {})]
        assert len(outputs) == len(pictures) == 2 * len(shown)


def test_on_axes_of_ones_own_a_picture_is_theirs(result: Result) -> None:
    from matplotlib.figure import Figure

    own = Figure().subplots()
    assert figures.correlators(result, ax=own) is own
    assert "image/png" not in DisplayFormatter().format(own)[0]
    data, about = DisplayFormatter().format(figures.correlators(result))
    assert data["image/png"][1:4] == b"PNG" and about["image/png"]["width"] == 400


def test_completion_lists_pictures_only() -> None:
    assert {*dir(figures)} < {*figures.__all__}
    assert not any(isinstance(getattr(figures, name), ModuleType | type) for name in dir(figures))


# 9: the settings of a process are its user's

NUMBERS = """
import hashlib, json, sys, warnings
import numpy as np, torch
if sys.argv[1] == "theirs":
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_float32_matmul_precision("medium")
    np.seterr(all="raise")
    warnings.simplefilter("error")
torch.manual_seed(5); np.random.seed(5)

def state():
    return [str(torch.random.get_rng_state().tolist()), str(np.random.get_state()),
            str(np.geterr()), str(torch.get_default_dtype()), str(torch.get_default_device()),
            torch.get_float32_matmul_precision(), torch.get_num_threads()]

found = state()
from ncviz import Experiment, mechanism, regress, sweep
e = Experiment(hidden=2, runs=10, steps=128, n_test=64)
r = e.run()
kinds = [dict(optimizer="adam"), dict(outcome="oscillation"), dict(learning_rate=1e6),
         dict(sampling="full"), dict(trunk="separate", activation="relu")]
s = sweep(e, hidden=[1, 2, 3], progress=False)
f = regress(s.runs, "S ~ test_error", within="hidden", cov="cluster")
motion = mechanism.SlowMotion(e, 0, "22")
motion.step("both", 20)
tables = [r.runs, r.halves, r.losses, s.runs, s.summary, f.slopes, f.parts, f.influence,
          mechanism.competition(r).summary(), mechanism.sensing(mechanism.loss_traces(e), 19).frame]
tables += [e.__class__(hidden=2, runs=4, steps=60, n_test=64, **kind).run().runs for kind in kinds]
told = [hashlib.sha256(t.to_csv(float_format="%.17g").encode()).hexdigest() for t in tables]
told += [r.behavior.contextual_fraction(), motion.history.losses.tolist()]
print(json.dumps([told, [a == b for a, b in zip(found, state())]]))
"""


@pytest.fixture(scope="module")
def numbers() -> dict[str, Any]:
    """The same work in two processes: one as Python comes, one with everything set otherwise."""
    started = {
        whose: subprocess.Popen([sys.executable, "-c", NUMBERS, whose], stdout=subprocess.PIPE)
        for whose in ("ours", "theirs")
    }
    return {whose: json.loads(p.communicate(timeout=300)[0]) for whose, p in started.items()}


def test_numbers_are_the_same_to_the_bit_whatever_is_set(numbers: dict[str, Any]) -> None:
    assert numbers["theirs"][0] == numbers["ours"][0]


def test_every_setting_and_generator_is_as_it_was_found(numbers: dict[str, Any]) -> None:
    for whose in ("ours", "theirs"):
        assert all(numbers[whose][1])


def test_a_network_of_others_takes_nothing_from_torchs_chance() -> None:
    pytest.importorskip("peft", reason="needs the extra bert")
    from ncviz.bert.networks import backbone
    from ncviz.bert.networks.reading import Trunk

    before, ours = torch.get_rng_state(), Trunk(backbone("random:tiny").top(1), 2)
    torch.set_default_dtype(torch.float64)
    try:
        theirs = Trunk(backbone("random:tiny").top(1), 2)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(torch.get_rng_state(), before)
    frozen = [name for name in ours.state_dict() if "lora" not in name]
    assert all(torch.equal(ours.state_dict()[n], theirs.state_dict()[n]) for n in frozen)
    assert {p.dtype for p in theirs.parameters()} == {torch.float32}


THEIR_LOOK = {
    "text.usetex": True,
    "lines.marker": "s",
    "axes.facecolor": "red",
    "font.size": 30.0,
    "svg.fonttype": "path",
    "axes.grid": True,
    "path.sketch": (1, 2, 3),
}


@pytest.mark.parametrize("name", ["correlators", "losses", "s_of_runs", "s_training", "explorer"])
def test_pictures_are_the_same_whatever_matplotlib_is_told(result: Result, name: str) -> None:
    from matplotlib import rc_context, rcParams

    def drawn() -> tuple[bytes, bytes]:
        made = getattr(figures, name)(result)
        figure = made if name == "explorer" else made.figure
        return figures.png(figure, dpi=50), figures.svg(figure)

    ours = drawn()
    with rc_context(THEIR_LOOK):
        found = dict(rcParams)
        assert drawn() == ours
        assert dict(rcParams) == found


# 15: lessons


def cells_of(lesson: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    return found


LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem[:2])
def test_every_name_that_a_lesson_offers_is_there(lesson: Path) -> None:
    cells = cells_of(lesson)
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    known = set(re.findall(r"\b(\w+)\b(?= =|,?\)?\n|,)", code)) | set(
        re.findall(r"(?:import|as) (\w+)", code)
    )
    for cell in cells:
        spans = re.findall(r"`([^`]+)`", "".join(cell["source"]))
        said = {name for span in spans for name in re.findall(r"^(\w+) = ", span)}
        for span in spans if cell["cell_type"] == "markdown" else ():
            for name in re.findall(r"(?<![\w.\"-])([A-Za-z]\w*)(?=[.(\[]\w)", span):
                assert name in known | said | {"list"}, f"{lesson.name}: {span}"


def test_the_first_lessons_pairings_are_named_by_what_it_imports() -> None:
    assert "majority" in tasks.PAIRINGS and "easy" in tasks.PAIRINGS


def test_run_all_of_lesson_5_opens_no_explorer_before_its_button_is_pressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bert = pytest.importorskip("ncviz.bert", reason="needs the extra bert")
    from importlib.util import find_spec

    from ipywidgets import HTML

    opened: list[HTML] = []
    monkeypatch.setattr(bert, "LoraExplorer", lambda: opened.append(HTML()) or opened[-1])
    (cell,) = [cell for cell in cells_of(LESSONS[4]) if cell["id"] == "lora"]
    names: dict[str, Any] = {"find_spec": find_spec, "display": lambda _: None}
    exec("".join(cell["source"]), names)
    assert opened == []
    names["begin"].click()
    assert [*names["real"].children] == opened != []


def test_what_lab_copies_can_be_written_and_is_whole_and_ones_own_work_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = tmp_path / "notebooks", tmp_path / "theirs"
    shutil.copytree(ROOT / "notebooks", ours)
    notebooks = {path.name: path.read_bytes() for path in ours.glob("*.ipynb")}
    for path in ours.iterdir():
        path.chmod(0o444)  # as some administrators install
    monkeypatch.setattr(lab_command, "files", lambda _package: tmp_path)
    theirs.mkdir()
    monkeypatch.chdir(theirs)
    cut_off, empty, mine, *_ = (theirs / name for name in sorted(notebooks))
    cut_off.write_bytes(notebooks[cut_off.name][:1000])  # a full disk, a closed lid
    empty.touch()
    mine.write_bytes(own := notebooks[mine.name][:1000] + b"mine")
    lab_command.lay_out_notebooks()
    for name, content in notebooks.items():
        assert Path(name).read_bytes() == (own if name == mine.name else content)
        assert Path(name).stat().st_mode & stat.S_IWUSR


def test_a_script_at_the_top_of_a_module_can_unpickle_all_that_is_given(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import copy, pickle\nfrom ncviz import Experiment, regress, sweep\n"
        "s = sweep(Experiment(runs=8, steps=30, n_test=64), hidden=[1, 2], progress=False)\n"
        "for kind in ('ols', 'mixed', 'hinge'):\n"
        "    f = regress(s.runs, 'S ~ test_error', within='hidden', kind=kind)\n"
        "    g = pickle.loads(pickle.dumps(f))\n"
        "    assert g.slopes.equals(f.slopes) and g.summary()[-400:] == f.summary()[-400:], kind\n"
        "    copy.deepcopy(f)\n"
    )
    done = subprocess.run([sys.executable, script], env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0


def test_what_a_result_gives_is_shown_in_a_few_lines() -> None:
    r = Experiment(runs=4, steps=200).run()
    c = mechanism.competition(r)
    for shown in (r, r.at(20), r.paired, r.per_run, c, c.wishes):
        text = repr(shown)
        assert len(text) < 700 and "\n" not in text and " object at 0x" not in text, text
    at = r.at(20)
    assert repr(at) == f"<Moment: step {at.step} of 200, S = {at.s}>"


def test_no_record_of_arrays_prints_them() -> None:
    rooms = (mechanism, inference)
    records = {each for room in rooms for each in vars(room).values() if is_dataclass(each)}
    full = {
        each.__name__
        for each in records
        if any("rray" in str(f.type) for f in fields(each)) and not issubclass(each, Brief)
    }
    assert full == set() and len(records) > 8
