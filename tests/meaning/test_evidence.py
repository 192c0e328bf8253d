"""How the evidence grows: prefixes of runs, the p that may be looked at, the words, the picture."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from numpy.typing import NDArray

from ncviz import Experiment, figures
from ncviz.figures.evidence import evidence, s_range
from ncviz.inference import Estimate, PairedRuns, format_number, p_above, p_of_s, s_interval
from ncviz.meaning.evidence import Growth, growth_sentence, looks_at, p_equals
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment, Result
from ncviz.widgets.views.meaning import EvidenceView

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def result() -> Result:
    """130 runs, more than there are looks."""
    return Experiment(runs=130, steps=1200).run()


@pytest.fixture(scope="module")
def diverged() -> Result:
    return Experiment(runs=4, steps=40, learning_rate=1e38).run()


def with_s(S: list[float] | Array, outcome: str = "correct") -> Moment:
    """A moment whose runs have a given S; NaN for a run that diverged."""
    values = np.asarray(S, dtype=float)
    moment = Experiment(runs=len(values), steps=2, outcome=outcome).run()
    numbers, lost = moment.per_run, np.isnan(values)
    c = values[:, None, None] / 4 * np.array([[1, 1], [1, -1]])  # the paired runs' S is this
    moment.__dict__["per_run"] = replace(numbers, S=values, correlators=c, diverged=lost)
    return moment


# Numbers


@given(st.integers(1, 2000))
def test_looks_go_from_the_first_run_to_all(runs: int) -> None:
    looks = looks_at(runs)
    assert looks[0] == 1 and looks[-1] == runs
    assert (np.diff(looks) > 0).all() and len(looks) == min(runs, 40)
    if runs > 40:
        assert np.ptp(np.diff(looks)) <= 1, "evenly, to a whole number"


def test_no_run_is_no_look() -> None:
    assert looks_at(0).size == 0


def test_each_mean_is_that_of_the_experiment_with_so_many_runs(result: Result) -> None:
    growth = Growth.of(result)
    for k in (0, 3, 15, 39):
        n = int(growth.runs[k])
        alone = replace(result.experiment, runs=n).run()
        assert growth.S[k, 0] == pytest.approx(alone.s.value, rel=1e-12)
        if n > 30:
            assert growth.S[k, 1:] == pytest.approx([alone.s.low, alone.s.high], rel=1e-12)


def test_every_interval_is_the_headline_of_so_many_runs(result: Result) -> None:
    growth, S = Growth.of(result), result.runs.S.to_numpy()
    for n, row in zip(growth.runs[1:], growth.S[1:], strict=True):
        found = s_interval(PairedRuns(result.paired.correlators[:n], result.paired.marginals[:n]))
        assert row == pytest.approx([S[:n].mean(), found.low, found.high], rel=1e-9)
    last = result.s
    assert growth.S[-1] == pytest.approx([last.value, last.low, last.high], rel=1e-12)
    assert np.isnan(growth.S[0, 1:]).all(), "one run has no interval"


def test_the_interval_narrows_once_for_good_when_runs_no_longer_agree() -> None:
    # The first six runs are equal; ties come back later and widen nothing any more.
    S = np.random.default_rng(0).uniform(1.98, 2.02, 40)
    S[:6] = S[20:40] = 2
    growth = Growth.of(with_s(S))
    wide = growth.S[1:, 2] - growth.S[1:, 1] > 0.5
    assert wide.tolist() == [n <= 6 for n in growth.runs[1:]]


def test_p_is_the_best_return_so_far_of_the_bets(result: Result) -> None:
    """The game by hand: a stake spread over eight bets, each run's gain (4 + S)/8 − 3/4."""
    growth = Growth.of(result)
    bets = [(4 / 3) * 0.5**k for k in range(8)]
    wealth = [0.5 ** (k + 1) for k in range(7)] + [0.5**7]
    best, expected = 1.0, []
    for S in result.runs.S:
        wealth = [w * (1 + c * ((4 + S) / 8 - 0.75)) for w, c in zip(wealth, bets, strict=True)]
        best = max(best, sum(wealth))
        expected.append(1 / best)
    np.testing.assert_allclose(growth.p, np.array(expected)[growth.runs - 1], rtol=1e-9)
    assert (np.diff(growth.p) <= 0).all()


def test_runs_that_diverged_are_left_out_in_their_places() -> None:
    S = [2.5, math.nan, 2.1, 2.3, math.nan, 2.9]
    with_gaps, without = Growth.of(with_s(S)), Growth.of(with_s([2.5, 2.1, 2.3, 2.9]))
    for field in ("runs", "S", "p"):
        np.testing.assert_array_equal(getattr(with_gaps, field), getattr(without, field))


def test_without_runs_there_is_nothing_to_look_at(diverged: Result) -> None:
    growth = Growth.of(diverged)
    assert growth.runs.size == growth.p.size == 0 and growth.S.shape == (0, 3)
    assert growth.fixed_p is None


@pytest.mark.parametrize("outcome", ["correct", "success"])
def test_the_p_that_decides_stands_from_five_runs_on(result: Result, outcome: str) -> None:
    assert Growth.of(result).fixed_p == pytest.approx(p_above(result.paired, "t"), rel=1e-9)
    S = np.random.default_rng(1).uniform(2, 3, 20)
    S[:8] = 2  # many ties
    assert Growth.of(with_s(S, outcome)).fixed_p == pytest.approx(p_of_s(S))
    assert Growth.of(with_s(S[:5], outcome)).fixed_p is not None
    assert Growth.of(with_s(S[:4], outcome)).fixed_p is None


# Words


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1"),
        (0.9996, "p = 1"),
        (0.05, "p = 0.050"),
        (0.001, "p = 0.001"),
        (9.6e-4, "p = 1·10⁻³"),
        (4.4e-11, "p = 4·10⁻¹¹"),
        (1e-12, "p = 1·10⁻¹²"),
        (9e-13, "p < 10⁻¹²"),
        (0.0, "p < 10⁻¹²"),
    ],
)
def test_a_p_value_reads_well(p: float, text: str) -> None:
    assert p_equals(p) == text


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.2, "there is no clear evidence that the mean of S is above 2: p = 0.200 (t corrected"),
        (0.026, "no clear evidence"),
        (0.025, "there is clear evidence"),
        (0.001, "strong evidence"),
        (0.0, "After 9 runs there is strong evidence that the mean of S is above 2: p < 10⁻¹² ("),
    ],
)
def test_one_p_decides_and_the_curves_p_stands_beside_it(
    result: Result, p: float, words: str
) -> None:
    growth = Growth(np.array([9]), np.full((1, 3), 2.0), np.array([0.4]), p)
    sentence = growth_sentence(result.summary, growth)
    assert words in sentence
    assert sentence.endswith("may be looked at after every run, asks for more: p = 0.400.")
    few = replace(growth, runs=np.array([3]), fixed_p=None)
    assert growth_sentence(result.summary, few) == (
        "After 3 runs no test decides whether S is above 2: it takes five."
    )


@pytest.mark.parametrize("seed", range(12))
def test_headline_and_evidence_never_disagree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs = int(rng.integers(5, 40))
    S = 2 + 0.3 * (rng.standard_t(4, runs) + rng.gumbel(size=runs) * rng.integers(0, 2, runs))
    moment = with_s(np.clip(S + 0.2 * rng.normal(0.2), -4, 4))
    above = "S is above the classical bound 2" in verdict(moment.summary).sentences
    evidence_of = growth_sentence(moment.summary, Growth.of(moment))
    assert above == (moment.s.low > 2) == (p_above(moment.paired) <= 0.025)
    assert above == ("is clear evidence" in evidence_of or "strong evidence" in evidence_of)


def test_without_anything_shared_there_is_no_evidence() -> None:
    r = Experiment(runs=20, trunk="separate").run()
    assert Growth.of(r).p[-1] == 1 and Growth.of(r).S[1:, 2].max() <= 2
    view = EvidenceView(r)
    assert "no clear evidence" in view.describe()
    assert view.describe().endswith("asks for more: p = 1.")
    view.close()


def test_without_outcomes_the_sentence_says_why(diverged: Result) -> None:
    view = EvidenceView(diverged)
    assert view.describe() == "No evidence: every run has diverged."
    view.draw()
    assert view.frame["said"] == "" and view.picture == {}
    view.show(next(Experiment(runs=3, steps=100, outcome="oscillation").stream(every=50)))
    assert "until step 76 there are none" in view.describe()
    view.close()


# The view


def test_the_picture_can_be_read_after_each_number_of_runs(result: Result) -> None:
    view, growth = EvidenceView(result), Growth.of(result)
    view.draw()
    targets = view.picture["targets"]
    assert len(targets) == len(growth.runs)
    for target, n, three, p in zip(targets, growth.runs, growth.S, growth.p, strict=True):
        runs = "1 run" if n == 1 else f"{n} runs"
        assert target["words"] == f"after {runs}: S = {Estimate(*three, int(n))}, {p_equals(p)}"
    left = [box[0] for target in targets for box in target["boxes"]]
    np.testing.assert_allclose(
        left, np.interp(growth.runs, [1, growth.runs[-1]], [left[0], left[-1]]), atol=1e-4
    )
    assert view.frame["said"] == targets[-1]["words"]
    assert view.describe() == growth_sentence(result.summary, growth)
    view.close()


def test_while_it_trains_the_numbers_are_those_of_the_slower_moment() -> None:
    *_, early, late = Experiment(runs=8, steps=300).stream(every=150)
    view = EvidenceView()
    view.show(late, rough=True, numbers=early)
    last = Growth.of(early).S[-1, 0]
    assert f"S = {format_number(last)} " in view.frame["said"]
    assert view.frame["rough"]
    view.close()


# The figure


def curve(cell: Axes) -> tuple[Array, Array]:
    line = max(cell.lines, key=lambda line: len(line.get_xdata()))
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def words_of(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.findobj(Text) if t.get_visible() and t.get_text()]


def test_the_figure_draws_both_curves(result: Result) -> None:
    growth = Growth.of(result)
    ax = evidence(result)
    mean, p = ax.child_axes
    for cell, values in ((mean, growth.S[:, 0]), (p, growth.p)):
        x, y = curve(cell)
        np.testing.assert_array_equal(x, growth.runs)
        np.testing.assert_allclose(y, values)
    (band,) = mean.collections
    drawn = band.get_paths()[0].vertices
    at = np.unique(drawn[:, 0])
    np.testing.assert_array_equal(at, growth.runs[1:])
    for n, low, high in zip(growth.runs[1:], *growth.S[1:, 1:].T, strict=True):
        here = drawn[drawn[:, 0] == n, 1]
        assert [here.min(), here.max()] == pytest.approx([low, high])
    assert 2 in {line.get_ydata()[0] for line in mean.lines if len(set(line.get_ydata())) == 1}
    assert " ".join(words_of(ax)).replace("\n", " ").count(growth_sentence(result.summary, growth))


def test_the_levels_are_drawn_and_named(result: Result) -> None:
    p = evidence(result).child_axes[1]
    signal = to_rgba(figures.LIGHT.signal)
    levels = [line.get_ydata()[0] for line in p.lines if to_rgba(line.get_color()) == signal]
    assert levels == [0.025, 0.001]
    assert {"1 in 40", "1 in 1000", "0.025", "0.001"} <= set(words_of(p))
    assert p.get_yscale() == "log" and p.get_ylim()[0] <= 1e-4


def test_the_axis_of_p_ends_at_its_floor() -> None:
    p = evidence(with_s(np.full(400, 3.0) + np.linspace(-0.1, 0.1, 400))).child_axes[1]
    assert p.get_ylim()[0] == pytest.approx(1e-12)
    assert curve(p)[1].min() == pytest.approx(1e-12)
    assert "<10⁻¹²" in words_of(p)


def test_the_range_of_s_holds_2_and_all_that_settles() -> None:
    rng = np.random.default_rng(0)
    for middle in (0.5, 2.2, 3.3):
        S = np.sort(rng.uniform(middle - 0.2, middle + 0.2, (40, 3)))[:, [1, 0, 2]]
        S[0, 1:] = np.nan
        low, high = s_range(S)
        assert low < min(2, np.nanmin(S[10:])) and high > max(2, np.nanmax(S[10:]))
    assert s_range(np.array([[2.5, np.nan, np.nan]]))[1] > 2.5


@pytest.mark.parametrize("runs", [1, 2, 400])
def test_any_number_of_runs_is_drawn_in_both_styles(runs: int) -> None:
    moment = with_s(np.linspace(1.9, 2.6, runs))
    for style in (figures.LIGHT, figures.DARK):
        ax = evidence(moment, style=style)
        assert len(figures.png(ax.figure)) > 5000
        assert "nan" not in " ".join(words_of(ax))


def test_without_runs_the_figure_is_a_sentence(diverged: Result) -> None:
    ax = evidence(diverged)
    assert not ax.child_axes and "every run has diverged" in " ".join(words_of(ax))
    with pytest.raises(ValueError, match="must be a Snapshot or a Result, not None"):
        evidence(None)
