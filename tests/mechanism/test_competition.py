"""Gradient competition against autograd, net by net, and what must hold of it exactly."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ncviz import Experiment
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.chance import draw
from ncviz.inference import mean_intervals
from ncviz.mechanism import Competition, Watch, Wishes, competition
from ncviz.mechanism.competition import Measure
from ncviz.results.result import Moment, Result

TASK_OF_SETTING = {"11": (0, 2), "12": (0, 3), "21": (1, 2), "22": (1, 3)}
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}


@cache
def small(**fields: Any) -> Result:
    return Experiment(**{"runs": 3, "steps": 60, "n_train": 21, "n_test": 8} | fields).run()


def by_autograd(moment: Moment, run: int, setting: str) -> dict[str, Any]:
    """Gradients (head, unit, weight) and ownership (head, unit) of one net, in double precision."""
    net = moment.net(run, setting).double()
    table = torch.as_tensor(draw(moment.experiment, run).train).double()
    x, labels = table[:, :4], table[:, [4 + task for task in TASK_OF_SETTING[setting]]]
    weight, bias = net.hidden_weight, net.hidden_bias
    units = ACTIVATIONS[net.activation](torch.einsum("tji,pi->tjp", weight, x) + bias[..., None])
    logits = torch.einsum("hj,hjp->ph", net.head_weight, units.expand(2, -1, -1))
    losses = binary_cross_entropy_with_logits(
        logits + net.head_bias, labels, reduction="none"
    ).mean(dim=0)
    gradients = []
    for head, loss in enumerate(losses):
        g = torch.autograd.grad(loss, [weight, bias], retain_graph=True)
        trunk = min(head, len(bias) - 1)
        gradients.append(torch.cat([g[0][trunk], g[1][trunk, :, None]], dim=1).numpy())
    spread = units.detach().expand(2, -1, -1).numpy().std(axis=-1)
    owned = np.abs(net.head_weight.detach().numpy()) * spread
    return {"gradients": np.stack(gradients), "ownership": owned}


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("hidden", [1, 4])
@pytest.mark.parametrize("record", [0, 30, 60])
def test_wishes_are_autograds_gradients(activation: str, hidden: int, record: int) -> None:
    moment = small(activation=activation, hidden=hidden).at(record)
    wishes = competition(moment).wishes
    for run in range(3):
        for k, setting in enumerate(SETTINGS):
            truth = by_autograd(moment, run, setting)
            a, b = truth["gradients"]
            norms, inner = np.linalg.norm([a, b], axis=2), (a * b).sum(axis=1)
            product = norms.prod(axis=0)
            near = {"rel": 1e-4, "abs": 1e-6}
            assert wishes.norm[-1, run, k] == pytest.approx(norms, **near)
            assert wishes.ownership[-1, run, k] == pytest.approx(truth["ownership"], **near)
            used = product > 1e-8  # of a relu that never answers nothing is wanted
            cosine = np.divide(inner, product, where=used, out=np.zeros_like(inner))
            assert wishes.cosine[-1, run, k][used] == pytest.approx(cosine[used], **near)
            of_layer = (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
            assert wishes.layer_cosine[-1, run, k] == pytest.approx(of_layer, **near)
            conflict = (product * np.maximum(0, -cosine)).sum()
            assert wishes.conflict[-1, run, k] == pytest.approx(conflict / product.sum(), **near)


def test_separate_trunks_compete_for_nothing() -> None:
    r = small(trunk="separate", hidden=2)
    wishes = competition(r).wishes
    for name in ("cosine", "layer_cosine", "conflict"):
        assert np.isnan(getattr(wishes, name)).all()
    truth = by_autograd(r, 2, "21")
    norms = np.linalg.norm(truth["gradients"], axis=2)
    assert wishes.norm[-1, 2, 2] == pytest.approx(norms, rel=1e-4)
    assert wishes.ownership[-1, 2, 2] == pytest.approx(truth["ownership"], rel=1e-4)


@cache
def default() -> Competition:
    return competition(Experiment(runs=20).run())


def test_cosines_and_conflict_are_in_their_ranges_and_bound_each_other() -> None:
    wishes = default().wishes
    assert (np.abs(wishes.cosine) <= 1 + 1e-9).all() and wishes.cosine.min() < -0.9
    # Σ max(0, −⟨a_j, b_j⟩) ≥ −⟨A, B⟩, and Σ ‖a_j‖‖b_j‖ ≤ ‖A‖‖B‖.
    assert (wishes.conflict >= -wishes.layer_cosine - 1e-9).all()
    assert (wishes.conflict <= 1 + 1e-9).all() and (wishes.conflict >= 0).all()
    of_layer = np.sqrt((wishes.norm**2).sum(axis=-1)).prod(axis=-1)
    inner = (wishes.cosine * wishes.norm.prod(axis=-2)).sum(axis=-1)
    assert wishes.layer_cosine == pytest.approx(inner / of_layer)


def test_with_one_neuron_the_layer_is_the_neuron() -> None:
    wishes = competition(small(hidden=1)).wishes
    assert wishes.layer_cosine == pytest.approx(wishes.cosine[..., 0])
    assert wishes.conflict == pytest.approx(np.maximum(0, -wishes.cosine[..., 0]))


def test_heads_that_are_equal_wish_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(experiment: Experiment, run: int) -> Any:
        λ = draw(experiment, run)
        return replace(λ, head_weight=np.repeat(λ.head_weight[:1], 2, axis=0))

    monkeypatch.setattr("ncviz.engine.training.draw", alike)
    r = Experiment(pairing=("s1", "s2", "s1", "s2"), runs=2, steps=40, n_test=4).run()
    wishes = competition(r).wishes
    for k in (0, 3):
        assert wishes.cosine[:, :, k] == pytest.approx(1)
        assert (wishes.conflict[:, :, k] == 0).all()
        assert (wishes.norm[:, :, k, 0] == wishes.norm[:, :, k, 1]).all()


def test_where_training_rests_at_a_compromise_the_gradients_are_opposed() -> None:
    r = Experiment(hidden=1, sampling="full", learning_rate=2.0, steps=3000, runs=6, n_test=1).run()
    late = competition(r).wishes.layer_cosine[-1, :, 3]
    assert np.median(late) < -0.95


# Watching


def test_live_and_replay_give_the_same_and_measure_a_record_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = []
    of = Measure.of
    monkeypatch.setattr(Measure, "of", lambda self, nets: measured.append(1) or of(self, nets))
    watch, live = None, []
    for snapshot in Experiment(runs=3, steps=40, n_test=4).stream(every=10):
        watch = watch or Watch(snapshot.recording)
        live.append(watch.at(snapshot.index))
    assert watch is not None
    replayed = watch.until(4)
    assert len(measured) == 5 and replayed.steps.tolist() == [0, 10, 20, 30, 40]
    for name in ("cosine", "norm", "layer_cosine", "conflict", "ownership"):
        assert np.array_equal(getattr(replayed.wishes, name), getattr(Wishes.stacked(live), name))


def test_fewer_runs_are_the_first_of_more() -> None:
    r = small(runs=20)
    few, many = competition(r, runs=2).wishes, competition(r).wishes
    assert few.cosine.shape == (61, 2, 4, 3)
    assert np.array_equal(few.cosine, many.cosine[:, :2])


def test_the_summary_is_of_the_last_quarter() -> None:
    found = default()
    late = found.steps >= 1500
    frame = found.summary()
    assert frame.setting.tolist() == [*SETTINGS] and (frame.n == 20).all()
    for name, values in (
        ("conflict", found.wishes.conflict),
        ("cosine", found.wishes.layer_cosine),
    ):
        by_run = values[late].mean(axis=0)
        assert frame[name].to_numpy() == pytest.approx(by_run.mean(axis=0))
        ends = mean_intervals(by_run.T, 0 if name == "conflict" else -1, 1)[:, 1:]
        assert frame[[f"{name}_low", f"{name}_high"]].to_numpy() == pytest.approx(ends)


def test_bad_input_is_named() -> None:
    r = small()
    with pytest.raises(ValueError, match="runs must be a whole number from 1 to 3, not 4"):
        competition(r, runs=4)
    with pytest.raises(ValueError, match="record must be a whole number from 0 to 60, not 61"):
        Watch(r.recording).at(61)
    large = Experiment(hidden=5000, runs=1, steps=2, n_train=8, n_test=1).stream(every=1)
    snapshot = next(large)
    snapshot.recording.kept = 0  # as where weights of all records would not fit
    with pytest.raises(ValueError, match="weights are not kept at every record"):
        Watch(snapshot.recording)


def test_runs_that_diverge_have_no_wishes_and_are_not_counted() -> None:
    r = small(learning_rate=1e30, activation="relu", steps=20)
    found = competition(r)
    good = np.isfinite(found.wishes.conflict[-5:]).all(axis=0).sum(axis=0)
    assert r.runs.diverged.any()
    assert found.summary().n.tolist() == good.tolist()
