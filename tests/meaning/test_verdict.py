"""The verdict says what protocol and numbers say, for behaviors whose meaning is known."""

import re
from dataclasses import astuple

import numpy as np
import pytest
from numpy.typing import NDArray

from ncviz import Experiment
from ncviz.basics.protocol import RULES as TABLE
from ncviz.fields import CHOICES
from ncviz.meaning.verdict import (
    assumptions,
    correlator_sentence,
    loss_sentence,
    s_sentence,
    signalling_sentence,
    verdict,
)
from ncviz.results.recording import PerRun
from ncviz.results.result import Result
from ncviz.results.summary import Summary

RUNS = 50
DEFAULT = Experiment(runs=RUNS)


def summary(
    correlators: NDArray[np.float64],
    marginals: NDArray[np.float64],
    spread: float = 0.01,
    influence: float = 0.1,
    experiment: Experiment = DEFAULT,
) -> Summary:
    """Runs around a mean behavior: correlators (…, 2, 2), marginals (…, party, x, y)."""
    rng = np.random.default_rng(0)
    c = np.broadcast_to(correlators, (RUNS, 2, 2)) + rng.normal(0, spread, (RUNS, 2, 2))
    m = np.broadcast_to(marginals, (RUNS, 2, 2, 2)) + rng.normal(0, spread, (RUNS, 2, 2, 2))
    s = c[:, 0, 0] + c[:, 0, 1] + c[:, 1, 0] - c[:, 1, 1]
    f = np.full((RUNS, 4), influence) + rng.uniform(0, 0.01, (RUNS, 4)) * (influence > 0)
    return Summary.of(experiment, per_run(s, c, m, f))


def per_run(
    s: NDArray[np.float64],
    correlators: NDArray[np.float64],
    marginals: NDArray[np.float64],
    influence: NDArray[np.float64],
) -> PerRun:
    """Runs with these numbers, diverged where S is NaN."""
    return PerRun(s, correlators, marginals, influence, outcomes=512, diverged=np.isnan(s))


def marginals(a1: float = 0.9, a2: tuple[float, float] = (0.8, 0.8)) -> NDArray[np.float64]:
    """Mean outcomes that are all alike but for A2's beside B1 and beside B2."""
    values = np.full((2, 2, 2), a1)
    values[0, 1] = a2
    return values


BUMP = np.array([[0.95, 0.85], [0.85, 0.3]])  # S = 2.35
FLAT = np.array([[0.95, 0.6], [0.6, 0.4]])  # S = 1.75


def test_excess_that_the_marginals_explain() -> None:
    said = verdict(summary(BUMP, marginals(a2=(0.9, 0.4))))
    assert said.value.startswith("S = 2.3")
    assert "large enough to explain it" in said.sentences
    assert "Bob’s task changes Alice’s outcomes: ⟨A2⟩ falls from 0.9" in said.sentences
    assert "beside B1 to 0.4" in said.sentences and "beside B2." in said.sentences


def test_the_largest_shift_is_named_with_its_direction() -> None:
    m = marginals(a2=(0.8, 0.75))
    m[1, 0, 1], m[1, 1, 1] = 0.3, 0.7  # ⟨B2⟩ beside A1, beside A2
    said = verdict(summary(BUMP, m)).sentences
    assert "Alice’s task changes Bob’s outcomes: ⟨B2⟩ rises from 0.3" in said
    assert "beside A1 to 0.7" in said and "beside A2" in said


def test_hidden_balanced_influence_is_never_called_quantum() -> None:
    sign = np.where(np.arange(RUNS) % 2, 1.0, -1.0)[:, None, None]
    xy = np.array([[1.0, 1.0], [1.0, -1.0]])
    m = np.stack([sign * np.ones((2, 2)), sign * xy], axis=1)
    s = summary(xy, m, spread=0.001)
    assert s.D.low > 0
    said = verdict(s).sentences
    assert "by more than the visible change of marginals explains" in said
    assert "nothing quantum" in said


def test_undecided() -> None:
    said = verdict(summary(BUMP, marginals(a2=(0.9, 0.6)), spread=0.3)).sentences
    assert "undecided with 50 runs" in said
    assert "2Σf\u00a0=\u00a00.8" in said and "is at least as large as S − 2, as it must be" in said


def test_not_distinguishable_from_2() -> None:
    said = verdict(summary(np.array([[0.9, 0.8], [0.8, 0.5]]), marginals(), spread=0.2))
    assert "not distinguishable from the classical bound 2" in said.sentences
    assert "(2Σf\u00a0=\u00a00.8" in said.sentences
    assert "but no mean outcome clearly shifts" in said.sentences


def test_below_2_and_another_form_above() -> None:
    assert "stays below" in verdict(summary(FLAT, marginals())).sentences
    said = verdict(summary(BUMP[::-1, ::-1], marginals())).sentences
    assert "stays below" in said and "another CHSH form passes 2: its value is 2.3" in said


def test_separate_trunks_say_that_nothing_is_heard() -> None:
    r = Experiment(trunk="separate", runs=5, steps=50).run()
    assert "No outcome depends on the partner’s task" in verdict(r.summary).sentences


def test_diverged_runs_are_counted_and_give_no_s() -> None:
    s = np.array([2.3, np.nan, 2.5, 2.4])
    c = np.where(np.isnan(s), np.nan, 1.0)[:, None, None] * BUMP
    m = np.where(np.isnan(s), np.nan, 1.0)[:, None, None, None] * marginals()
    some = Summary.of(
        Experiment(runs=4), per_run(s, c, m, np.where(np.isnan(c), c, 0.1).reshape(4, 4))
    )
    said = verdict(some)
    assert "Above 2 in 3 of 3 runs" in said.sentences
    assert "1 of 4 runs diverged and are left out" in said.sentences
    assert "over 3 runs" in said.note
    none = Experiment(learning_rate=1e38, runs=3, steps=20).run()
    assert verdict(none.summary).value == "S = –"
    assert "Every run diverged" in verdict(none.summary).sentences
    bands = none.recording.loss_bands(none.index + 1)[-1]
    for sentence in (
        s_sentence(none.summary, 20),
        loss_sentence(bands, none.experiment.tasks),
        correlator_sentence(none.summary),
        signalling_sentence(none.summary),
    ):
        assert "very run" in sentence and "nan" not in sentence


def test_one_run_has_no_interval_and_says_why() -> None:
    said = verdict(Experiment(runs=1, steps=50).run().summary)
    assert said.interval == "(no interval from one run)"
    assert "nan" not in str(said)


def test_saturation_is_said() -> None:
    r = Experiment(pairing="easy", hidden=8, noise=0.0, steps=600, runs=8).run()
    said = verdict(r.summary).sentences
    assert "Every outcome in every run is +1: S is exactly 2, with no spread" in said
    assert "nearly every outcome of both heads is +1" in correlator_sentence(r.summary)


def test_equal_runs_without_saturation_are_not_called_saturated() -> None:
    r = Experiment(pairing=("s1 XOR s2",) * 4, hidden=1, runs=20).run()
    assert r.summary.tied and r.runs.test_error.mean() > 0.1
    said = verdict(r.summary).sentences
    assert "saturation" not in said and "Every outcome" not in said
    assert "exactly the same S" in said
    assert "nearly every outcome" not in correlator_sentence(r.summary)


def test_a_small_but_clear_shift_is_not_denied() -> None:
    rng = np.random.default_rng(3)
    m = np.broadcast_to(marginals(), (RUNS, 2, 2, 2)).copy()
    m[:, 0, 0, 1] -= 0.03 + rng.normal(0, 0.01, RUNS)  # ⟨A1⟩: small and clear
    m[:, 1, 1, 1] += 0.05 - 0.5
    m[:, 1, 0, 1] += 0.5 * np.linspace(-1, 1, RUNS) - 0.5  # ⟨B2⟩: larger and unclear
    c = np.broadcast_to(FLAT, (RUNS, 2, 2)) + rng.normal(0, 0.01, (RUNS, 2, 2))
    s = c[:, 0, 0] + c[:, 0, 1] + c[:, 1, 0] - c[:, 1, 1]
    unclear = Summary.of(Experiment(runs=RUNS), per_run(s, c, m, np.full((RUNS, 4), 0.1)))
    assert abs(unclear.shifts[3].value) > abs(unclear.shifts[0].value)
    assert "Bob’s task changes Alice’s outcomes: ⟨A1⟩ falls" in verdict(unclear).sentences


def test_noise_is_seldom_called_a_shift() -> None:
    rng = np.random.default_rng(4)
    named = 0
    for _ in range(400):
        m = np.clip(0.5 + rng.normal(0, 0.2, (20, 2, 2, 2)), -1, 1)
        c = np.full((20, 2, 2), 0.5)
        runs = per_run(rng.normal(1, 0.1, 20), c, m, np.full((20, 4), 0.1))
        named += "changes" in verdict(Summary.of(Experiment(runs=20), runs)).sentences
    assert named / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


RULES = {
    "correct": "+1 where the head is right on a held-out point",
    "success": "+1 where the head is right on at least 95 % of a run’s held-out points",
    "oscillation": "+1 where a training step of the last quarter lowers the head’s loss",
}


@pytest.mark.parametrize("outcome", list(RULES))
def test_the_outcome_rule_stands_beside_every_s(outcome: str) -> None:
    s = summary(FLAT, marginals(), experiment=Experiment(runs=RUNS, outcome=outcome))
    assert verdict(s).note == f"95 % interval over 50 runs; outcome: {RULES[outcome]}"
    alone = Experiment(runs=1, steps=8, outcome=outcome).run()
    assert f"outcome: {RULES[outcome]}" in verdict(alone.summary).note


@pytest.mark.parametrize(
    ("threshold", "words"),
    [(0, "0 %"), (0.29, "29 %"), (0.9, "90 %"), (0.125, "12.5 %"), (1, "100 %")],
)
def test_the_threshold_is_part_of_the_rule(threshold: float, words: str) -> None:
    said = assumptions(Experiment(outcome="success", threshold=threshold))
    assert f"right on at least {words} of a run" in said
    # ... and of no other rule, which does not read it.
    assert assumptions(Experiment(threshold=threshold)) == assumptions(Experiment())


CHANGES = {
    "trunk": ("separate", "separate trunk"),
    "optimizer": ("momentum", "momentum"),
    "activation": ("relu", "relu units"),
    "noise": (0.5, "noise 0.5"),
    "n_train": (100, "100 training points"),
    "n_test": (64, "64 held-out points"),
    "steps": (300, "300 steps"),
    "batch_size": (4, "batches of 4"),
    "pairing": (("s1", "s2", "s3", "table 0000000000000001"), "own tasks"),
    "sampling": ("full", "full batches"),
    "shuffled": ("B1", "training labels of B1 shuffled"),
    "redrawn": ("bob", "start of Bob’s head drawn anew"),
}

MEETING = {
    "without alice": "the shared layer learns from Bob alone",
    "without bob": "the shared layer learns from Alice alone",
    "pcgrad": "PCGrad in the shared layer",
    "mgda": "MGDA in the shared layer",
}


def test_nothing_is_called_not_the_default_by_default() -> None:
    # What a slider above the verdict shows is not repeated, either.
    for e in (
        Experiment(),
        Experiment(hidden=5, runs=7, seed=3, learning_rate=0.1, pairing="ring"),
        *(Experiment(outcome=outcome) for outcome in RULES),
    ):
        assert assumptions(e) == f"outcome: {RULES[e.outcome]}"


@pytest.mark.parametrize("field", list(CHANGES))
def test_a_choice_that_is_not_the_default_is_named_beside_s(field: str) -> None:
    value, words = CHANGES[field]
    e = Experiment(**{"runs": RUNS, field: value})
    assert assumptions(e) == f"outcome: {RULES['correct']}; not the default: {words}"
    assert verdict(summary(FLAT, marginals(), experiment=e)).note.endswith(assumptions(e))


@pytest.mark.parametrize("value", list(MEETING))
def test_how_gradients_meet_is_named_beside_s(value: str) -> None:
    said = assumptions(Experiment(shared_gradient=value))
    assert said == f"outcome: {RULES['correct']}; not the default: {MEETING[value]}"
    said = assumptions(Experiment(sampling="noise"))
    assert said.endswith("; not the default: Gaussian noise for minibatches")


def test_all_choices_that_are_not_the_default_are_named_together() -> None:
    e = Experiment(outcome="oscillation", **{name: value for name, (value, _) in CHANGES.items()})
    said = assumptions(e)
    assert said.startswith(f"outcome: {RULES['oscillation']}; not the default: ")
    named = said.partition("not the default: ")[2].split(", ")
    assert sorted(named) == sorted(words for _, words in CHANGES.values())


def test_every_rule_has_words_of_its_own() -> None:
    assert list(TABLE) == list(RULES) == list(CHOICES["outcome"])
    for words in zip(*map(astuple, TABLE.values()), strict=True):
        assert len(set(words)) == 3


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("correct", "Alice and Bob are right and wrong together least in A2 with B2"),
        ("success", "Alice and Bob succeed and fail together least in A2 with B2"),
        ("oscillation", "Alice and Bob have losses that fall and rise together least in A2 with"),
    ],
)
def test_the_matrix_says_what_a_correlator_is_about(outcome: str, words: str) -> None:
    s = summary(BUMP, marginals(), experiment=Experiment(runs=RUNS, outcome=outcome))
    said = correlator_sentence(s)
    assert said.startswith(words)
    assert "it is subtracted, so that lifts S" in said


def test_before_the_last_quarter_of_the_training_oscillation_has_no_s() -> None:
    r = Experiment(outcome="oscillation", runs=4, steps=40, n_test=8).run()
    for step in (0, 1, 29, 30):
        s = r.at(step).summary
        said = verdict(s)
        assert (said.value, said.interval) == ("S = –", "(no outcome yet)")
        assert said.note == f"outcome: {RULES['oscillation']}; not the default: {words_of(r)}"
        assert said.sentences == (
            "The outcomes are training steps of the last quarter: "
            "until step 31 there are none, and no S."
        )
        for sentence in (
            s_sentence(s, step),
            correlator_sentence(s),
            signalling_sentence(s),
        ):
            assert "until step 31 there are none" in sentence
            assert "nan" not in sentence and "diverged" not in sentence
    for step in (31, 40):
        said = verdict(r.at(step).summary)
        assert re.fullmatch(r"S = −?\d\.\d\d", said.value)
        assert "nan" not in str(said) and "until" not in said.sentences


def words_of(result: Result) -> str:
    return f"{result.experiment.steps} steps, {result.experiment.n_test} held-out points"


def test_runs_that_diverged_before_their_first_outcome_are_said_to_have_diverged() -> None:
    r = Experiment(outcome="oscillation", runs=3, steps=40, learning_rate=1e38).run()
    early = r.at(20)
    assert early.per_run.outcomes == 0 and early.per_run.diverged.all()
    for moment in (early, r):
        said = verdict(moment.summary)
        assert (said.value, said.interval) == ("S = –", "(no interval)")
        assert "Every run diverged" in said.sentences and "no outcome" not in str(said)
        for sentence in (
            s_sentence(moment.summary, moment.step),
            correlator_sentence(moment.summary),
            signalling_sentence(moment.summary),
        ):
            assert "every run has diverged" in sentence and "nan" not in sentence


@pytest.mark.parametrize("outcome", list(RULES))
def test_some_diverged_runs_are_counted_by_every_rule(outcome: str) -> None:
    r = Experiment(outcome=outcome, runs=4, steps=1, n_test=98, learning_rate=1e37).run()
    gone = int(r.runs.diverged.sum())
    assert 0 < gone < 4
    assert f"{gone} of 4 runs diverged and are left out" in verdict(r.summary).sentences


@pytest.mark.parametrize("worst", range(4))
def test_the_loss_sentence_names_the_worst_setting(worst: int) -> None:
    bands = np.full((4, 2, 3), 0.1)
    bands[worst, :, 1] = (0.7, 0.6)
    tasks = ("s1", "s2", "s3", "s4")
    x, y = divmod(worst, 2)
    said = loss_sentence(bands, tasks)
    assert f"A{x + 1} (s{x + 1}) with B{y + 1} (s{y + 3})" in said
    assert "0.70 (Alice) and 0.60 (Bob) nats" in said


@pytest.mark.parametrize("seed", range(4))
def test_what_is_said_of_the_influence_is_true_in_every_run(seed: int) -> None:
    r = Experiment(runs=20, steps=300, seed=seed).run()
    shares = r.influence[["A1", "A2", "B1", "B2"]].sum(axis=1)
    assert (r.runs.S - 2 <= 2 * shares).all()


def test_diverged_runs_are_said_even_before_there_are_outcomes() -> None:
    r = Experiment(
        outcome="oscillation", activation="relu", learning_rate=30.0, runs=20, steps=400
    ).run()
    early = r.at(r.index // 2).summary
    assert 0 < early.diverged < 20, "the experiment must be one in which some runs diverge"
    assert f"{early.diverged} of 20 runs diverged and are left out." in verdict(early).sentences
