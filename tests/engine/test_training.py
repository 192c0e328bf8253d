"""The trainer against torch's own autograd and optimizers, one plain network at a time."""

import copy
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu

from ncviz import Experiment, tasks
from ncviz.engine.chance import draw
from ncviz.engine.evaluation import logistic_losses, precise_losses
from ncviz.engine.network import NCnet
from ncviz.engine.stepping import optimizer
from ncviz.engine.training import train

TASK_OF_SETTING = {"11": (0, 2), "12": (0, 3), "21": (1, 2), "22": (1, 3)}
OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adam": torch.optim.Adam,
}
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}
RATES = {"sgd": 0.5, "momentum": 0.1, "adam": 0.05}
TOLERANCE = 1e-5
"""How far a weight in single precision may be from the same in double precision after 40 steps.

Measured: at most 3e-6. Each mistake below moves some weight by at least 20 times the tolerance."""


class Stepper(Protocol):
    """As much of torch.optim.Optimizer as a training needs."""

    def zero_grad(self) -> None: ...

    def step(self) -> Any: ...


MakeStepper = Callable[..., Stepper]
Function = Callable[[torch.Tensor], torch.Tensor]


class SlowAdam:
    """Adam from its definition, with room for mistakes."""

    def __init__(
        self,
        parameters: Iterable[torch.Tensor],
        lr: float,
        corrected: bool = True,
        inside: bool = False,
    ) -> None:
        self.parameters = list(parameters)
        self.moments = [[torch.zeros_like(p), torch.zeros_like(p)] for p in self.parameters]
        self.rate, self.corrected, self.inside, self.steps = lr, corrected, inside, 0

    def zero_grad(self) -> None:
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        self.steps += 1
        for p, both in zip(self.parameters, self.moments, strict=True):
            both[0] = 0.9 * both[0] + 0.1 * p.grad
            both[1] = 0.999 * both[1] + 0.001 * p.grad**2
            m, v = both
            if self.corrected:
                m, v = m / (1 - 0.9**self.steps), v / (1 - 0.999**self.steps)
            p -= self.rate * m / ((v + 1e-8).sqrt() if self.inside else v.sqrt() + 1e-8)


class Plain(torch.nn.Module):
    """The network as one would first write it, in double precision."""

    def __init__(
        self,
        hidden_weight: np.ndarray,
        head_weight: np.ndarray,
        shared: bool,
        function: Function = torch.tanh,
    ) -> None:
        super().__init__()
        hidden = len(hidden_weight)
        trunk, self.alice, self.bob = (
            torch.nn.Linear(4, hidden),
            torch.nn.Linear(hidden, 1),
            torch.nn.Linear(hidden, 1),
        )
        self.function = function
        self.double()
        trunk.double()
        with torch.no_grad():
            trunk.weight[:] = torch.as_tensor(hidden_weight)
            for head, weight in zip((self.alice, self.bob), head_weight, strict=True):
                head.weight[0] = torch.as_tensor(weight)
            for layer in (trunk, self.alice, self.bob):
                layer.bias.zero_()
        self.trunks = torch.nn.ModuleList([trunk, trunk if shared else copy.deepcopy(trunk)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        alice, bob = (self.function(trunk(x)) for trunk in self.trunks)
        return torch.cat([self.alice(alice), self.bob(bob)], dim=1)


def trained_by_autograd(
    experiment: Experiment,
    run: int,
    setting: str,
    make: MakeStepper | None = None,
    function: Function | None = None,
) -> Plain:
    λ, e = draw(experiment, run), experiment
    function = function or ACTIVATIONS[e.activation]
    net = Plain(λ.hidden_weight, λ.head_weight, e.trunk == "shared", function)
    stepper = (make or OPTIMIZERS[e.optimizer])(net.parameters(), lr=e.learning_rate)
    columns = [4 + task for task in TASK_OF_SETTING[setting]]
    for order in λ.order:
        batch = torch.as_tensor(λ.train[order]).double()
        stepper.zero_grad()
        losses = binary_cross_entropy_with_logits(
            net(batch[:, :4]), batch[:, columns], reduction="none"
        )
        losses.mean(dim=0).sum().backward()
        stepper.step()
    return net


def furthest(ours: NCnet, plain: Plain) -> float:
    """Largest difference of any two weights."""
    trunks = list(plain.trunks)[: len(ours.hidden_bias)]
    pairs = [
        (ours.hidden_weight, torch.stack([layer.weight for layer in trunks])),
        (ours.hidden_bias, torch.stack([layer.bias for layer in trunks])),
        (ours.head_weight, torch.cat([plain.alice.weight, plain.bob.weight])),
        (ours.head_bias, torch.cat([plain.alice.bias, plain.bob.bias])),
    ]
    assert all(one.shape == other.shape for one, other in pairs)
    return max(float((one - other).detach().abs().max()) for one, other in pairs)


def moved(net: NCnet, experiment: Experiment, run: int) -> float:
    """How far the shared layer is from where it started."""
    start = draw(experiment, run).hidden_weight
    return float(np.abs(net.hidden_weight[0].detach().numpy() - start).max())


@pytest.mark.parametrize("trunk", ["shared", "separate"])
@pytest.mark.parametrize("setting", list(TASK_OF_SETTING))
@pytest.mark.parametrize(("hidden", "rate"), [(1, 0.5), (3, 0.5), (7, 0.1)])
def test_training_equals_autograd_on_single_nets(
    trunk: str, setting: str, hidden: int, rate: float
) -> None:
    experiment = Experiment(hidden=hidden, learning_rate=rate, steps=200, runs=3, trunk=trunk)
    ours = experiment.run().net(2, setting)
    assert furthest(ours, trained_by_autograd(experiment, 2, setting)) < 2e-4
    assert moved(ours, experiment, 2) > 0.1, "a training that moves nothing would pass, too"


def kind(optimizer: str, activation: str, **fields: Any) -> Experiment:
    """A short training, tame enough for numbers of different precision to stay together."""
    rate = RATES[optimizer]
    return Experiment(
        optimizer=optimizer,
        activation=activation,
        **{"learning_rate": rate, "steps": 40, "runs": 4, "n_test": 4} | fields,
    )


@pytest.mark.parametrize("trunk", ["shared", "separate"])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_every_optimizer_and_activation_gives_torchs_weights(
    optimizer: str, activation: str, trunk: str
) -> None:
    for batch in (1, 5, 8):
        experiment = kind(optimizer, activation, trunk=trunk, batch_size=batch, hidden=2 + batch)
        result = experiment.run()
        for run, setting in enumerate(TASK_OF_SETTING):
            ours = result.net(run, setting)
            assert furthest(ours, trained_by_autograd(experiment, run, setting)) < TOLERANCE
            assert moved(ours, experiment, run) > 0.05, "nothing moved"


MISTAKES: dict[str, tuple[str, MakeStepper]] = {
    "no momentum": ("momentum", torch.optim.SGD),
    "momentum 0.89": ("momentum", partial(torch.optim.SGD, momentum=0.89)),
    "Nesterov": ("momentum", partial(torch.optim.SGD, momentum=0.9, nesterov=True)),
    "damped": ("momentum", partial(torch.optim.SGD, momentum=0.9, dampening=0.1)),
    "beta1 = 0.89": ("adam", partial(torch.optim.Adam, betas=(0.89, 0.999))),
    "beta2 = 0.998": ("adam", partial(torch.optim.Adam, betas=(0.9, 0.998))),
    "beta2 = 0.99": ("adam", partial(torch.optim.Adam, betas=(0.9, 0.99))),
    "no bias correction": ("adam", partial(SlowAdam, corrected=False)),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_in_the_optimizer_shows_far_beyond_the_tolerance(mistake: str) -> None:
    optimizer, make = MISTAKES[mistake]
    experiment = kind(optimizer, "tanh")
    ours = experiment.run().net(1, "22")
    assert furthest(ours, trained_by_autograd(experiment, 1, "22", make)) > 20 * TOLERANCE


@pytest.mark.parametrize(
    ("activation", "other"),
    [
        ("relu", partial(leaky_relu, negative_slope=0.01)),
        ("relu", torch.nn.functional.softplus),
        ("tanh", lambda z: torch.tanh(1.001 * z)),
        ("sigmoid", lambda z: torch.sigmoid(z) - 0.001),
    ],
)
def test_a_mistake_in_the_activation_shows_far_beyond_the_tolerance(
    activation: str, other: Function
) -> None:
    experiment = kind("sgd", activation)
    ours = experiment.run().net(1, "22")
    plain = trained_by_autograd(experiment, 1, "22", function=other)
    assert furthest(ours, plain) > 20 * TOLERANCE


def by_steps(
    gradients: torch.Tensor, make: MakeStepper, batch: int, ours: str = ""
) -> torch.Tensor:
    """Weights that these mean gradients (steps, weights) lead to, starting from 0."""
    weights = torch.zeros(gradients.shape[1], requires_grad=not ours)
    if ours:
        stepper = optimizer(ours, weights, 0.01, batch)
        for gradient in gradients:
            stepper.step(batch * gradient)
        return weights
    plain = make([weights], lr=0.01)
    for gradient in gradients:
        weights.grad = gradient.clone()
        plain.step()
    return weights.detach()


@pytest.fixture
def gradients() -> torch.Tensor:
    """Of every size from 1e-10 to 1, and some that are 0; epsilon matters to the small ones."""
    random = torch.Generator().manual_seed(0)
    sizes = 10.0 ** torch.linspace(-10, 0, 41)
    gradients = sizes * (1 + torch.randn(30, 41, generator=random))
    gradients[:, ::10] = 0
    return gradients


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_steps_are_those_of_torch_at_every_size_of_gradient(
    name: str, batch: int, gradients: torch.Tensor
) -> None:
    expected = by_steps(gradients, OPTIMIZERS[name], batch)
    found = by_steps(gradients, OPTIMIZERS[name], batch, ours=name)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-18)


@pytest.mark.parametrize(
    "make", [partial(SlowAdam, inside=True), partial(torch.optim.Adam, eps=1.1e-8)]
)
def test_another_epsilon_would_show(make: MakeStepper, gradients: torch.Tensor) -> None:
    ratio = by_steps(gradients, torch.optim.Adam, 1, ours="adam") / by_steps(gradients, make, 1)
    assert float((ratio - 1).abs().nan_to_num().max()) > 0.05


def test_a_training_stops_where_it_is_asked_to_and_its_stops_change_nothing() -> None:
    experiment = kind("adam", "relu", steps=30)
    finals = []
    for stops in ([30], range(31), [0, 1, 17, 30]):
        steps = []
        for state in train(experiment, stops):
            steps.append(state.step)
        assert steps == list(stops)
        finals.append(state.blocks[0].trained().net(3, 1).state_dict())
    for other in finals[1:]:
        assert all(torch.equal(other[name], value) for name, value in finals[0].items())


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


def test_a_run_has_the_same_points_in_the_same_order_at_all_sizes_but_other_weights() -> None:
    small, large = (draw(Experiment(hidden=hidden), 5) for hidden in (3, 4))
    for name in ("train", "test", "order"):
        np.testing.assert_array_equal(getattr(small, name), getattr(large, name))
    assert not np.isin(small.head_weight, large.head_weight).any()


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


@pytest.mark.parametrize("points", [1, 7, 8, 64, 515])
@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1000.0])
def test_precise_losses_are_precise_even_where_they_are_tiny(points: int, size: float) -> None:
    margins = size * (1 + torch.rand(6, points, generator=torch.Generator().manual_seed(points)))
    expected = torch.nn.functional.softplus(-margins.double(), threshold=1e9).mean(dim=-1)
    torch.testing.assert_close(precise_losses(margins), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("losses", [logistic_losses, precise_losses])
@pytest.mark.parametrize("points", [1, 7, 13, 30, 64])
def test_losses_do_not_depend_on_the_runs_and_heads_beside_them(
    losses: Function, points: int
) -> None:
    margins = 3 * torch.randn(40, 4, 2, points, generator=torch.Generator().manual_seed(points))
    together = losses(margins)
    for runs in range(1, 40):
        assert torch.equal(losses(margins[:runs]), together[:runs])
    copies = margins[:1, :1, :1].repeat(3, 4, 2, 1)
    assert len(losses(copies).unique()) == 1


@pytest.mark.parametrize("bad", [torch.nan, -torch.inf])
def test_a_margin_that_is_not_finite_gives_no_finite_loss(bad: float) -> None:
    margins = torch.ones(2, 16)
    margins[1, 3] = bad
    assert logistic_losses(margins).isfinite().tolist() == [True, False]
