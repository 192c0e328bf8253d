"""The same points under four settings: exact sums, parity of flips, the words, the table."""

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from numpy.typing import NDArray

from ncviz import Experiment, figures
from ncviz.figures.counterfactual import counterfactual
from ncviz.meaning.counterfactual import (
    NOT_YET,
    Pattern,
    Patterns,
    limit_sentence,
    patterns_of,
    patterns_of_run,
    patterns_or_why_not,
    patterns_sentence,
)
from ncviz.results.result import Result
from ncviz.widgets.explorer.situations import PRESETS
from ncviz.widgets.views.counterfactual import CounterfactualView
from strategies import experiments

Outcomes = NDArray[np.int8]

outcome_arrays = st.integers(1, 40).flatmap(
    lambda n: st.lists(st.sampled_from([-1, 1]), min_size=8 * n, max_size=8 * n).map(
        lambda flat: np.reshape(flat, (4, 2, n)).astype(np.int8)
    )
)


@pytest.fixture(scope="module")
def result() -> Result:
    return Experiment(runs=6, steps=800).run()


def all_patterns() -> Patterns:
    """Each of the 256 patterns at one point."""
    return patterns_of(np.array(list(product([-1, 1], repeat=8))).T.reshape(4, 2, 256))


# Exact numbers


@given(experiments())
def test_the_column_adds_up_to_s_of_the_run_exactly(experiment: Experiment) -> None:
    r = experiment.run()
    for run in np.flatnonzero(~r.per_run.diverged):
        found = patterns_of_run(r, int(run))
        if experiment.outcome == "success":
            numbers = r.per_run.S[~r.per_run.diverged]
            assert found.S == numbers.sum() / len(numbers), "whole numbers, so no rounding"
        else:
            assert found.S == r.per_run.S[run]
        assert found.adds == sum(one.points * (one.s - 2) for one in found.patterns)
        assert found.adds / found.points == pytest.approx(found.S - 2, abs=1e-15)


@given(experiments(outcome="correct"))
def test_flips_are_the_influence_that_is_measured(experiment: Experiment) -> None:
    r = experiment.run()
    for run in np.flatnonzero(~r.per_run.diverged):
        found = patterns_of_run(r, int(run))
        flipped = [sum(one.points for one in found.patterns if one.flips[k]) for k in range(4)]
        assert [n / found.points for n in flipped] == r.per_run.influence[run].tolist()


@given(outcome_arrays)
def test_s_is_at_most_2_and_twice_the_share_of_odd_flips(outcomes: Outcomes) -> None:
    found = patterns_of(outcomes)
    assert found.adds <= 2 * found.odd
    a, b = outcomes[:, 0].astype(int), outcomes[:, 1].astype(int)
    flips = (a[0] != a[1]).astype(int) + (a[2] != a[3]) + (b[0] != b[2]) + (b[1] != b[3])
    assert found.odd == int((flips % 2).sum())
    assert found.points == outcomes.shape[2]


def test_only_an_odd_number_of_flips_takes_s_away_from_2_and_minus_2() -> None:
    patterns = all_patterns().patterns
    assert len(patterns) == 256 and all(one.points == 1 for one in patterns)
    for one in patterns:
        assert (sum(one.flips) % 2 == 1) == (one.s in (-4, 0, 4))
        assert (sum(one.flips) % 2 == 0) == (one.s in (-2, 2))


def test_the_bound_is_reached() -> None:
    outcomes = np.ones((4, 2, 5), dtype=np.int8)
    outcomes[3, 0, :3] = -1  # Bob's second task flips Alice's outcome on A2
    found = patterns_of(outcomes)
    assert (found.adds, found.odd, found.S) == (6, 3, 2 + 2 * 3 / 5)


def test_points_are_grouped_by_all_eight_outcomes(result: Result) -> None:
    outcomes = result.outcomes[2]
    expected = Counter(tuple(column) for column in outcomes.reshape(8, -1).T.tolist())
    found = {
        tuple(np.ravel(list(zip(one.alice, one.bob, strict=True))).tolist()): one.points
        for one in patterns_of_run(result, 2).patterns
    }
    assert found == expected


@given(outcome_arrays)
def test_the_order_is_by_what_is_added_then_by_number(outcomes: Outcomes) -> None:
    found = patterns_of(outcomes)
    keys = [(-abs(one.adds), -one.points) for one in found.patterns]
    assert keys == sorted(keys)
    order = np.random.default_rng(len(keys)).permutation(outcomes.shape[2])
    assert patterns_of(outcomes[:, :, order]) == found, "whatever the order of the points"


def test_the_first_patterns_and_the_others_are_all() -> None:
    found = all_patterns()
    shown, others = found.first(8)
    assert len(shown) == 8 and shown + others == found.patterns
    for most in (255, 256, 300):
        assert found.first(most) == (found.patterns, ()), "never a single other"


def test_separate_trunks_flip_nothing() -> None:
    r = Experiment(runs=4, steps=300, trunk="separate").run()
    for run in range(4):
        found = patterns_of_run(r, run)
        assert found.odd == 0 and not any(any(one.flips) for one in found.patterns)
        assert {one.s for one in found.patterns} <= {-2, 2}
        assert found.S <= 2


def test_with_one_outcome_a_run_it_is_runs_that_are_grouped() -> None:
    r = replace(PRESETS["above 2√2"].of(Experiment()), runs=30).run()
    found = patterns_of_run(r, 0)
    assert found.points == 30 and found == patterns_of_run(r, 29)
    assert found.S == pytest.approx(r.s.value) and found.S > 2.5


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        (np.ones((4, 2)), r"shape \(4, 2, points\), not \(4, 2\)"),
        (np.ones((4, 2, 0)), r"not \(4, 2, 0\)"),
        (np.ones((2, 4, 3)), r"not \(2, 4, 3\)"),
        (np.zeros((4, 2, 3), dtype=int), r"−1 or \+1, not 0 \(a run that diverged has 0\)"),
        (np.full((4, 2, 3), 2), r"−1 or \+1, not 2"),
    ],
)
def test_what_are_no_outcomes_is_refused(outcomes: Outcomes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        patterns_of(outcomes)


def test_what_is_no_run_is_refused(result: Result) -> None:
    for run in (-1, 6):
        with pytest.raises(ValueError, match=f"run must be 0 to 5, not {run}"):
            patterns_of_run(result, run)
    for outcome in ("correct", "success"):
        lost = Experiment(runs=2, steps=40, learning_rate=1e38, outcome=outcome).run()
        with pytest.raises(ValueError, match="diverged: "):
            patterns_of_run(lost, 1)


# Words


def made(*groups: tuple[int, tuple[int, ...], tuple[int, ...]]) -> Patterns:
    return Patterns(tuple(Pattern(n, alice, bob) for n, alice, bob in groups))


PLUS = (1, 1, 1, 1)
LAST = (1, 1, 1, -1)


def test_the_sentence_tells_which_flip_lifts_s() -> None:
    found = made((55, LAST, PLUS), (6, PLUS, LAST), (449, PLUS, PLUS), (2, (-1, 1, 1, 1), PLUS))
    assert patterns_sentence(found, "correct", 3) == (
        "Run 3: of 512 held-out points 61 have s = 4 (in 55 of them Bob’s task flips Alice’s "
        "outcome on A2), 2 have s below 2. Together: S = 2.23."
    )
    assert found.S == pytest.approx(2 + (61 * 2 - 2 * 2) / 512)
    assert limit_sentence(found, "correct") == (
        "An odd number of outcomes flips at 63 of 512 held-out points: S ≤ 2 + 2 · 63/512 = 2.246."
    )


def test_the_sentence_counts_one_and_none() -> None:
    one = made((1, PLUS, LAST), (7, PLUS, PLUS))
    assert patterns_sentence(one, "oscillation", 0) == (
        "Run 0: of 8 training steps 1 has s = 4 (there Alice’s task flips Bob’s outcome on B2), "
        "none has s below 2. Together: S = 2.25."
    )
    none = made((4, (-1, 1, 1, 1), PLUS), (4, PLUS, PLUS))
    assert "of 8 held-out points none has s = 4, 4 have s below 2." in patterns_sentence(
        none, "correct", 0
    )
    every = made((4, LAST, PLUS), (4, PLUS, PLUS))
    assert "4 have s = 4 (in all of them Bob’s task flips" in patterns_sentence(every, "correct", 0)


def test_the_words_are_those_of_the_outcome_rule() -> None:
    found = made((3, LAST, PLUS), (5, PLUS, PLUS))
    assert patterns_sentence(found, "success", 0).startswith("Of 8 runs 3 have s = 4 (in all of")
    assert "at 3 of 8 runs" in limit_sentence(found, "success")
    still = made((8, PLUS, PLUS))
    assert patterns_sentence(still, "correct", 2) == (
        "Run 2: no outcome flips with the partner’s task, so that S cannot pass 2. "
        "Together: S = 2.00."
    )
    assert patterns_sentence(still, "success", 2).startswith("No outcome flips")
    assert limit_sentence(still, "oscillation") == (
        "An odd number of outcomes flips at no training step: S ≤ 2."
    )


# The view


@pytest.mark.parametrize("outcome", ["correct", "success", "oscillation"])
def test_the_rows_of_the_frame_add_up(outcome: str) -> None:
    r = Experiment(runs=12, steps=300, outcome=outcome).run()
    view = CounterfactualView(r, run=1)
    frame, found = view.frame, patterns_of_run(r, 1)
    json.dumps({key: value for key, value in frame.items()})
    rows, others = frame["rows"], frame["others"]
    assert len(rows) <= 9 and len(rows) + others["patterns"] == len(found.patterns)
    assert sum(row["points"] for row in rows) + others["points"] == frame["points"]
    total = sum(row["adds"] for row in rows) + others["adds"]
    assert total == frame["adds"]
    S = r.s.value if outcome == "success" else r.runs.S[1]
    assert total / frame["points"] == pytest.approx(S - 2, abs=1e-12)
    for row, one in zip(rows, found.patterns, strict=False):
        assert (row["points"], row["s"], row["adds"]) == (one.points, one.s, one.adds)
        assert (row["alice"], row["bob"], row["flips"]) == (one.alice, one.bob, one.flips)
    assert frame["of_a_run"] == (outcome != "success")
    assert view.describe() == patterns_sentence(found, outcome, 1)
    view.close()


def test_another_run_is_listed_when_it_is_chosen(result: Result) -> None:
    view = CounterfactualView(result)
    for run in (4, 2):
        view.set_state({"run": run})  # as the browser does
        assert view.frame["run"] == run and view.frame["adds"] == patterns_of_run(result, run).adds
        assert view.describe().startswith(f"Run {run}: ")
    view.run = 99
    assert view.frame["run"] == 5, "the last there is"
    view.close()


def test_somebody_else_may_show_the_chosen_run(result: Result) -> None:
    view = CounterfactualView(result)
    asked: list[int] = []
    view.on_choice(lambda: asked.append(view.run))
    view.run = 3
    assert asked == [3] and view.frame["run"] == 0
    view.close()


def test_single_points_wait_for_the_end_of_the_training() -> None:
    *early, last = Experiment(runs=3, steps=60).stream(every=30)
    view = CounterfactualView(early[-1])
    assert view.describe() == view.frame["problem"] == NOT_YET
    view.show(last)
    assert view.frame["problem"] == "" and view.frame["points"] == 512
    view.show(last.result.at(0))
    assert view.describe() == NOT_YET, "an earlier record has only counts"
    view.close()


def test_before_the_first_outcome_the_view_says_when_it_comes() -> None:
    snapshot = next(Experiment(runs=3, steps=100, outcome="oscillation").stream(every=50))
    view = CounterfactualView(snapshot)
    assert view.describe().startswith("No outcomes: ") and "until step 76" in view.describe()
    assert "until step 76" in " ".join(words_of(counterfactual(snapshot))).replace("\n", " ")
    view.close()


def test_a_run_that_diverged_says_so() -> None:
    r = Experiment(runs=6, steps=60).run()
    r.recording.diverged[r.index, 2] = True
    view = CounterfactualView(r, run=2)
    assert view.describe() == "Run 2 has diverged: it has no outcomes."
    assert "Run 2 has diverged" in " ".join(words_of(counterfactual(r, run=2)))
    early = next(Experiment(runs=6, steps=60).stream(every=20))
    early.recording.diverged[early.index, 2] = True
    for run, said in ((1, NOT_YET), (2, "Run 2 has diverged: it has no outcomes.")):
        assert said == patterns_or_why_not(early, run)
        assert said in " ".join(words_of(counterfactual(early, run=run))).replace("\n", " ")
    view.run = 1
    assert view.frame["problem"] == ""
    view.close()
    lost = CounterfactualView(Experiment(runs=2, steps=40, learning_rate=1e38).run())
    assert lost.describe() == "No outcomes: every run has diverged."
    lost.close()


# The figure


def words_of(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.findobj(Text) if t.get_visible() and t.get_text()]


def lines_of(ax: Axes) -> dict[float, list[str]]:
    """Words of the table line by line, from left to right."""
    found: dict[float, list[tuple[float, str]]] = {}
    for text in ax.texts:
        x, y = text.get_position()
        if text.get_transform() == ax.transData and text.get_text():
            found.setdefault(y, []).append((x, text.get_text()))
    return {y: [word for _, word in sorted(words)] for y, words in sorted(found.items())}


@pytest.mark.parametrize("run", [0, 3])
def test_the_table_is_that_of_the_run(result: Result, run: int) -> None:
    found = patterns_of_run(result, run)
    assert len(found.patterns) <= 9
    names, heads, *lines, total = lines_of(counterfactual(result, run=run)).values()
    assert names == ["A1", "A2", "B1", "B2"]
    assert heads[1:9] == ["B1", "B2"] * 2 + ["A1", "A2"] * 2
    for line, one in zip(lines, found.patterns, strict=True):
        a, b = one.alice, one.bob
        pairs = [a[0], a[1], a[2], a[3], b[0], b[2], b[1], b[3]]
        assert line[0] == str(one.points)
        assert line[1:9] == ["+" if outcome > 0 else "−" for outcome in pairs]
        assert int(line[9].replace("−", "-")) == one.s
        adds = float(line[10].replace("−", "-"))
        assert adds == pytest.approx(one.adds / found.points, abs=0.000501)
    words = f"S − 2 = {found.adds}/{found.points}".replace("= -", "= −")
    assert total[:2] == [str(found.points), words]
    assert float(total[2].replace("−", "-")) == pytest.approx(found.S - 2, abs=0.000501)


def test_flips_are_marked_in_the_colour_of_whose_outcome_flips(result: Result) -> None:
    ax = counterfactual(result)
    shown, _ = patterns_of_run(result, 0).first(8)
    flips = [(line, k) for line, one in enumerate(shown) for k in range(4) if one.flips[k]]
    assert flips, "a run at three neurons has some"
    drawn = []
    for patch in ax.patches:
        x = patch.get_x() + patch.get_width() / 2
        task = int(np.argmin(np.abs(np.array([0.2, 0.34, 0.48, 0.62]) - x)))
        head = (figures.LIGHT.alice, figures.LIGHT.bob)[task // 2]
        assert to_rgba(patch.get_facecolor())[:3] == to_rgba(head)[:3]
        drawn.append((int(patch.get_y()) - 2, task))
    assert drawn == flips


def test_many_patterns_are_summed_in_one_line() -> None:
    r = Experiment(hidden=1, runs=2, steps=300).run()
    found = patterns_of_run(r, 0)
    assert len(found.patterns) > 9
    *_, others, _total = lines_of(counterfactual(r)).values()
    points = sum(one.points for one in found.patterns[8:])
    assert others[:2] == [str(points), f"{len(found.patterns) - 8} other patterns"]
    assert re.fullmatch(r"[+−]?\d\.\d{3}", others[2])


def test_the_figure_says_what_it_cannot_show() -> None:
    snapshot = next(Experiment(runs=2, steps=40).stream(every=20))
    assert NOT_YET in " ".join(words_of(counterfactual(snapshot))).replace("\n", " ")
    with pytest.raises(ValueError, match="run must be a whole number from 0 to 1, not 2"):
        counterfactual(snapshot, run=2)
    with pytest.raises(ValueError, match="must be a Snapshot or a Result, not 'x'"):
        counterfactual("x")


def test_the_figure_has_both_styles(result: Result) -> None:
    for style in (figures.LIGHT, figures.DARK):
        ax = counterfactual(result, style=style, run=1)
        colors = {text.get_color() for text in ax.texts if text.get_text() in "+−"}
        assert colors == {style.ink}
        assert ax.get_title(loc="left") == "The same points under four settings"
