"""What pages and lessons say was found is what docs/findings.json holds, words and numbers."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import finding_pages
import finding_parts
import findings
from finding_pages import BLOCK, FINDINGS, PAGES, QUOTED, prose, rendered
from lab import ROOT
from ncviz import Experiment

Found = dict[str, Any]
FOUND: Found = json.loads(FINDINGS.read_text(encoding="utf-8"))
TEXTS = rendered(FOUND)
PEAKED = ("xornet", "majority", "parity", "chain, success")
FOUR = ("xornet", "majority", "parity", "chain")
INTERVAL = re.compile(r"\d \[|\d % \[|±")


def outside(page: Path) -> str:
    """A page without what is written into it."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


# Numbers


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_the_file_holds(page: Path) -> None:
    for _, name, text, _ in BLOCK.findall(page.read_text(encoding="utf-8")):
        assert text.strip() == TEXTS[name], f"{name}: run tools/findings.py --pages"


@pytest.mark.parametrize("name", QUOTED)
def test_a_lesson_says_what_the_file_holds(name: str) -> None:
    words = prose(QUOTED[name])
    assert [line for line in TEXTS[name].splitlines() if line not in words] == []


def test_every_sentence_and_table_is_on_a_page() -> None:
    marks = [BLOCK.findall(page.read_text(encoding="utf-8")) for page in PAGES]
    shown = [name for some in marks for _, name, _, _ in some]
    assert sorted([*shown, *QUOTED]) == sorted(TEXTS)


def test_no_number_of_a_finding_stands_beside_the_file() -> None:
    readme = outside(ROOT / "README.md").partition("## What was found")[2]
    assert not INTERVAL.search(readme.partition("## Lessons")[0])
    assert not INTERVAL.search(outside(ROOT / "docs" / "findings.md"))
    ours = outside(ROOT / "docs" / "ours-and-theirs.md")
    assert not re.search(r"\d\.\d", ours[ours.index("### RQ1") : ours.index("## What is our ass")])


def test_a_changed_number_changes_its_pages(tmp_path: Path, monkeypatch: Any) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- findings: rq1 -->\nold\n<!-- end -->\nb\n", encoding="utf-8")
    monkeypatch.setattr(finding_pages, "PAGES", [page])
    monkeypatch.setattr(finding_pages, "ROOT", ROOT)
    changed = deepcopy(FOUND)
    changed["capacity"]["xornet"]["at_peak"] = [3.21, 3.17, 3.25]
    changed["real_models"]["gap"]["shrinks"] = [-9.0, -9.5, -8.5]
    monkeypatch.setattr(Path, "relative_to", lambda path, _: path)
    said = list(finding_pages.renew(changed))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("a\n<!--") and text.endswith("<!-- end -->\nb\n")
    assert "S = 3.21 at 3 neurons, interval 3.17 to 3.25" in text and "old" not in text
    assert any("05-real-models" in line and "−9.00" in line for line in said)


def test_each_part_says_what_it_rests_on() -> None:
    assert [*FOUND] == [*findings.PARTS]
    for name, part in FOUND.items():
        about = part["about"]
        assert about["runs"] == findings.PARTS[name].runs and about["seed"] == 0
        assert re.fullmatch(r"[0-9a-f]{7,}(-dirty)?", about["commit"])
        assert date.fromisoformat(about["measured"]) <= date.today()


# Words, which a change of the numbers could make untrue


def half(found: Found) -> float:
    """The share of the excess at 3 neurons that PCGrad takes."""
    rows = found["interventions"]
    return float(rows["PCGrad"]["change"][0] / (2 - rows["none"]["S"][0]))


def holds_0(three: list[float]) -> bool:
    return three[1] < 0 < three[2]


def passes(found: Found) -> set[str]:
    names = {name for name in found["capacity"] if name not in ("about", "chain, success")}
    return {name for name in names if found["capacity"][name]["at_peak"][1] > 2}


def start_beside_task(found: Found, size: str) -> float:
    row = found["placebo"][size]
    return float((row["placebo_1"][0] + row["placebo_2"][0]) / 2 / row["influence"][0])


CLAIMS: dict[str, Callable[[Found], bool]] = {
    "in five (xornet, copy-xor, chain, majority, parity) and not in six": lambda f: (
        passes(f) == {"xornet", "copy-xor", "chain", "majority", "parity"}
    ),
    "these peaks D is below 0": lambda f: all(
        f["capacity"][name]["D"][2] < 0 for name in PEAKED
    ),
    "it settles a little below 2": lambda f: max(f["capacity"]["majority"]["S"][5:]) < 1.98,
    "another pairing of tasks (`easy`) the mean S never passes 2": lambda f: (
        max(f["capacity"]["easy"]["S"]) <= 2
    ),
    "S rises towards 2 without a peak": lambda f: (
        max(f["capacity"]["reversed"]["S"]) < 2 and f["capacity"]["reversed"]["S"][0] < 0
    ),
    "a run with less held-out error has a higher S, in all four pairings and within each size": (
        lambda f: all(f["generalisation"][name]["1-3"]["within"][2] < 0 for name in FOUR)
    ),
    "nearly all of it is carried by the heads' accuracies": lambda f: all(
        f["generalisation"][name]["share"][0] > 90 for name in FOUR
    ),
    "From 4 neurons on the sign turns": lambda f: all(
        f["generalisation"][name]["4-8"]["all"][1] > 0 for name in FOUR
    ),
    "S first reaches 2 at 3 neurons (xornet, majority, chain) or 4 (parity)": lambda f: (
        [f["generalisation"][name]["reaches"] for name in FOUR] == [3, 3, 4, 3]
    ),
    "others are above 0.5": lambda f: (
        sorted(f["generalisation"][n]["gain_p"] for n in [*FOUR, "reversed"])[1] > 0.5
    ),
    "takes half of the excess at 3 neurons": lambda f: 0.4 < half(f) < 0.6,
    "it does not remove the bump": lambda f: f["interventions"]["PCGrad"]["S"][1] > 2,
    "S(3) does not clearly change": lambda f: holds_0(f["interventions"]["full batch"]["change"]),
    "Stopping a head's gradient and MGDA do remove it at these sizes": lambda f: all(
        f["interventions"][name]["S"][2] < 2
        for name in ("Alice's gradient stopped", "Bob's gradient stopped", "MGDA")
    ),
    "stopped nets pass 2 again at 32 neurons": lambda f: min(f["variants"]["stopped_at_32"]) > 2,
    "Late conflict is highest where S forms": lambda f: (
        f["conflict"]["at_3"] > max(*f["conflict"]["others_at_3"], f["conflict"]["at_8"])
    ),
    "no period stands out anywhere": lambda f: f["oscillation"]["periods"] == 0,
    "at one neuron": lambda f: f["oscillation"]["least_at"] == 1,
    "tells as much by itself": lambda f: all(
        row["swing"] - row["level"] < 4 for row in f["sensing"]["told"].values()
    ),
    "No S passes 2 there": lambda f: all(
        s[2] < 2 for rank in f["real_models"]["multilingual"].values() for s in rank.values()
        if isinstance(s, list)
    ),
    "only hinted at": lambda f: holds_0(f["real_models"]["gap"]["shrinks"]),
    "five pass 2, each near the size": lambda f: f["capacity"]["xornet"]["peak"] == 3,
}  # fmt: skip


@pytest.mark.parametrize("words", CLAIMS)
def test_words_hold(words: str) -> None:
    assert any(words in " ".join(text.split()) for text in TEXTS.values())
    assert CLAIMS[words](FOUND)


def test_words_beside_the_placebo_hold() -> None:
    page = outside(ROOT / "docs" / "findings.md")
    assert "some 70 to 80 % as many change at 2 to 4" in page and "clear up to 4 neurons" in page
    for size in ("2", "3", "4"):
        assert 0.68 < start_beside_task(FOUND, size) < 0.82
        assert FOUND["placebo"][size]["difference"][1] > 0
    assert holds_0(FOUND["placebo"]["6"]["difference"])


# The script


def test_what_is_trained_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = []

    def watched(e: Experiment) -> Any:
        trained.append(e.hidden)
        return placebo(e)

    placebo = finding_parts.placebo
    monkeypatch.setattr(finding_parts, "placebo", watched)
    whole = findings.trained("placebo", tmp_path, 6)
    assert "6 runs, about" in capsys.readouterr().out.splitlines()[0]
    # As if it had been stopped after two of four sizes.
    for name in ("placebo.json", "6-runs/placebo/4.parquet", "6-runs/placebo/6.parquet"):
        (tmp_path / name).unlink()
    assert findings.trained("placebo", tmp_path, 6) == whole
    assert findings.trained("placebo", tmp_path, 6) == whole
    assert trained == [2, 3, 4, 6, 4, 6]
    with pytest.raises(SystemExit, match="has 6 runs, not 7"):
        findings.trained("placebo", tmp_path, 7)


def shape(found: Any) -> Any:
    """What is there, whatever its numbers."""
    if isinstance(found, dict):
        return {name: shape(each) for name, each in found.items()}
    return len(found) if isinstance(found, list) else None


@pytest.mark.long("tools/finding_parts.py", "tools/findings.py", "tools/findings.jinja")
@pytest.mark.parametrize("name", findings.PARTS)
def test_a_part_gives_what_its_sentences_ask_for(name: str, tmp_path: Path) -> None:
    small = Experiment(runs=12, steps=200)
    numbers = findings.PARTS[name].train(tmp_path, small)
    kept = {key: value for key, value in FOUND[name].items() if key != "about"}
    assert shape(json.loads(json.dumps(numbers))) == shape(kept)
    assert rendered(FOUND | {name: {"about": FOUND[name]["about"], **numbers}})
    if name == "generalisation":
        row = numbers["parity"]
        share = 100 * row["1-3"]["product"][0] / row["1-3"]["different"][0]
        assert row["share"][0] == pytest.approx(share, rel=1e-3)
