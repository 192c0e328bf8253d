"""What the numbers mean: the answer, the account of S, the influence, and their pictures."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from scipy import stats

import behaviors
from behaviors import POINTS, always_plus, result_of
from explorers import alive, displayed
from ncviz import Experiment, bell, figures
from ncviz.figures.meaning import WIDEST, account, influence
from ncviz.figures.meaning import answer as answer_figure
from ncviz.inference import Estimate, mean_intervals, no_signalling
from ncviz.meaning import (
    Account,
    Answer,
    Influence,
    account_lines,
    account_sentence,
    answer,
    influence_sentence,
    percent,
    shift_test,
)
from ncviz.results.result import Result
from ncviz.widgets.explorer.situations import PRESETS
from ncviz.widgets.views.meaning import AccountView, AnswerView, InfluenceView
from ncviz.widgets.views.training import SignallingView
from strategies import experiments

VIEWS = (AnswerView, AccountView, InfluenceView)
FIGURES = (answer_figure, account, influence)


@pytest.fixture(scope="module")
def separate() -> Result:
    return Experiment(runs=20, steps=600, trunk="separate").run()


@pytest.fixture(scope="module")
def shared() -> Result:
    return Experiment(runs=20, seed=11).run()


@pytest.fixture(scope="module")
def diverged() -> Result:
    return Experiment(runs=3, steps=20, learning_rate=1e38).run()


def states(said: Answer) -> list[str]:
    return [condition.state for condition in said.conditions]


# The answer


def test_an_excess_that_the_means_explain_is_said_to_be_explained() -> None:
    said = answer(result_of(behaviors.explained()).summary)
    assert "is above 2, and the visible change of the mean outcomes is large enough" in said.reading
    assert states(said) == ["holds", "holds", "fails"]
    assert "2Σf\u00a0=\u00a01." in said.conditions[2].why  # f: 0.2 on A1 and on B1, 0.3 on B2


def test_hidden_influence_is_counted_and_never_called_quantum() -> None:
    r = result_of(behaviors.hidden())
    assert r.s.value > 3.5 and r.summary.delta.value < 0.1
    said = answer(r.summary)
    assert "by more than the visible change of the mean outcomes can account for" in said.reading
    assert "D\u00a0=\u00a01." in said.reading and "nothing quantum" in said.reading
    assert states(said)[2] == "fails" and "2Σf\u00a0=\u00a02." in said.conditions[2].why


def test_what_is_undecided_is_said_to_be_undecided() -> None:
    r = result_of(behaviors.undecided())
    assert r.summary.D.low < 0 < r.summary.D.high
    reading = answer(r.summary).reading
    assert "can account for it is undecided with 20 runs" in reading
    assert "counted outcome by outcome is at least as large as S − 2, as it must be" in reading


def test_an_s_near_2_or_below_asks_for_no_explanation() -> None:
    near = answer(result_of(behaviors.near_2()).summary).reading
    assert "is not distinguishable from 2: it asks for no explanation." in near
    below = answer(result_of(behaviors.below()).summary)
    assert "is below 2: it asks for no explanation." in below.reading
    assert states(below)[2] == "fails", "S below 2 does not mean that nothing crosses"


def test_another_form_above_2_is_named_and_explained() -> None:
    r = result_of(behaviors.another_form())
    assert r.s.high < 2 < 2 + r.summary.excess.low
    reading = answer(r.summary).reading
    assert "is below 2" in reading
    assert "But another of the eight CHSH forms is above 2, by 0." in reading
    assert "large enough to account for it" in reading


def test_saturation_is_named() -> None:
    said = answer(result_of(always_plus()).summary)
    assert said.reading.startswith("Every outcome in every run is +1 (saturation): S is exactly 2")
    assert states(said) == ["holds", "holds", "not seen to fail"]
    assert "in 20 runs no outcome changes with the partner’s task" in said.conditions[2].why


def test_a_single_outcome_that_changes_is_proof_of_influence() -> None:
    one = always_plus()
    one[3, 1, 1, 0, 7] = -1  # a in setting 22, on one point of one run
    r = result_of(one)
    assert states(answer(r.summary))[2] == "fails"
    assert Influence.of(r).changed == (0, 1, 0, 0)


def test_with_separate_trunks_all_conditions_hold_and_every_run_is_bound(separate: Result) -> None:
    assert separate.per_run.S.max() <= 2, "exactly, as integers are counted"
    said = answer(separate.summary)
    assert states(said) == ["holds", "holds", "holds"]
    assert "S is at most 2 in every single run, exactly" in said.reading
    assert "above 2 in 0 of 20 runs" in said.reading


def test_one_run_says_nothing_of_others() -> None:
    said = answer(result_of(behaviors.explained()[:1]).summary).reading
    assert "in one run says nothing about other runs" in said
    assert "cannot pass 2 by more than the influence measured in it" in said
    said = answer(result_of(always_plus(1)).summary).reading
    assert "No outcome changed with the partner’s task, and then no S can be above 2" in said


def test_without_outcomes_there_is_still_an_answer(diverged: Result) -> None:
    said = answer(diverged.summary)
    assert said.answer == "No."
    assert said.reading == "There is no S to read: every run has diverged."
    assert states(said)[2] == "not seen to fail"
    early = Experiment(runs=2, steps=40, outcome="oscillation").run().at(0)
    assert "until step 31 there are none" in answer(early.summary).reading


def test_runs_left_out_are_counted() -> None:
    r = result_of(behaviors.explained())
    numbers = r.per_run
    gone = np.arange(20) < 3
    without = [
        np.where(gone.reshape(-1, *(1,) * (v.ndim - 1)), np.nan, v)
        for v in (numbers.S, numbers.correlators, numbers.marginals, numbers.influence)
    ]
    r.__dict__["per_run"] = replace(
        numbers,
        **dict(zip(("S", "correlators", "marginals", "influence"), without, strict=True)),
        diverged=gone,
    )
    assert answer(r.summary).reading.endswith("3 of 20 runs diverged and are left out.")
    assert Influence.of(r).compared == 17 * POINTS


@settings(max_examples=25)
@given(experiments())
def test_the_answer_is_no_whatever_is_trained(experiment: Experiment) -> None:
    summary = experiment.run().summary
    said = answer(summary)
    assert said.answer == "No."
    assert (states(said)[2] == "fails") == (summary.influence.value > 0)
    if experiment.trunk == "separate":
        assert states(said)[2] == "holds"
    texts = [said.reading, said.assumed, *map(str, said.needed), *(c.why for c in said.conditions)]
    for text in texts:
        assert not re.search(r"nan|inf\b|None", text) and text.endswith((".", ")"))


@pytest.mark.parametrize("name", PRESETS)
def test_the_verdict_of_each_situation_and_the_answer_agree(name: str) -> None:
    r = PRESETS[name].of(Experiment(runs=20)).run()
    said, s = answer(r.summary), r.s
    place = {
        "above 2": s.low > 2,
        "below 2": s.high < 2 and states(said)[2] != "holds",
        "not distinguishable": s.low <= 2 <= s.high and states(said)[2] != "holds",
    }
    for words, there in place.items():
        stands = f"{s} is {words}" in said.reading
        assert stands == there, (words, said.reading)


def test_each_source_stands_beside_the_sentence_it_carries() -> None:
    said = answer(result_of(behaviors.explained()).summary)
    by = {each.source: each.text for each in (said.theorem, *said.needed)}
    assert "−2 to 2" in by["Clauser, Horne, Shimony & Holt 1969"]
    assert "eight CHSH forms are at most 2" in by["Fine 1982"]
    assert "2√2" in by["Cirel’son 1980"] and "can reach 4" in by["Cirel’son 1980"]
    assert by["Dzhafarov, Kujala & Larsson 2015"].startswith("δ ")
    assert by["Kujala & Dzhafarov 2016"].startswith("D = s_odd − 2 − δ is at most 0 exactly if")
    assert "S can pass 2" in by["Zhao, Wu & Hou, arXiv:2603.04451"]
    delft = bell.PUBLISHED["delft 2015"]
    assert f"S was {delft.behavior.S:.2f} ± 0.20, p = 0.039" in by["Hensen et al. 2015"]


def test_what_is_assumed_names_rule_and_tasks() -> None:
    said = answer(Experiment(runs=2, steps=5, pairing="easy", noise=0.5).run().summary).assumed
    assert "right on a held-out point; not the default: 5 steps, noise 0.5" in said
    assert "A2 = s1 OR s2" in said and "choices of ncviz" in said


def test_the_test_of_the_shifts_is_that_of_inference(shared: Result, diverged: Result) -> None:
    found = no_signalling(shared.paired)
    said = shift_test(shared)
    shifted = [k for k, p in zip(("A1", "A2", "B1", "B2"), found.p_holm, strict=True) if p < 0.05]
    assert shifted and [k for k in ("A1", "A2", "B1", "B2") if k in said] == shifted
    assert "(t corrected for skewness over 20 runs" in said
    assert shift_test(diverged) == shift_test(shared.at(3)) == ""
    assert "No mean outcome shifts clearly" in shift_test(result_of(always_plus()))
    mcnemar = shift_test(result_of(behaviors.explained(), outcome="success"))
    assert "exact McNemar over 20 runs" in mcnemar


# Influence


def test_the_shares_are_those_of_a_slow_count(shared: Result) -> None:
    found = Influence.of(shared)
    a, b = shared.outcomes[:, :, 0], shared.outcomes[:, :, 1]
    pairs = ((a[:, 0], a[:, 1]), (a[:, 2], a[:, 3]), (b[:, 0], b[:, 2]), (b[:, 1], b[:, 3]))
    for k, (first, second) in enumerate(pairs):
        changed = sum(
            one != other for one, other in zip(first.ravel(), second.ravel(), strict=True)
        )
        assert found.changed[k] == changed
        assert found.shares[k].value == pytest.approx(changed / first.size, abs=1e-12)
        assert found.compared == first.size


def test_the_intervals_are_those_of_means_over_runs() -> None:
    r = result_of(behaviors.explained())
    f = r.per_run.influence[:, 3]
    assert len(set(f)) > 8
    low, high = stats.t.interval(0.95, len(f) - 1, f.mean(), stats.sem(f))
    share = Influence.of(r).shares[3]
    assert [share.value, share.low, share.high] == pytest.approx(mean_intervals(f[None], 0, 1)[0])
    assert share.low <= low < high <= share.high, "no narrower than Student's, and not much wider"
    assert share.high - share.low < 1.25 * (high - low)


def test_a_share_is_written_with_two_figures() -> None:
    assert percent(Estimate(0.2134, 0.178, 0.243, 50)) == "21\u00a0% [18, 24]"
    assert percent(Estimate(0.0234, 0.0178, 0.0243, 50)) == "2.3\u00a0% [1.8, 2.4]"
    assert percent(Estimate(0.0001, 0.0, 0.01, 50)) == "< 0.1\u00a0% [0.0, 1.0]"
    assert percent(Estimate(0.0, 0.0, 0.0, 50)) == "0\u00a0% [0.0, 0.0]"
    assert percent(Estimate(1.0, np.nan, np.nan, 1)) == "100\u00a0%"
    assert percent(Estimate(np.nan, np.nan, np.nan, 0)) == "–"


def test_the_sentence_of_the_influence_tells_who_and_on_what(
    separate: Result, diverged: Result
) -> None:
    def said(r: Result) -> str:
        return influence_sentence(r.summary, Influence.of(r)).replace("\u00a0", " ")

    assert re.fullmatch(
        r"Bob’s task changes (19|20|21) % \[\d+, \d+\] of Alice’s outcomes on A1 and "
        r"0 % \[0\.0, [\d.]+\] on A2; Alice’s task changes (29|30|31) % \[\d+, \d+\] of Bob’s "
        r"outcomes on B2 and (19|20|21) % \[\d+, \d+\] on B1\.",
        said(result_of(behaviors.explained())),
    )
    assert "exactly 0 of 40,960 outcomes change" in said(separate)
    assert "In 20 runs none of 80,000 outcomes changes" in said(result_of(always_plus()))
    assert said(diverged) == "No outcomes to compare: every run has diverged."


# What accounts for S


@settings(max_examples=25)
@given(experiments())
def test_influence_accounts_for_the_excess_and_for_the_visible_change(
    experiment: Experiment,
) -> None:
    summary = experiment.run().summary
    if summary.s.n:
        assert summary.excess.value <= summary.influence.value + 1e-9
        assert summary.delta.value <= summary.influence.value + 1e-9
        parts = Account.of(summary)
        assert min(parts.explained, parts.rest, parts.slack) >= 0
        assert parts.explained + parts.rest == pytest.approx(max(0, summary.excess.value))
        assert parts.explained + parts.slack == pytest.approx(summary.delta.value)
        assert parts.passes == (summary.excess.value > 0)
        if parts.passes:
            assert parts.rest == pytest.approx(max(0, summary.D.value))
            assert parts.slack == pytest.approx(max(0, -summary.D.value))


def test_the_account_of_known_behaviors(diverged: Result) -> None:
    known = {
        behaviors.explained: ", and the visible change of mean outcomes can account for all of it.",
        behaviors.hidden: "the rest is influence that the means do not show",
        behaviors.undecided: "is undecided with 20 runs",
        behaviors.near_2: "is not distinguishable from 2",
        behaviors.below: "there is nothing to account for",
    }
    for outcomes, words in known.items():
        summary = result_of(outcomes()).summary
        assert words in account_sentence(summary), outcomes.__name__
    hidden = Account.of(result_of(behaviors.hidden()).summary)
    assert hidden.rest > 1.5 and hidden.explained < 0.1 and hidden.slack == 0
    assert "every run has diverged" in account_sentence(diverged.summary)
    assert "one run only" in account_sentence(result_of(behaviors.explained()[:1]).summary)


def test_the_words_beside_the_numbers_are_those_of_the_state(separate: Result) -> None:
    def words(r: Result) -> dict[str, str]:
        return {line.key: line.words for line in account_lines(r.summary)}

    assert "it is S itself" in words(result_of(behaviors.explained()))["excess"]
    assert "S is another one of them" in words(result_of(behaviors.another_form()))["excess"]
    assert words(result_of(behaviors.explained()))["rest"].startswith("below 0")
    assert words(result_of(behaviors.hidden()))["rest"].startswith("above 0")
    assert "undecided with 20 runs" in words(result_of(behaviors.undecided()))["rest"]
    assert "not above 2" in words(result_of(behaviors.below()))["excess"]
    assert "exactly 0 with any number of runs" in words(separate)["influence"]
    assert "in no run can S be above 2" in words(result_of(always_plus()))["influence"]


# The views


@pytest.mark.parametrize("kind", VIEWS)
@pytest.mark.parametrize("state", ["shared", "separate", "diverged"])
def test_each_view_works_alone_and_frees_what_it_made(
    kind: type[AnswerView], state: str, request: pytest.FixtureRequest
) -> None:
    r: Result = request.getfixturevalue(state)
    before = alive()
    view = kind(r)
    assert view.describe().endswith((".", ")"))
    assert displayed(view)["image/png"]
    view.show(next(Experiment(runs=2, steps=5, outcome="oscillation").stream()))
    assert view.describe()
    view.close()
    assert alive() == before


def test_the_answer_view_says_the_answer_first(shared: Result) -> None:
    view = AnswerView(shared)
    assert view.describe().startswith("No. It is an ordinary program on an ordinary computer")
    assert view.frame["test"] == shift_test(shared)
    view.show(shared.at(5))
    assert view.frame["test"] == ""
    view.close()


def test_the_account_holds_its_numbers(shared: Result, diverged: Result) -> None:
    view = AccountView(shared)
    said = [float(line["value"].replace("−", "-")) for line in view.frame["lines"]]
    counted = 2 * shared.influence.iloc[:, 1:].sum(axis=1).mean()
    b = shared.behavior
    assert said == pytest.approx([b.s_odd - 2, b.delta, b.D, counted], abs=0.00501)
    summary = shared.summary
    lines = zip(view.frame["lines"], account_lines(summary), strict=True)
    assert all(f"{line['value']} {line['interval']}" == str(one.number) for line, one in lines)
    view.show(diverged)
    view.draw()
    assert "lines" not in view.frame and view.picture == {}
    view.close()


def test_the_influence_has_no_arrow_for_an_exact_0(shared: Result, separate: Result) -> None:
    """What crosses is half transparent, and nothing else in the picture."""
    view = InfluenceView(shared)
    view.draw()
    assert "opacity: 0.8" in str(view.picture["svg"])
    view.show(separate)
    view.draw()
    assert "opacity: 0.8" not in str(view.picture["svg"])
    assert str(view.picture["svg"]).count("0 of 10,240") == 4
    view.close()


def test_the_marginal_pairs_can_stand_alone(shared: Result) -> None:
    whole, pairs = SignallingView(shared), SignallingView(shared, explained=False)
    assert whole.explained and "the excess over 2" in whole.describe()
    assert "the excess over 2" not in pairs.describe() and "⟨" in pairs.describe()
    assert whole.frame["pairs"] == pairs.frame["pairs"]
    whole.close()
    pairs.close()


# The figures


def texts(ax: Axes) -> str:
    return "\n".join(t.get_text() for t in ax.findobj(Text))


def bars(ax: Axes) -> dict[tuple[float, float], float]:
    """Width by left end and row."""
    found = [p for p in ax.patches if isinstance(p, Rectangle)]
    return {
        (round(p.get_x(), 9), round(p.get_y() + p.get_height() / 2)): p.get_width() for p in found
    }


def test_the_figure_of_the_account_draws_its_parts() -> None:
    r = result_of(behaviors.explained())
    excess, delta = r.summary.excess.value, r.summary.delta.value
    ax = account(r)
    drawn = bars(ax)
    assert drawn[2.0, 0] == pytest.approx(excess)
    assert drawn[round(2 + excess, 9), 0] == pytest.approx(delta - excess)
    assert drawn[2.0, 1] == pytest.approx(r.summary.influence.value)
    assert f"2 + δ = {2 + delta:.2f}" in texts(ax)
    hidden = result_of(behaviors.hidden())
    left = round(2 + hidden.summary.delta.value, 9)
    assert bars(account(hidden))[left, 0] == pytest.approx(hidden.summary.D.value)


def test_the_figure_of_the_influence_draws_shares_as_widths(
    shared: Result, separate: Result
) -> None:
    ax = influence(shared)
    widths = [p.get_linewidth() for p in ax.patches if isinstance(p, PathPatch)]
    for share in Influence.of(shared).shares:
        assert any(w == pytest.approx(max(1, share.value * WIDEST)) for w in widths)
    assert not [p for p in influence(separate).patches if isinstance(p, PathPatch)]
    assert "0 of 10,240" in texts(influence(separate))


@pytest.mark.parametrize("draw", FIGURES, ids=lambda draw: draw.__name__)
def test_figures_say_what_is_missing_and_refuse_what_is_no_moment(
    draw: type[Axes], diverged: Result, shared: Result
) -> None:
    assert "every run has diverged" in texts(draw(diverged)).replace("\n", " ")
    with pytest.raises(ValueError, match="moment must be a Snapshot or a Result"):
        draw(Experiment())
    given = figures.correlators(shared).figure.add_axes((0, 0, 1, 1))
    assert draw(shared, ax=given, style=figures.DARK) is given
    colors = {to_hex(t.get_color()) for t in given.findobj(Text) if t.get_text()}
    assert figures.DARK.ink in colors and figures.LIGHT.ink not in colors
