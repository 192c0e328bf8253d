"""Interventions: each does what its name says, and nothing else; and what they do to the bump."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from pandas.testing import assert_frame_equal
from torch.nn.functional import binary_cross_entropy_with_logits

from ncviz import Experiment
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.batching import WholeSets
from ncviz.engine.chance import Draw, draw
from ncviz.engine.gradient import Batch, mgda, pcgrad
from ncviz.engine.network import NCnet
from ncviz.fields import CHOICES
from ncviz.inference import mean_intervals
from ncviz.mechanism import (
    INTERVENTIONS,
    at_each_size,
    interventions,
    train_interventions,
    what_removes_the_bump,
)
from ncviz.results.result import Result
from ncviz.sweeps.cell import batches, run_cells
from ncviz.sweeps.cost import work

TASKS = ("A1", "A2", "B1", "B2")
MEETING = CHOICES["shared_gradient"]
TASK_OF_SETTING = {"11": (0, 2), "12": (0, 3), "21": (1, 2), "22": (1, 3)}

Vector = torch.Tensor
Floats = NDArray[np.float64]


# How two gradients meet: definitions, written down anew


def surgery(a: Vector, b: Vector) -> Vector:
    """Algorithm 1 of Yu et al. 2020, for two tasks."""
    kept = []
    for one, other in ((a, b), (b, a)):
        inner = one @ other
        kept.append(one - inner / (other @ other) * other if inner < 0 else one)
    return kept[0] + kept[1]


def shortest(a: Vector, b: Vector) -> Vector:
    """Twice the shortest mixture: at an end, or perpendicular to the segment."""
    ends = [a, b]
    along = b - a
    if (a @ along) < 0 < (b @ along):
        ends.append(a - (a @ along) / (along @ along) * along)
    return 2 * min(ends, key=lambda g: float(g @ g))


MEET: dict[str, Callable[[Vector, Vector], Vector]] = {
    "sum": lambda a, b: a + b,
    "without alice": lambda a, b: b,
    "without bob": lambda a, b: a,
    "pcgrad": surgery,
    "mgda": shortest,
}


def weights_of(e: Experiment, λ: Draw) -> Floats:
    """How much each training point counts in each step (steps, points); rows add up to 1."""
    n = e.n_train
    if e.sampling == "full":
        return np.full((e.steps, n), 1 / n)
    if e.sampling == "noise":
        z = np.random.default_rng(λ.noise).standard_normal((e.steps, n), dtype=np.float32)
        z = z.astype(float)
        return 1 / n + (z - z.mean(axis=1, keepdims=True)) / np.sqrt(e.batch_size * n)
    return np.stack([np.bincount(row, minlength=n) for row in λ.order]) / e.batch_size


def by_autograd(e: Experiment, run: int, setting: str) -> list[Vector]:
    """Hidden weights, hidden biases, head weights, head biases, in double precision."""
    λ = draw(e, run)
    table = torch.as_tensor(λ.train).double()
    labels = table[:, [4 + task for task in TASK_OF_SETTING[setting]]]
    start = (λ.hidden_weight, np.zeros(e.hidden), λ.head_weight, np.zeros(2))
    parameters = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in start]
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[e.optimizer](
        parameters, lr=e.learning_rate
    )
    for weights in torch.as_tensor(weights_of(e, λ)):
        w, c, heads, bias = parameters
        logits = torch.tanh(table[:, :4] @ w.T + c) @ heads.T + bias
        losses = binary_cross_entropy_with_logits(logits, labels, reduction="none")
        alice, bob = (
            torch.autograd.grad(loss, parameters, retain_graph=True) for loss in weights @ losses
        )
        shared = MEET[e.shared_gradient](*(torch.cat([g[0].flatten(), g[1]]) for g in (alice, bob)))
        w.grad, c.grad = shared[: w.numel()].view_as(w), shared[w.numel() :]
        heads.grad, bias.grad = alice[2] + bob[2], alice[3] + bob[3]
        optimizer.step()
    return [p.detach() for p in parameters]


def furthest(net: NCnet, plain: list[Vector]) -> float:
    ours = (net.hidden_weight[0], net.hidden_bias[0], net.head_weight, net.head_bias)
    return max(
        float((one - other).detach().abs().max()) for one, other in zip(ours, plain, strict=True)
    )


def short(**fields: Any) -> Experiment:
    return Experiment(**{"steps": 40, "runs": 3, "n_test": 4, "n_train": 21, "hidden": 4} | fields)


@pytest.mark.parametrize("sampling", CHOICES["sampling"])
@pytest.mark.parametrize("meeting", MEETING)
def test_every_training_gives_autograds_weights(meeting: str, sampling: str) -> None:
    for kind in ({}, {"optimizer": "adam", "learning_rate": 0.03, "shuffled": "A2"}):
        e = short(shared_gradient=meeting, sampling=sampling, **kind)
        result = e.run()
        for run, setting in ((0, "11"), (1, "21"), (2, "22")):
            assert furthest(result.net(run, setting), by_autograd(e, run, setting)) < 1e-5


def test_another_way_to_meet_or_to_sample_shows_far_beyond_that_tolerance() -> None:
    result = short().run()
    for other in [{"shared_gradient": m} for m in MEETING[1:]] + [
        {"sampling": s} for s in CHOICES["sampling"][1:]
    ]:
        assert furthest(result.net(1, "22"), by_autograd(short(**other), 1, "22")) > 1e-3


@pytest.mark.parametrize(("rule", "name", "times"), [(pcgrad, "PCGrad", 1), (mgda, "MGDA", 2)])
def test_gradients_meet_as_torchjd_has_it(
    rule: Callable[[Vector, Vector], Vector], name: str, times: int
) -> None:
    aggregation = pytest.importorskip(
        "torchjd.aggregation", reason="torchjd, the independent implementation, is not installed"
    )
    random = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 7, 200, generator=random, dtype=torch.float64)
    b[:, ::3] *= 10.0 ** torch.randint(-3, 4, (67,), generator=random)
    conflicts = int(((a * b).sum(dim=0) < 0).sum())
    assert 50 < conflicts < 150, "both kinds are there"
    aggregate = getattr(aggregation, name)()
    theirs = torch.stack([aggregate(torch.stack(pair)) for pair in zip(a.T, b.T, strict=True)])
    torch.testing.assert_close(rule(a, b), times * theirs.T, rtol=1e-9, atol=1e-9)


def test_a_step_of_mgda_lifts_neither_loss_and_equal_gradients_give_their_sum() -> None:
    a, b = torch.randn(2, 5, 300, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    step = mgda(a, b)
    length = (step * step).sum(dim=0)
    for gradient in (a, b):
        assert ((step * gradient).sum(dim=0) >= length / 2 - 1e-12).all()
    for rule in (mgda, pcgrad):
        torch.testing.assert_close(rule(a, a), 2 * a)
        assert torch.equal(rule(0 * a, 0 * a), 0 * a), "at rest nothing moves, and nothing is NaN"
        assert rule(a * torch.nan, b).isnan().all(), "what has diverged stays so"


# What must not change


@pytest.mark.parametrize(
    "change",
    [{"shared_gradient": m} for m in MEETING]
    + [{"sampling": s} for s in CHOICES["sampling"]]
    + [{"shuffled": s} for s in CHOICES["shuffled"]],
    ids=str,
)
def test_the_rest_of_lambda_is_as_without_the_intervention(change: dict[str, str]) -> None:
    plain, changed = draw(Experiment(seed=5), 7), draw(Experiment(seed=5, **change), 7)
    for name in ("hidden_weight", "head_weight", "test", "test_bits", "order"):
        assert np.array_equal(getattr(plain, name), getattr(changed, name))
    assert np.array_equal(plain.noise.generate_state(4), changed.noise.generate_state(4)), (
        "the noise's stream"
    )
    touched = [4 + TASKS.index(change["shuffled"])] if change.get("shuffled") in TASKS else []
    for column in range(8):
        same = np.array_equal(plain.train[:, column], changed.train[:, column])
        assert same == (column not in touched)
        assert np.array_equal(*(np.sort(λ.train[:, column]) for λ in (plain, changed)))


def test_weights_points_and_order_have_the_streams_that_they_always_had() -> None:
    λ, e = draw(Experiment(seed=3), 2), Experiment()
    streams = np.random.SeedSequence(3, spawn_key=(2,)).spawn(3)
    weights, _, order = (np.random.default_rng(stream) for stream in streams)
    assert np.array_equal(λ.hidden_weight, 0.5 * weights.standard_normal((3, 4)))
    assert np.array_equal(λ.order, order.integers(0, e.n_train, size=(e.steps, e.batch_size)))


def bits_of(result: Result, run: int, setting: str) -> bytes:
    return result.parameters(run, setting).tobytes()


@pytest.mark.parametrize(
    ("stopped", "settings"), [("alice", [("11", "21"), ("12", "22")]), ("bob", [("11", "12")])]
)
def test_a_stopped_head_is_not_heard_by_the_other(
    stopped: str, settings: list[tuple[str, str]]
) -> None:
    r = Experiment(shared_gradient=f"without {stopped}", runs=20).run()
    heard, deaf = (["A1", "A2"], ["B1", "B2"])
    if stopped == "bob":
        heard, deaf = deaf, heard
    assert (r.influence[deaf] == 0).all(axis=None)
    assert r.influence[heard].to_numpy().mean() > 0.01, "the stopped one still hears"
    for one, other in settings:
        pair = [r.net(3, setting) for setting in (one, other)]
        assert torch.equal(*(net.hidden_weight for net in pair))


def test_shuffled_labels_are_learned_by_nobody_else() -> None:
    plain, shuffled = (Experiment(runs=20, hidden=6, shuffled=s).run() for s in ("none", "A2"))
    for run in range(20):
        for setting in ("11", "12"):
            assert bits_of(plain, run, setting) == bits_of(shuffled, run, setting)
        assert bits_of(plain, run, "22") != bits_of(shuffled, run, "22")
    assert plain.marginals.loc["A2", "1"] > 0.9
    assert abs(shuffled.marginals.loc["A2", "1"]) < 0.2, "true held-out labels, by chance"


def test_a_full_batch_leaves_nothing_to_the_order() -> None:
    few, many = (short(sampling="full", batch_size=b).run() for b in (1, 21))
    assert bits_of(few, 2, "22") == bits_of(many, 2, "22")


@pytest.mark.parametrize("batch", [2, 8])
def test_noise_has_the_mean_and_covariance_of_minibatches(batch: int) -> None:
    n, steps, runs = 5, 400, 16

    class Weights:
        """In place of a gradient: the weights themselves, of one net of each run."""

        def compute(self, batch: Batch, weights: torch.Tensor | None = None) -> torch.Tensor:
            assert weights is not None
            return weights[:n, 0, :runs]

    noise = [np.random.default_rng([batch, run]) for run in range(runs)]
    source = WholeSets(Weights(), torch.zeros(n, 8, runs), noise, batch)
    drawn = torch.stack([w.clone() for w in source.gradients(0, steps)]).movedim(1, 0)
    drawn = drawn.flatten(start_dim=1).double()
    assert torch.allclose(drawn.sum(dim=0), torch.ones(1).double(), atol=1e-5)
    multinomial = (np.eye(n) / n - 1 / n**2) / batch  # of the shares of a batch's points
    spread = multinomial[0, 0]
    error = spread * np.sqrt(2 / (steps * runs))
    assert (drawn.mean(dim=1) - 1 / n).abs().max() < 5 * np.sqrt(spread / (steps * runs))
    assert np.abs(np.cov(drawn) - multinomial).max() < 5 * error


KINDS = [
    {"shared_gradient": "pcgrad", "sampling": "noise"},
    {"shared_gradient": "mgda", "sampling": "full"},
    {"shared_gradient": "without bob", "optimizer": "momentum"},
    {"trunk": "separate", "sampling": "noise", "shuffled": "B2"},
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_run_is_the_same_to_the_bit_alone_among_others_and_in_a_sweep(
    kind: dict[str, Any],
) -> None:
    e = short(runs=50, learning_rate=3.0, **kind)
    among, alone = e.run(), replace(e, runs=1).run()
    assert [bits_of(among, 0, s) for s in SETTINGS] == [bits_of(alone, 0, s) for s in SETTINGS]
    cells = [replace(e, runs=9, seed=seed, shuffled=s) for seed, s in ((0, "none"), (1, "A1"))]
    assert batches(cells) == [cells]
    for cell, frame in zip(cells, run_cells(cells), strict=True):
        assert_frame_equal(frame, run_cells([cell])[0], check_exact=True)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_stops_change_nothing(kind: dict[str, Any]) -> None:
    finals = []
    for every in (1, 7, 40):
        *_, last = short(**kind).stream(every)
        assert last.result is not None
        finals.append(bits_of(last.result, 1, "22"))
    assert len(set(finals)) == 1


def test_more_points_a_step_cost_more() -> None:
    default = work(Experiment(runs=200))
    assert 2 < work(Experiment(runs=200, sampling="full")) / default < 8
    assert 1 < work(Experiment(runs=200, shared_gradient="pcgrad")) / default < 2


# The table


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    names = ["separate trunk", "Alice's gradient stopped", "wider layer"]
    return interventions(Experiment(runs=30, seed=1), [2, 3], names, progress=False)


def test_every_intervention_changes_the_experiment_and_the_first_does_not() -> None:
    e = Experiment()
    changed = [intervention.of(e) for intervention in INTERVENTIONS.values()]
    assert changed[0] == e and len(set(changed)) == len(changed)
    assert INTERVENTIONS["wider layer"].of(e).hidden == 6


def test_the_runs_are_those_of_the_experiments(runs: pd.DataFrame) -> None:
    assert runs.intervention.unique().tolist()[0] == "none"
    for name, hidden in (("none", 2), ("Alice's gradient stopped", 3)):
        e = INTERVENTIONS[name].of(Experiment(runs=30, seed=1, hidden=hidden))
        some = runs[(runs.intervention == name) & (runs.hidden == hidden)].reset_index(drop=True)
        expected = e.run().runs
        assert_frame_equal(some[expected.columns], expected, check_exact=True)
        assert (some.units == e.hidden).all()


def test_conflict_is_known_where_a_layer_is_shared(runs: pd.DataFrame) -> None:
    shared = runs.intervention != "separate trunk"
    assert runs.conflict[shared].between(0, 1).all()
    assert runs.conflict[~shared].isna().all()


def test_the_table_compares_runs_that_share_their_lambda(runs: pd.DataFrame) -> None:
    table = what_removes_the_bump(runs).set_index("intervention")
    assert table.index.tolist() == runs.intervention.unique().tolist()
    none = table.loc["none"]
    assert none.critical == none.peak == 3
    assert none.change == none.change_low == none.change_high == 0
    by_run = runs[runs.hidden == 3].pivot(index="run", columns="intervention", values="S")
    for name in table.index[1:]:
        difference = by_run[name] - by_run["none"]
        assert table.change[name] == pytest.approx(difference.mean())
        ends = mean_intervals(difference.to_numpy()[None], -8, 8)[0, 1:]
        assert [table.change_low[name], table.change_high[name]] == pytest.approx(ends)
    assert table.says["none"] == "S still passes 2, with 3 hidden units: the bump stays."
    assert table.says["separate trunk"] == (
        "No CHSH form passes 2 at any of these sizes: the bump is gone."
    )
    assert table.says["Alice's gradient stopped"].endswith("S still rises at the largest of them.")


def test_each_size_has_the_means_of_its_runs(runs: pd.DataFrame) -> None:
    for row in at_each_size(runs).itertuples():
        some = runs[(runs.intervention == row.intervention) & (runs.hidden == row.hidden)]
        assert row.S == pytest.approx(some.S.mean()) and row.n == 30
        assert row.S_lowest <= row.S_low <= row.S <= row.S_high <= row.S_highest
        assert row.test_error == pytest.approx(some.test_error.mean())
        assert row.D == pytest.approx(row.excess - row.delta)


def test_another_form_above_2_is_not_called_gone(runs: pd.DataFrame) -> None:
    turned = runs[runs.intervention.isin(["none", "separate trunk"])].copy()
    other = turned.intervention == "separate trunk"
    # The same numbers with Bob's tasks in another order: S loses what another form has.
    swap = {"11": "12", "12": "11", "21": "22", "22": "21"}
    source = turned[~other]
    for one, two in swap.items():
        for letter in "CAB":
            turned.loc[other, f"{letter}{one}"] = source[f"{letter}{two}"].to_numpy()
    c = turned[other]
    turned.loc[other, "S"] = c.C11 + c.C12 + c.C21 - c.C22
    table = what_removes_the_bump(turned)
    assert "another CHSH form does" in table.says[1] and table.S[1] < 2 < table.s_odd[1]


def test_training_gives_the_share_that_is_done_and_can_be_cancelled() -> None:
    training = train_interventions(short(steps=64), [1, 2], ["PCGrad"])
    shares = [next(training) for _ in range(20)]
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] <= 1
    training.close()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"names": ["pcgrad"]}, "names must be 'none' or .*, not 'pcgrad'"),
        ({"names": []}, "names must be 1 to 1000 values"),
        ({"names": ["Adam", "Adam"]}, "names must be there, each once"),
        ({"hidden": []}, "hidden must be 1 to 1000 values"),
        ({"hidden": [2, 2]}, "hidden must be there, each once"),
        ({"hidden": [0]}, "hidden must be a whole number"),
        ({"names": ["PCGrad"], "trunk": "separate"}, "needs trunk='shared'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_trained(asked: dict[str, Any], words: str) -> None:
    e = short(trunk=asked.pop("trunk", "shared"))
    with pytest.raises(ValueError, match=words):
        train_interventions(e, **asked)


def test_runs_that_diverged_are_left_out_and_counted() -> None:
    e = short(learning_rate=1e30, steps=20, activation="relu")
    runs = interventions(e, [2], ["MGDA"], progress=False)
    assert runs.diverged.any()
    assert runs.conflict[runs.diverged].isna().all() and runs.S[runs.diverged].isna().all()
    assert at_each_size(runs).n.tolist() == (
        (~runs.diverged).groupby(runs.intervention, sort=False).sum().tolist()
    )
