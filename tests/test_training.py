"""The trainer against torch's own autograd, one plain network at a time."""

import copy

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ncviz import Experiment, tasks
from ncviz.drawing import draw
from ncviz.evaluation import logistic_losses
from ncviz.training import one_thread

TASK_OF_SETTING = {"11": (0, 2), "12": (0, 3), "21": (1, 2), "22": (1, 3)}


class Plain(torch.nn.Module):
    """The network as one would first write it."""

    def __init__(self, hidden_weight: np.ndarray, head_weight: np.ndarray, shared: bool) -> None:
        super().__init__()
        hidden = len(hidden_weight)
        trunk, self.alice, self.bob = (
            torch.nn.Linear(4, hidden),
            torch.nn.Linear(hidden, 1),
            torch.nn.Linear(hidden, 1),
        )
        with torch.no_grad():
            trunk.weight[:] = torch.as_tensor(hidden_weight)
            for head, weight in zip((self.alice, self.bob), head_weight, strict=True):
                head.weight[0] = torch.as_tensor(weight)
            for layer in (trunk, self.alice, self.bob):
                layer.bias.zero_()
        self.trunks = torch.nn.ModuleList([trunk, trunk if shared else copy.deepcopy(trunk)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        alice, bob = (trunk(x).tanh() for trunk in self.trunks)
        return torch.cat([self.alice(alice), self.bob(bob)], dim=1)


def trained_by_autograd(experiment: Experiment, run: int, setting: str) -> Plain:
    λ = draw(experiment, run)
    net = Plain(λ.hidden_weight, λ.head_weight, experiment.trunk == "shared")
    optimizer = torch.optim.SGD(net.parameters(), lr=experiment.learning_rate)
    columns = [4 + task for task in TASK_OF_SETTING[setting]]
    for order in λ.order:
        batch = torch.as_tensor(λ.train[order])
        optimizer.zero_grad()
        losses = binary_cross_entropy_with_logits(
            net(batch[:, :4]), batch[:, columns], reduction="none"
        )
        losses.mean(dim=0).sum().backward()
        optimizer.step()
    return net


@pytest.mark.parametrize("trunk", ["shared", "separate"])
@pytest.mark.parametrize("setting", list(TASK_OF_SETTING))
@pytest.mark.parametrize(("hidden", "rate"), [(1, 0.5), (3, 0.5), (7, 0.1)])
def test_training_equals_autograd_on_single_nets(
    trunk: str, setting: str, hidden: int, rate: float
) -> None:
    experiment = Experiment(hidden=hidden, learning_rate=rate, steps=200, runs=3, trunk=trunk)
    ours = experiment.run().net(2, setting)
    plain = trained_by_autograd(experiment, 2, setting)
    for index, layer in enumerate(plain.trunks if trunk == "separate" else plain.trunks[:1]):
        torch.testing.assert_close(ours.hidden_weight[index], layer.weight, atol=2e-4, rtol=0)
        torch.testing.assert_close(ours.hidden_bias[index], layer.bias, atol=2e-4, rtol=0)
    for index, head in enumerate((plain.alice, plain.bob)):
        torch.testing.assert_close(ours.head_weight[index], head.weight[0], atol=2e-4, rtol=0)
        torch.testing.assert_close(ours.head_bias[index], head.bias[0], atol=2e-4, rtol=0)
    start = draw(experiment, 2).hidden_weight
    moved = np.abs(ours.hidden_weight[0].detach().numpy() - start).max()
    assert moved > 0.1, "a training that moves nothing would pass, too"


def test_held_out_losses_are_mean_logistic_losses() -> None:
    experiment = Experiment(runs=2, steps=60)
    r = experiment.run()
    last = r.losses[r.losses.step == 60].set_index(["run", "setting", "head"]).loss
    for run in range(2):
        test = torch.as_tensor(draw(experiment, run).test)
        for setting, columns in TASK_OF_SETTING.items():
            logits = r.net(run, setting)(test[:, :4]).detach()
            for index, head in enumerate(("alice", "bob")):
                label = test[:, 4 + columns[index]]
                loss = binary_cross_entropy_with_logits(logits[:, index], label)
                assert last[run, setting, head] == pytest.approx(float(loss), abs=1e-5)


def test_a_draw_is_as_the_protocol_says() -> None:
    e = Experiment(hidden=50, n_test=4000, n_train=64, steps=3000)
    λ = draw(e, 0)
    assert λ.hidden_weight.shape == (50, 4)
    assert λ.hidden_weight.std() == pytest.approx(0.5, rel=0.2)
    assert λ.head_weight.std() == pytest.approx(50**-0.5, rel=0.3)
    bits = (λ.test[:, :4] > 0).astype(int)  # noise of 0.2 hardly ever flips a sign
    labels = np.stack([tasks.TASKS[name](bits) for name in e.tasks], axis=1)
    assert (labels == λ.test[:, 4:]).mean() > 0.9999
    assert (λ.test[:, :4] - (2 * bits - 1)).std() == pytest.approx(0.2, rel=0.05)
    assert λ.order.shape == (3000, 8)
    times = np.bincount(λ.order.ravel(), minlength=64)
    assert (np.abs(times - 24000 / 64) < 5 * np.sqrt(24000 / 64)).all()
    repeats = [len(set(step)) < 8 for step in λ.order.tolist()]
    assert np.mean(repeats) > 0.2, "points are drawn with replacement"


def test_training_leaves_torch_as_many_threads_as_it_found() -> None:
    torch.set_num_threads(2)
    try:
        stream = Experiment(runs=1, steps=10).stream(every=5)
        next(stream)
        assert torch.get_num_threads() == 2
        with one_thread():
            assert torch.get_num_threads() == 1
        list(stream)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_trainings_in_two_threads_restore_the_number_of_threads_together() -> None:
    torch.set_num_threads(2)
    try:
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert torch.get_num_threads() == 1, "the second still trains"
        second.__exit__(None, None, None)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_the_statistics_of_the_cpu() -> None:
    cpu, cuda = (Experiment(runs=200, device=device).run().runs.S for device in ("cpu", "cuda"))
    error = np.sqrt((cpu.var() + cuda.var()) / 200)
    assert abs(cpu.mean() - cuda.mean()) < 3.5 * error


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_missing_device_is_named() -> None:
    with pytest.raises(ValueError, match="device 'cuda' is not there"):
        Experiment(device="cuda").run()


@pytest.mark.parametrize("points", [1, 7, 8, 64, 515])
@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1000.0])
def test_losses_agree_with_torch_at_every_size(points: int, size: float) -> None:
    margins = size * torch.randn(6, points, generator=torch.Generator().manual_seed(points))
    expected = torch.nn.functional.softplus(-margins.double()).mean(dim=-1).float()
    torch.testing.assert_close(logistic_losses(margins), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("bad", [torch.nan, -torch.inf])
def test_a_margin_that_is_not_finite_gives_no_finite_loss(bad: float) -> None:
    margins = torch.ones(2, 16)
    margins[1, 3] = bad
    assert logistic_losses(margins).isfinite().tolist() == [True, False]
