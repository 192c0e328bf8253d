"""A class's files: what is read, what is left out and why, and intervals that keep their word."""

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from ncviz import Experiment, regress, tasks
from ncviz.classroom import Pooled, pool
from ncviz.classroom.group import freedom_of, mean_of_runs, slope_within
from ncviz.classroom.page import class_page
from ncviz.classroom.pooled import students_of
from ncviz.classroom.reading import YOUNG, Cells
from ncviz.inference import estimates_of_s
from ncviz.results.pins import Pins
from ncviz.sweeps.identity import DEFAULTS

QUICK = {"runs": 6, "steps": 60, "n_test": 64}
AND3, OR3 = "0000000000000011", "0011111111111111"
OWN = ("s1", "s1 XOR s2", "table 0000000000000001", "s3 XOR s4")


def pinned(*experiments: Experiment) -> pd.DataFrame:
    """What the Explorer saves when these are pinned."""
    pins = Pins()
    for experiment in experiments:
        pins.add(experiment.run())
    return pins.frame


def curve_of(seed: int, **changes: object) -> pd.DataFrame:
    return pinned(*(Experiment(**QUICK, hidden=h, seed=seed, **changes) for h in (1, 2, 4)))


@pytest.fixture(scope="module")
def frames() -> list[pd.DataFrame]:
    return [curve_of(seed) for seed in range(6)]


@pytest.fixture(scope="module")
def text(frames: list[pd.DataFrame]) -> str:
    return str(frames[0].to_csv(index=False))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    def written(name: str, what: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(what, pd.DataFrame):
            what = what.to_csv(index=False)
        path.write_bytes(what.encode() if isinstance(what, str) else what)
        return path

    return written


def edited(text: str, row: int, column: str, cell: str) -> str:
    """The file with one cell changed; row 2 is the first below the header."""
    rows = list(csv.reader(io.StringIO(text)))
    rows[row - 1][rows[0].index(column)] = cell
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def numbers_of(found: Pooled) -> np.ndarray:
    return found.runs.sort_values(["seed", "hidden", "run"])[["S", "C22", "B21", "D"]].to_numpy()


# What is pooled


def test_six_students_are_pooled_to_the_bit(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    found = pool([write(f"{name}.csv", f) for name, f in zip("abcdef", frames, strict=True)])
    assert found.students == tuple("abcdef") and not found.problems and not found.shared
    every = pd.concat(frames, ignore_index=True)
    pd.testing.assert_frame_equal(
        found.runs[every.columns].astype(every.dtypes), every, check_exact=True
    )
    assert found.runs["student"].tolist() == list(np.repeat([*"abcdef"], 18))
    means = every.groupby("hidden")["S"].mean()
    assert [s.value for s in found.curve.S] == pytest.approx(means.tolist())
    assert found.curve.hidden == (1, 2, 4)
    assert found.regression is not None
    theirs = smf.ols("S ~ test_error", every).fit(
        cov_type="cluster", cov_kwds={"groups": every.groupby(["seed", "run"]).ngroup()}
    )
    assert found.regression.fit.bse.tolist() == pytest.approx(theirs.bse.tolist())


def test_a_run_that_three_students_pinned_counts_once_and_is_told(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    three = [write(f"{name}.csv", frames[0]) for name in ("ann", "ben", "cid")]
    alone, together = pool(three[:1]), pool([*three, write("dora.csv", frames[1])])
    assert len(together.runs) == 36 and together.rows == 72
    assert together.shared == (
        "3 students (ann, ben and cid) pinned the same 18 runs, seed 0: counted once, with ann.",
    )
    assert together.runs["pinned_by"].tolist() == [3] * 18 + [1] * 18
    copies = pool(three)
    assert "Everybody used seed 0" in copies.sentence
    assert [(s.low, s.high) for s in copies.curve.S] == [(s.low, s.high) for s in alone.curve.S]


def test_the_first_runs_of_more_are_the_same_runs(write: Callable[[str, object], Path]) -> None:
    few, more = (Experiment(**{**QUICK, "runs": n}, hidden=2) for n in (4, 6))
    found = pool([write("ann.csv", pinned(few)), write("ben.csv", pinned(more))])
    assert len(found.runs) == 6
    assert found.runs["pinned_by"].tolist() == [2, 2, 2, 2, 1, 1]


def test_of_different_numbers_for_one_run_those_of_most_students_count(
    text: str, frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    other = frames[0].copy()
    result = [c for c in other.columns if c not in Experiment.__dataclass_fields__ and c != "run"]
    other.loc[0, result] = frames[1].loc[0, result]  # free of contradictions, but not run 0
    files = [write("ann.csv", other), write("ben.csv", text), write("cid.csv", text)]
    found = pool(files)
    assert len(found.runs) == 18
    assert found.runs.query("hidden == 1 and run == 0")["S"].item() == frames[0]["S"][0]
    assert len(found.problems) == 1 and found.problems[0].startswith("ann: row 2 has other numbers")


def test_only_comparable_runs_make_one_curve(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    slow = pinned(Experiment(**QUICK, hidden=2, learning_rate=0.1, pairing=OWN))
    found = pool([write("ann.csv", pd.concat([slow, frames[0]])), write("ben.csv", frames[1])])
    first, second = found.groups
    assert len(first.runs) == 36 and len(second.runs) == 6
    assert first.label == "pairing xornet, learning rate 0.5, steps 60, n test 64"
    assert "learning rate 0.1" in second.label and second.experiment.pairing == OWN
    assert second.students == ("ann",)


def test_a_run_that_diverged_is_kept_and_not_averaged(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    frame = frames[0].copy()
    numbers = frame.select_dtypes("float").columns.difference([*Experiment.__dataclass_fields__])
    frame.loc[0, numbers] = np.nan
    frame.loc[0, "diverged"] = True
    found = pool([write("ann.csv", frame)])
    assert not found.problems and len(found.runs) == 18
    assert [s.n for s in found.curve.S] == [5, 6, 6]


def test_one_student_still_works_and_says_so(
    text: str, write: Callable[[str, object], Path]
) -> None:
    found = pool([write("ann.csv", text)])
    assert found.sentence.startswith("One student pinned 18 runs")
    assert "over runs only" in found.groups[0].assumption
    assert class_page(found).count("<img") == 2


# What spreadsheets make of it


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("comma", [False, True])
def test_a_file_that_a_spreadsheet_saved_gives_the_same_numbers(
    separator: str, comma: bool, frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    frame = pd.concat([frames[0], pinned(Experiment(**QUICK, pairing=OWN))], ignore_index=True)
    mark = "," if comma else "."
    saved = frame.to_csv(index=False, sep=separator, decimal=mark, float_format="%.10g")
    saved = saved.replace("True", "WAHR").replace("False", "FALSCH").replace("\n", "\r\n")
    found = pool([write("a.csv", b"\xef\xbb\xbf" + saved.encode() + b"\r\n")])
    assert not found.problems
    np.testing.assert_allclose(numbers_of(found), numbers_of(pool([write("b.csv", frame)])), 1e-6)


def test_a_file_from_before_there_were_young_fields_is_read(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    old = frames[0].drop(columns=[*YOUNG])
    found = pool([write("old.csv", old), write("new.csv", frames[1])])
    assert not found.problems and len(found.runs) == 36
    assert (found.runs[[*YOUNG]] == [DEFAULTS[name] for name in YOUNG]).all(axis=None)
    with_one = old.assign(redrawn="alice")
    assert set(pool([write("one.csv", with_one)]).runs["redrawn"]) == {"alice"}


def test_the_line_that_tells_excel_the_separator_and_utf_16_are_read(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    saved = "sep=;\r\n" + frames[0].to_csv(index=False, sep=";")
    assert len(pool([write("a.csv", saved.encode("utf-16"))]).runs) == 18


LANGUAGES = {
    "English": ("TRUE", "FALSE", ",", ".", ","),
    "German": ("WAHR", "FALSCH", ";", ",", "."),
    "Swiss German": ("WAHR", "FALSCH", ";", ".", "’"),
    "Austrian": ("WAHR", "FALSCH", ";", ",", "\u00a0"),
    "French": ("VRAI", "FAUX", ";", ",", "\u202f"),
    "Spanish": ("VERDADERO", "FALSO", ";", ",", "."),
    "Italian": ("VERO", "FALSO", ";", ",", "."),
    "Portuguese": ("VERDADEIRO", "FALSO", ";", ",", "."),
    "Dutch": ("WAAR", "ONWAAR", ";", ",", "."),
    "Swedish": ("SANT", "FALSKT", ";", ",", "\u00a0"),
    "Danish": ("SAND", "FALSK", ";", ",", "."),
    "Norwegian": ("SANN", "USANN", ";", ",", " "),
    "Finnish": ("TOSI", "EPÄTOSI", ";", ",", "\u00a0"),
    "Polish": ("PRAWDA", "FAŁSZ", ";", ",", "\u00a0"),
    "Czech": ("PRAVDA", "NEPRAVDA", ";", ",", "\u00a0"),
    "Hungarian": ("IGAZ", "HAMIS", ";", ",", "\u00a0"),
    "Romanian": ("ADEVĂRAT", "FALS", ";", ",", "."),
    "Turkish": ("DOĞRU", "YANLIŞ", ";", ",", "."),
    "Turkish, small": ("doğru", "yanlış", ";", ",", "."),
    "Greek": ("ΑΛΗΘΗΣ", "ΨΕΥΔΗΣ", ";", ",", "."),
    "Russian": ("ИСТИНА", "ЛОЖЬ", ";", ",", "\u00a0"),
    "Ukrainian": ("ІСТИНА", "ХИБНІСТЬ", ";", ",", "\u00a0"),
    "Indonesian": ("BENAR", "SALAH", ";", ",", "."),
    "Japanese": ("TRUE", "FALSE", ",", ".", ","),
    "numbers": ("1", "0", "\t", ".", ","),
}
"""True, False, what separates cells, and what stands before decimals and between thousands."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_many_languages_are_read_right(
    language: str, frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    true, false, separator, mark, thousands = LANGUAGES[language]
    frame = frames[0].assign(steps=2000, n_train=12000, batch_size=8)
    numbers = frame.select_dtypes("float").columns.difference([*Experiment.__dataclass_fields__])
    frame.loc[0, numbers] = np.nan
    frame["diverged"] = [True] + [False] * (len(frame) - 1)
    frame["train_error"] = (frame["train_error"] * 96_000).round() / 96_000
    frame["gap"] = frame["test_error"] - frame["train_error"]
    frame["gap_second"] = frame["error_second"] - frame["train_error"]
    as_text = frame.assign(
        diverged=np.where(frame["diverged"], true, false),
        **{name: f"{frame[name][0]:,}".replace(",", thousands) for name in ("steps", "n_train")},
    )
    saved = as_text.to_csv(index=False, sep=separator, decimal=mark, lineterminator="\r\n")
    found = pool([write("a.csv", b"\xef\xbb\xbf" + saved.replace("-", "\u2212").encode())])
    assert not found.problems
    pd.testing.assert_frame_equal(
        found.runs[frame.columns].astype(frame.dtypes), frame, check_exact=True
    )


def perfect(**changes: object) -> pd.DataFrame:
    """Runs whose every answer is right: no number of theirs has decimals."""
    frame = pinned(Experiment(hidden=8, runs=3, steps=2000, n_test=64, noise=0))
    ones = [f"{letter}{k}" for letter in "CAB" for k in ("11", "12", "21", "22")]
    frame[[*ones, "joint_first"]] = 1
    frame[["S", "S_first", "product_first"]] = 2
    frame[[c for c in frame if "error" in c or "gap" in c] + ["delta", "D"]] = 0
    return frame.assign(learning_rate=1, threshold=1, **changes)


def test_a_file_of_perfect_runs_is_read_and_what_may_be_two_numbers_is_named(
    write: Callable[[str, object], Path],
) -> None:
    whole = perfect().to_csv(index=False, float_format="%g", sep=";")
    assert "." not in whole.partition("\n")[2]
    assert pool([write("a.csv", whole)]).runs["S"].tolist() == [2, 2, 2]
    for steps in ("2.000", "2,000"):  # two, or two thousand?
        row = edited(perfect().to_csv(index=False, float_format="%g"), 3, "steps", steps)
        (problem,) = pool([write("b.csv", row)]).problems
        assert problem == f"b: row 3, column steps: '{steps}' is not a whole number."
    assert (
        pool([write("c.csv", whole.replace("2000", "2’000"))]).runs["steps"].tolist() == [2000] * 3
    )


@pytest.mark.parametrize(
    ("mark", "cell", "value"),
    [
        (",", "2.000", 2000), (",", "2,0", 2), (",", "1.234.567", 1234567), (",", "12.00", None),
        (".", "2,000", 2000), (".", "2.000", 2), (".", "12,34,567", 1234567), (".", "2,00", None),
        (".", "1,234.5", None), (",", "1.234,5", None), ("", "2 000", 2000), ("", "2.0", None),
        (".", "1,234’567", None), (",", "2.0", None), (".", "9" * 5000, None), (".", "", None),
        (".", "18446744073709551615", 2**64 - 1), (".", "18446744073709551616", None),
        (".", "12345678901234500000", None), (".", "1234567890123450", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_as_its_file_writes_it_or_refused(
    mark: str, cell: str, value: int | None
) -> None:
    if value is not None:
        assert Cells(mark).whole("steps", cell) == value
    else:
        with pytest.raises(ValueError, match=r"^column steps: ") as caught:
            Cells(mark).whole("steps", cell)
        assert len(str(caught.value)) < 200


def test_seeds_of_every_size_come_back_exactly(write: Callable[[str, object], Path]) -> None:
    seeds = [0, 2**53 + 1, 2**63 + 3, 2**64 - 1]
    one, other = ([Experiment(**QUICK, seed=seed) for seed in some] for some in (seeds, seeds[:2]))
    frame = pinned(*one)
    found = pool([write("ann.csv", frame), write("ben.csv", pinned(*other))])
    assert [*map(int, found.runs["seed"].unique())] == seeds and found.runs[
        "seed"
    ].dtype == "uint64"
    assert found.groups[0].regression is not None
    assert found.groups[0].regression.data.n_clusters == 24


def test_rounded_copies_are_still_the_same_runs(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    rounded = frames[0].to_csv(index=False, float_format="%.7g")
    found = pool([write("ann.csv", frames[0]), write("ben.csv", rounded)])
    assert len(found.runs) == 18 and not found.problems


# What is left out, and why


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("S", "much", "column S: 'much' is not a number"),
        ("S", "nan", "column S: 'nan' is not a number"),
        ("S", "inf", "column S: 'inf' is not a number"),
        ("S", "1e999", "column S: '1e999' is not a number"),
        ("S", "1_0", "column S: '1_0' is not a number"),
        ("S", "٢", "column S: '٢' is not a number"),
        ("S", "", "column S: an empty cell is not a number"),
        ("S", "0,5", "column S: '0,5' is not a number"),
        ("S", "4.5", "column S: '4.5' is not between -4 and 4"),
        ("S", "=1+1", "column S: '=1+1' is not a number"),
        ("S", "1.75", "column S: 1.75 is not what C11 + C12 + C21 − C22 make"),
        ("D", "1.75", "column D: 1.75 is not what the correlators and mean outcomes make"),
        ("delta", "3", "column delta: 3 is not what the mean outcomes A11 to B22 make"),
        ("gap", "0.9", "column gap: 0.9 is not what test_error − train_error make"),
        ("test_error", "0.75", "column test_error: 0.75 is not what the mean outcomes"),
        ("error_first", "0.75", "column test_error"),
        ("gap_second", "0.9", "column gap_second"),
        ("diverged", "maybe", "column diverged: 'maybe' is neither True nor False"),
        ("diverged", "True", "column S: a run that diverged has no number there"),
        ("run", "6", "column run: 6 is not one of 0 to 5"),
        ("run", "0.5", "column run: '0.5' is not a whole number"),
        ("seed", "1.8E+19", "column seed: '1.8E+19' is not a whole number"),
        ("hidden", "0", "hidden must be a whole number from 1"),
        ("pairing", "mine", "pairing 'mine' is unknown"),
        ("optimizer", "__import__('os')", "optimizer must be"),
    ],
)
def test_a_bad_row_is_left_out_by_name_and_the_others_count(
    column: str, cell: str, reason: str, text: str, write: Callable[[str, object], Path]
) -> None:
    found = pool([write("ann.csv", edited(text, 3, column, cell))])
    (problem,) = found.problems
    assert problem.startswith("ann: row 3, ") and reason in problem
    assert len(found.runs) == 17


def test_edited_correlators_that_make_an_impossible_table_are_found(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    frame = frames[0].copy()
    frame.loc[0, ["A11", "B11", "C11"]] = [1.0, 1.0, -1.0]
    assert "row 2" in pool([write("ann.csv", frame)]).problems[0]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (b"", "it is empty"),
        (b"name,age\nann,12\n", "it is no file of pinned runs: it has no column hidden"),
        (b"\xff\x00\xfa", "it is no text in UTF-8"),
        (b"PK\x03\x04\x00\x00" * 9, "it is no file of pinned runs"),
        (b'"' + b"x" * 200_000 + b'"\n', "it is no CSV"),
    ],
)
def test_a_file_of_another_kind_is_left_out_and_the_others_count(
    what: bytes, reason: str, text: str, write: Callable[[str, object], Path]
) -> None:
    found = pool([write("bad.csv", what), write("good.csv", text)])
    (problem,) = found.problems
    assert problem.startswith(f"bad: {reason}")
    assert len(found.runs) == 18


def test_other_files_of_ours_are_named_as_such(
    text: str, tmp_path: Path, write: Callable[[str, object], Path]
) -> None:
    runs = write("runs.csv", Experiment(**QUICK).run().runs)
    header = write("header.csv", text.partition("\n")[0])
    found = pool([good := write("good.csv", text)])
    found.to_csv(tmp_path / "pooled.csv")
    found = pool([good, runs, header, tmp_path / "pooled.csv", tmp_path, tmp_path / "gone.csv"])
    assert [problem.partition(": ")[2] for problem in found.problems] == [
        "it has runs without their experiment; pin them, and download the pinned runs.",
        "it has a header and no runs.",
        "it has a column student: it is a pooled file, not one student's.",
        "it is a folder; its files are meant by a * behind it.",
        "there is no such file.",
    ]


def test_a_huge_file_is_not_even_read(text: str, write: Callable[[str, object], Path]) -> None:
    huge = write("huge.csv", text)
    with huge.open("ab") as file:
        file.truncate(50_000_001)
    with pytest.raises(ValueError, match="huge: it is larger than 50 MB"):
        pool([huge])


def test_many_bad_rows_are_told_briefly(text: str, write: Callable[[str, object], Path]) -> None:
    found = pool([write("a.csv", text + "x\n" * 1000)])
    assert len(found.problems) == 6
    assert found.problems[-1] == "a: 995 more rows are left out for such reasons."


def test_without_any_run_all_reasons_are_given(write: Callable[[str, object], Path]) -> None:
    with pytest.raises(ValueError, match="no usable pinned runs\nann: it is empty"):
        pool([write("ann.csv", "")])
    with pytest.raises(ValueError, match="no usable pinned runs"):
        pool([])


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("A11", "0.3", "column A11: 0.3 is no share of 64 outcomes"),
        ("train_error", "0.3", "column train_error: 0.3 is no share of 512 outcomes"),
        ("C22", "0.30001", "column C22: 0.30001 is no share of 64 outcomes"),
        ("joint_first", "0.3", "column joint_first: 0.3 is no share of 128 outcomes"),
    ],
)
def test_a_number_that_no_count_gives_is_left_out(
    column: str, cell: str, reason: str, text: str, write: Callable[[str, object], Path]
) -> None:
    (problem,) = pool([write("ann.csv", edited(text, 3, column, cell))]).problems
    assert problem.startswith(f"ann: row 3, {reason}")


def test_rows_that_are_there_twice_are_left_out_by_number(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    other = frames[1].assign(seed=0).iloc[[4]]
    found = pool([write("ann.csv", pd.concat([frames[0], frames[0].iloc[[2]], other]))])
    assert found.problems == (
        "ann: row 20, it is row 4 again.",
        "ann: row 21, it has other numbers than row 6 for the same run.",
    )
    assert len(found.runs) == found.rows == 18


def test_one_run_in_eight_thousand_versions_takes_no_time(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    start = time.monotonic()
    frame = frames[0].loc[[0] * 8000].reset_index(drop=True)
    frame["product_first"] = np.linspace(-1, 1, 8000)
    frame["delta"] += np.linspace(-9e-6, 9e-6, 8000)
    frame["train_error"] = np.arange(8000) % 257 / 512
    frame["gap"] = frame["test_error"] - frame["train_error"]
    frame["gap_second"] = frame["error_second"] - frame["train_error"]
    found = pool([write("ann.csv", frame)])
    assert len(found.runs) == 1 and len(found.problems) == 6
    assert time.monotonic() - start < 60  # it took minutes


# Tasks of one's own


def test_two_students_tasks_of_one_name_are_two_tasks(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[str, object], Path]
) -> None:
    def file(name: str, function: Callable[[np.ndarray], object]) -> Path:
        monkeypatch.delitem(tasks.TASKS, "mine", raising=False)  # a kernel of one's own
        tasks.register("mine", function)
        four = ("s1", "mine", "s3", "s3 XOR s4")
        return write(name, pinned(Experiment(**QUICK, pairing=four)))

    three = [
        file("ann.csv", lambda s: s[:, 0] & s[:, 1] & s[:, 2]),
        file("ben.csv", lambda s: s[:, 0] | s[:, 1] | s[:, 2]),
        file("cid.csv", lambda s: s[:, 0] & s[:, 1] & s[:, 2]),
    ]
    monkeypatch.delitem(tasks.TASKS, "mine")
    found = pool(three)
    assert not found.problems and len(found.groups) == 2
    and_, or_ = (("s1", f"table {table}", "s3", "s3 XOR s4") for table in (AND3, OR3))
    assert [group.experiment.pairing for group in found.groups] == [and_, or_]
    assert [group.students for group in found.groups] == [("ann",), ("ben",)]
    assert found.shared[0].startswith("2 students (ann and cid) pinned the same 6 runs")


def test_a_name_that_means_nothing_here_is_told_even_if_the_teacher_has_such_a_task(
    text: str, monkeypatch: pytest.MonkeyPatch, write: Callable[[str, object], Path]
) -> None:
    monkeypatch.setitem(tasks.TASKS, "mine", tasks.TASKS["s1"])
    file = write("ann.csv", edited(text, 3, "pairing", "s1; mine; s3; s4"))
    (problem,) = pool([file]).problems
    assert "row 3, column pairing: 'mine' is a task of somebody's own" in problem


# Names


def test_a_student_who_sends_twice_is_one_student(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    stem = "ncviz-pinned-xornet-18-runs-of-Zoë"
    names = (
        normalize("NFC", f"{stem}.csv"),
        normalize("NFD", f"{stem}.csv"),
        f"{stem} (1).csv",
        f"Zoe_4711_file_{stem}(2).csv",
    )
    files = [write(name, frame) for name, frame in zip(names, frames, strict=False)]
    found = pool([*files, write("ben.csv", frames[4])])
    assert found.students == ("Zoë", "ben") and found.pinned == {"Zoë": 72, "ben": 18}
    twins = [Path("a", normalize(form, "Zoë.csv")) for form in ("NFC", "NFD")]
    assert students_of(twins) == ["Zoë", "Zoë"]


def test_equal_names_in_two_folders_are_told_apart_and_one_file_counts_once(
    frames: list[pd.DataFrame], write: Callable[[str, object], Path]
) -> None:
    ann, ben = (
        write(f"{name}/ncviz-pinned.csv", f)
        for name, f in zip(("ann", "ben"), frames, strict=False)
    )
    found = pool([ann, ben, ann.parent / "." / ann.name])
    assert found.students == ("ann/ncviz-pinned", "ben/ncviz-pinned")
    assert found.rows == 36


def test_every_file_has_a_name_of_its_own_that_can_be_shown() -> None:
    paths = [
        Path("/a/x/p.csv"),
        Path("/b/x/p.csv"),
        Path("p.csv"),
        Path("p.CSV"),
        Path("\x1b[.csv"),
    ]
    names = students_of(paths)
    assert len({*names}) == 5
    assert all(name.isprintable() for name in names)
    assert names[:2] == ["a/x/p", "b/x/p"]


def test_names_are_escaped_in_the_page_and_harmless_in_the_table(
    text: str, tmp_path: Path, write: Callable[[str, object], Path]
) -> None:
    found = pool([write("<img src=x onerror=alert(1)>.csv", text + "<b>,\n")])
    page = class_page(found)
    assert "<img src=x" not in page and "<b>" not in page
    assert "&lt;img src=x" in page
    for start in "=+-@":
        pool([write(f"{start}cmd.csv", text)]).to_csv(tmp_path / "out.csv")
        assert pd.read_csv(tmp_path / "out.csv")["student"][0] == f"'{start}cmd"
        assert (pd.read_csv(tmp_path / "out.csv")["S"] == found.runs["S"]).all()


# Intervals


def test_with_alike_students_the_interval_is_t_over_their_means() -> None:
    rng = np.random.default_rng(0)
    students = np.repeat(np.arange(8), 25)
    values = 2 + 0.5 * rng.standard_normal(8)[students] + 0.1 * rng.standard_normal(200)
    found = mean_of_runs(values, students, -4, 4)
    means = values.reshape(8, 25).mean(axis=1)
    wanted = stats.t.interval(0.95, 7, means.mean(), stats.sem(means))
    assert (found.low, found.high) == pytest.approx(wanted)
    theirs = sm.OLS(values, np.ones(200)).fit(
        cov_type="cluster", cov_kwds={"groups": students}, use_t=True
    )
    assert (found.low, found.high) == pytest.approx(tuple(theirs.conf_int()[0]), rel=0.01)


def test_too_few_students_leave_the_interval_over_runs() -> None:
    values = np.random.default_rng(0).normal(2, 0.3, 200)
    found = mean_of_runs(values, np.arange(200) % 4, -4, 4)
    (of_runs,) = estimates_of_s(values[None])
    assert found == of_runs
    student = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(student, abs=0.01)


@pytest.mark.parametrize("effect", [0.0, 0.05, 0.3])
@pytest.mark.parametrize(
    "counts", [[50] * 5, [20, 50, 50, 50, 100, 200], [10] * 7 + [200], [50] * 15 + [200] * 5]
)
def test_intervals_cover_the_true_mean(counts: list[int], effect: float) -> None:
    rng, students = np.random.default_rng(1), np.repeat(np.arange(len(counts)), counts)
    hits = 0
    for _ in range(600):
        own = effect * rng.standard_normal(len(counts))
        found = mean_of_runs(2 + own[students] + rng.normal(0, 0.3, len(students)), students, -9, 9)
        hits += found.low <= 2 <= found.high
    assert hits / 600 >= 0.925  # 0.94 to 0.98 in 4000 repetitions; three standard errors of 600


def test_equal_students_count_fully_and_one_large_one_does_not_make_five() -> None:
    assert freedom_of(np.full(10, 7)) == pytest.approx(9)
    assert freedom_of(np.array([1, 1, 1, 1, 1000])) == 2


def simulated(rng: np.random.Generator, effect: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Eight students at three of four sizes, seeds shared by two; the true slope is −1."""
    rows = [
        (student, size, student // 2, run)
        for student in range(8)
        for size in rng.choice([1, 2, 3, 4], 3, replace=False)
        for run in range(8)
    ]
    frame = pd.DataFrame(rows, columns=["student", "hidden", "seed", "run"])
    λ, s = frame.groupby(["seed", "run"]).ngroup().to_numpy(), frame["student"].to_numpy()
    x, y = (
        rng.standard_normal(λ.max() + 1)[λ]
        + effect * rng.standard_normal(8)[s]
        + rng.normal(0, 0.5, len(s))
        for _ in range(2)
    )
    return frame.assign(x=x + frame["hidden"], S=y - x), s


def test_the_slope_is_never_surer_than_two_way_clusters_of_statsmodels() -> None:
    for seed in range(5):
        frame, students = simulated(np.random.default_rng(seed), 0.5)
        found = regress(frame, "S ~ x", within="hidden", cov="cluster")
        ours = slope_within(found, students)
        assert ours is not None and found.common is not None
        λ = frame.groupby(["seed", "run"]).ngroup().to_numpy()
        theirs = smf.ols("S ~ x + C(hidden)", frame).fit(
            cov_type="cluster", cov_kwds={"groups": np.stack([λ, students], 1)}, use_t=True
        )
        assert ours.estimate.value == pytest.approx(theirs.params["x"])
        low, high = theirs.conf_int().loc["x"]
        assert ours.estimate.low <= min(low, found.common.estimate.low) + 1e-9
        assert ours.estimate.high >= max(high, found.common.estimate.high) - 1e-9


def test_slopes_cover_the_truth_where_students_differ() -> None:
    hits = 0
    for seed in range(60):
        frame, students = simulated(np.random.default_rng(seed), 0.7)
        slope = slope_within(regress(frame, "S ~ x", within="hidden", cov="cluster"), students)
        assert slope is not None
        hits += slope.estimate.low <= -1 <= slope.estimate.high
    assert hits >= 53  # 95 % of 60, less two standard errors
