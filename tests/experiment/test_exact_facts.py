"""What must hold for every run without any tolerance, in whole numbers of outcomes."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import ncviz.engine.batching
import ncviz.engine.evaluation
import ncviz.engine.training
import ncviz.results.recording
from ncviz import Experiment, NCnet, bell
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.network import Nets
from ncviz.fields import CHOICES
from ncviz.results.result import Result
from strategies import experiments

SIGNS = [
    np.array([1 - 2 * (k == minus) for k in range(4)]) * sign
    for minus in range(4)
    for sign in (1, -1)
]
# Settings of a task beside the partner's first and second task: A1, A2 (Alice), B1, B2 (Bob).
PAIRS = [(0, 0, 1), (0, 2, 3), (1, 0, 2), (1, 1, 3)]


def chsh_counts(outcomes: NDArray[np.int8]) -> list[NDArray[np.int64]]:
    """Outcomes a run times each of the eight CHSH forms, one whole number a run."""
    products = (outcomes[:, :, 0].astype(int) * outcomes[:, :, 1]).sum(axis=-1)
    return [products @ signs for signs in SIGNS]


def changes(outcomes: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether A1's, A2's, B1's, B2's outcome changes with the partner's task: (run, 4, outcome)."""
    return np.stack([outcomes[:, s, h] != outcomes[:, t, h] for h, s, t in PAIRS], axis=1)


@settings(max_examples=60)
@given(experiments(trunk="separate"))
def test_separate_trunks_hear_nothing_and_never_pass_2(experiment: Experiment) -> None:
    r = experiment.run()
    assert not changes(r.outcomes).any()
    for counts in chsh_counts(r.outcomes):
        assert (counts <= 2 * r.outcomes.shape[-1]).all()
    good = r.runs[~r.runs.diverged]
    assert (good.S.abs() <= 2).all() and (good.delta == 0).all() and (good.D <= 0).all()


@pytest.mark.parametrize("outcome", CHOICES["outcome"])
@pytest.mark.parametrize(
    ("optimizer", "rate"), [("sgd", 20.0), ("sgd", 1e-6), ("momentum", 3.0), ("adam", 1.0)]
)
def test_separate_trunks_never_pass_2_at_any_rate_and_full_size(
    optimizer: str, rate: float, outcome: str
) -> None:
    e = Experiment(
        trunk="separate",
        optimizer=optimizer,
        learning_rate=rate,
        outcome=outcome,
        steps=200,
        n_train=63,
    )
    outcomes = e.run().outcomes
    assert outcomes.all(), "some run diverged"
    assert not changes(outcomes).any()
    assert all((counts <= 2 * outcomes.shape[-1]).all() for counts in chsh_counts(outcomes))


@settings(max_examples=60)
@given(experiments(trunk="shared"))
def test_s_exceeds_2_by_at_most_the_measured_influence(experiment: Experiment) -> None:
    r = experiment.run()
    n, changed = r.outcomes.shape[-1], changes(r.outcomes)
    s = chsh_counts(r.outcomes)[6]  # the minus on setting 22
    assert (s <= 2 * n + 2 * changed.sum(axis=(1, 2))).all()
    odd = (changed.sum(axis=1) % 2 == 1).sum(axis=1)
    assert (s <= 2 * n + 2 * odd).all()
    # ... and the library reports these very counts.
    good = ~r.recording.diverged[r.index]
    assert (r.runs.S[good] * n).round().astype(int).tolist() == s[good].tolist()
    shares = r.influence[["A1", "A2", "B1", "B2"]].to_numpy()[good]
    assert (shares * n).round().astype(int).tolist() == changed.sum(axis=2)[good].tolist()


def test_there_is_an_excess_for_the_influence_to_bound() -> None:
    # ... so that the inequality above is not tested on saturated runs only.
    for outcome in CHOICES["outcome"]:
        r = Experiment(outcome=outcome, runs=20, threshold=0.9).run()
        n, changed = r.outcomes.shape[-1], changes(r.outcomes)
        s = chsh_counts(r.outcomes)[6]
        assert s.max() > 2 * n
        assert (s <= 2 * n + 2 * changed.sum(axis=(1, 2))).all()


@given(st.lists(st.integers(0, 200), min_size=4, max_size=4).filter(any))
def test_one_bad_setting_cannot_exceed_2_by_more_than_it_signals(counts: list[int]) -> None:
    always_right = [1, 0, 0, 0]
    b = bell.Behavior.from_counts([always_right, always_right, always_right, counts])
    both, only_a, only_b, neither = (Fraction(c, sum(counts)) for c in counts)
    excess = 3 - (both - only_a - only_b + neither) - 2
    delta = (1 - (both + only_a - only_b - neither)) + (1 - (both - only_a + only_b - neither))
    assert excess <= delta
    assert b.S - 2 == pytest.approx(float(excess), abs=1e-12)
    assert b.delta == pytest.approx(float(delta), abs=1e-12)


@pytest.mark.parametrize("trunk", ["shared", "separate"])
def test_saturation_is_exactly_2_with_no_variance(trunk: str) -> None:
    r = Experiment(pairing="easy", hidden=8, noise=0.0, steps=600, runs=5, trunk=trunk).run()
    assert (r.outcomes == 1).all(), "meant to solve every task"
    assert (r.runs.S == 2).all()
    assert r.s.value == 2
    assert (r.runs[["delta", "D"]] == 0).all(axis=None)
    assert (r.behavior.S, r.behavior.delta, r.behavior.D) == (2, 0, 0)


def same(one: Result, other: Result, runs: range) -> None:
    """The results hold the same numbers for these runs, to the bit."""
    assert one.runs.iloc[runs].equals(other.runs.iloc[runs])
    assert one.influence.iloc[runs].equals(other.influence.iloc[runs])
    assert (one.outcomes[runs] == other.outcomes[runs]).all()
    losses = [r.recording.losses[:, runs] for r in (one, other)]
    assert np.array_equal(*losses, equal_nan=True)
    for run, setting in ((runs[0], "11"), (runs[-1], "22")):
        same_net(one.net(run, setting), other.net(run, setting))
    kept = min(len(runs), one.recording.kept, other.recording.kept)
    assert kept > 0
    for record in range(one.index + 1):
        then = [r.at(record) for r in (one, other)]
        run, setting = runs[record % kept], SETTINGS[record % 4]
        same_net(*(moment.net(run, setting) for moment in then))
        assert np.array_equal(*(moment.per_run.S[runs] for moment in then), equal_nan=True)


def same_net(one: NCnet, other: NCnet) -> None:
    assert one.activation == other.activation
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        assert np.array_equal(p.detach(), q.detach(), equal_nan=True)


def test_the_default_run_alone_is_the_first_of_fifty() -> None:
    same(Experiment(runs=1).run(), Experiment(runs=50).run(), range(1))


@pytest.mark.parametrize("outcome", CHOICES["outcome"])
@pytest.mark.parametrize("activation", CHOICES["activation"])
@pytest.mark.parametrize("optimizer", CHOICES["optimizer"])
def test_a_run_alone_is_that_run_among_fifty(optimizer: str, activation: str, outcome: str) -> None:
    rate = 1e-6 if outcome == "oscillation" else 3.0  # where the last bit decides
    kind = {"optimizer": optimizer, "activation": activation, "outcome": outcome}
    alone, among = (
        Experiment(**kind, runs=runs, learning_rate=rate, steps=80, n_train=61, n_test=99)
        for runs in (1, 50)
    )
    same(alone.run(), among.run(), range(1))


@settings(max_examples=20)
@given(experiments(runs=3), st.integers(4, 90))
def test_fewer_runs_are_a_prefix_of_more(few: Experiment, runs: int) -> None:
    many = Experiment(**{**vars(few), "runs": runs})
    same(few.run(), many.run(), range(3))


@pytest.mark.parametrize("outcome", CHOICES["outcome"])
def test_runs_do_not_depend_on_the_blocks_they_train_in(
    monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    experiment = Experiment(runs=40, steps=100, outcome=outcome)
    whole = experiment.run()
    for module in (ncviz.engine.training, ncviz.results.recording):
        monkeypatch.setattr(module, "RUNS_PER_BLOCK", 17)
    monkeypatch.setattr(ncviz.engine.evaluation, "RUNS_AT_ONCE", 5)
    monkeypatch.setattr(ncviz.engine.batching, "POINTS_PER_CHUNK", 24)
    same(whole, experiment.run(), range(40))


def test_runs_and_seeds_are_independent_draws() -> None:
    by_seed = [Experiment(runs=2, steps=5, seed=seed).run() for seed in (0, 1)]
    nets = [r.net(run, "11").hidden_weight for r in by_seed for run in (0, 1)]
    assert not any((one == other).any() for one, other in combinations(nets, 2))


def test_one_run_starts_alike_in_all_four_settings() -> None:
    first = next(Experiment(runs=3, trunk="separate").stream())
    weights = first_weights(first.experiment)
    assert (weights == weights[:1]).all(), "settings differ"
    assert (weights[:, 0] == weights[:, 1]).all(), "trunks differ"


def first_weights(experiment: Experiment) -> NDArray[np.float32]:
    """Starting weights of the trunk, (setting, trunk, hidden, bit, run)."""
    state = next(ncviz.engine.training.train(experiment, [0]))
    trained = state.blocks[0].trained()
    nets = Nets.views(trained.rows.flatten(start_dim=1), trained.trunks, trained.hidden)
    return nets.hidden_weight.unflatten(-1, (4, -1)).movedim(-2, 0).numpy()
