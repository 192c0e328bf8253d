"""One net: its arithmetic, its file, and that it is the net whose outcomes the result holds."""

import math
import os
import pickle
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from ncviz import Experiment, NCnet
from ncviz.engine.chance import draw
from ncviz.results.result import Result

SETTINGS = ("11", "12", "21", "22")
TRUNKS = ("shared", "separate")
OURS = {"ncviz_net": "1", "activation": "tanh"}
"""What `save` puts into a file, beside the weights."""
ACTIVATIONS = {
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
}


def random_net(trunks: int, hidden: int, seed: int = 0, activation: str = "tanh") -> NCnet:
    random = torch.Generator().manual_seed(seed)
    shapes = [(trunks, hidden, 4), (trunks, hidden), (2, hidden), (2,)]
    return NCnet(*(torch.randn(shape, generator=random) for shape in shapes), activation)


def weights(net: NCnet) -> dict[str, list[Any]]:
    return {name: p.tolist() for name, p in net.named_parameters()}


def slow_logit(net: NCnet, head: int, x: list[float]) -> float:
    """The logit of one head, unit by unit."""
    w = weights(net)
    trunk = min(head, len(w["hidden_bias"]) - 1)
    logit = w["head_bias"][head]
    for j in range(net.hidden):
        z = w["hidden_bias"][trunk][j]
        for i in range(4):
            z += w["hidden_weight"][trunk][j][i] * x[i]
        logit += w["head_weight"][head][j] * ACTIVATIONS[net.activation](z)
    return logit


sizes = {
    "trunks": st.integers(1, 2),
    "hidden": st.integers(1, 6),
    "seed": st.integers(0, 2**31),
    "activation": st.sampled_from(sorted(ACTIVATIONS)),
}


# Arithmetic


@given(**sizes, x=st.lists(st.floats(-2, 2, width=32), min_size=4, max_size=4))
def test_logits_are_those_of_a_plain_forward_pass(
    trunks: int, hidden: int, seed: int, activation: str, x: list[float]
) -> None:
    net = random_net(trunks, hidden, seed, activation)
    wanted = [slow_logit(net, head, x) for head in range(2)]
    assert net(x).tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_an_activation_is_the_function_of_torch_by_its_name(activation: str) -> None:
    net = random_net(1, 5, activation=activation)
    points = torch.randn(30, 4, generator=torch.Generator().manual_seed(1))
    units = getattr(torch, activation)(points @ net.hidden_weight[0].T + net.hidden_bias)
    expected = units @ net.head_weight.T + net.head_bias
    torch.testing.assert_close(net(points), expected, atol=1e-5, rtol=0)
    others = [random_net(1, 5, activation=name) for name in ACTIVATIONS if name != activation]
    assert all((other(points) - expected).abs().max() > 0.1 for other in others)


def test_a_net_is_made_of_tanh_units_unless_told_otherwise() -> None:
    given = [p.detach() for p in random_net(2, 3, activation="relu").parameters()]
    assert NCnet(*given).activation == "tanh"


@pytest.mark.parametrize("activation", ["", "Tanh", "gelu", None, 1])
def test_an_unknown_activation_is_refused(activation: Any) -> None:
    with pytest.raises(ValueError, match=r"^activation must be one of tanh, relu, sigmoid, not "):
        random_net(1, 2, activation=activation)


@pytest.mark.parametrize("trunks", [1, 2])
@pytest.mark.parametrize("shape", [(4,), (7, 4), (2, 3, 4), (0, 4)])
def test_any_number_of_points_at_once(trunks: int, shape: tuple[int, ...]) -> None:
    net = random_net(trunks, hidden=3)
    x = np.random.default_rng(0).choice([-1.0, 1.0], shape)
    logits = net(x)
    assert logits.shape == (*shape[:-1], 2)
    for at in np.ndindex(shape[:-1]):
        torch.testing.assert_close(logits[at], net(torch.tensor(x[at])), atol=1e-6, rtol=0)


@pytest.mark.parametrize("x", [1.0, [1, 1, 1], [[1, 1, 1, 1, 1]]])
def test_a_point_has_four_bits(x: Any) -> None:
    with pytest.raises(ValueError, match=r"^x must have 4 bits"):
        random_net(1, 3)(x)


@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param([(3, 2, 4), (3, 2), (2, 2), (2,)], id="three trunks"),
        pytest.param([(1, 2, 5), (1, 2), (2, 2), (2,)], id="five bits"),
        pytest.param([(1, 2, 4), (1, 3), (2, 2), (2,)], id="biases of another size"),
        pytest.param([(1, 2, 4), (1, 2), (1, 2), (2,)], id="one head"),
        pytest.param([(2, 4), (2,), (2, 2), (2,)], id="no trunk"),
        pytest.param([(1, 0, 4), (1, 0), (2, 0), (2,)], id="no neuron"),
        pytest.param([(0, 2, 4), (0, 2), (2, 2), (2,)], id="an empty trunk"),
        pytest.param([(1, 10_001, 4), (1, 10_001), (2, 10_001), (2,)], id="too many neurons"),
    ],
)
def test_weights_must_fit_together(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=r"^weights must have shapes"):
        NCnet(*map(torch.zeros, shapes))


@pytest.mark.parametrize(
    "weight",
    [torch.zeros((1, 2, 4), dtype=torch.complex64), np.zeros((1, 2, 4)), None, "0"],
    ids=["complex", "numpy", "None", "text"],
)
def test_weights_are_tensors_of_real_numbers(weight: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^hidden_weight must be a tensor( of real numbers)?, not "
    ):
        NCnet(weight, torch.zeros(1, 2), torch.zeros(2, 2), torch.zeros(2))


# Files


@given(**sizes)
def test_a_saved_net_comes_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, trunks: int, hidden: int, seed: int, activation: str
) -> None:
    net = random_net(trunks, hidden, seed, activation)
    path = tmp_path_factory.getbasetemp() / "net.safetensors"
    net.save(path)
    again = NCnet.load(path)
    assert weights(again) == weights(net)
    assert again.hidden == hidden
    assert again.activation == activation
    points = torch.tensor(list(product((-1.0, 1.0), repeat=4)))
    assert torch.equal(again(points), net(points))


def tensors(**changes: torch.Tensor) -> dict[str, torch.Tensor]:
    return {name: p.detach() for name, p in random_net(1, 2).named_parameters()} | changes


def test_a_file_from_before_there_was_a_choice_is_read_as_tanh(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file(tensors(), path, {"ncviz_net": "1"})
    net = NCnet.load(path)
    assert net.activation == "tanh"
    assert weights(net) == weights(random_net(1, 2))
    assert torch.equal(net([1, 1, 1, -1]), random_net(1, 2)([1, 1, 1, -1]))


BAD = {
    "nan": torch.tensor([math.nan, 0]),
    "inf": torch.tensor([0, -math.inf]),
    "beyond single precision": torch.tensor([1e300, 0], dtype=torch.float64),
    "complex": torch.zeros(2, dtype=torch.complex64),
}


@pytest.mark.parametrize("name", BAD)
def test_weights_that_no_net_can_have_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file(tensors(head_bias=BAD[name]), path, OURS)
    with pytest.raises(ValueError, match=r"head_bias is not finite|real numbers"):
        NCnet.load(path)


def test_a_file_of_nets_without_neurons_or_larger_than_any_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    for hidden in (0, 10_001):
        shapes = [(1, hidden, 4), (1, hidden), (2, hidden), (2,)]
        names = dict(random_net(1, 2).named_parameters())
        save_file({n: torch.zeros(s) for n, s in zip(names, shapes, strict=True)}, path, OURS)
        with pytest.raises(ValueError, match="1 to 10000 hidden units"):
            NCnet.load(path)


def test_a_net_that_has_diverged_is_not_saved(tmp_path: Path) -> None:
    net = random_net(1, 2)
    with torch.no_grad():
        net.head_weight[1, 0] = math.inf
    with pytest.raises(ValueError, match="is not finite"):
        net.save(tmp_path / "net.safetensors")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "count", [300, pytest.param(6000, marks=pytest.mark.long("ncviz/engine/network.py"))]
)
def test_no_flipped_bit_gives_another_net(tmp_path: Path, count: int) -> None:
    path = tmp_path / "net.safetensors"
    net, random = random_net(2, 3), np.random.default_rng(count)
    net.save(path)
    good = path.read_bytes()
    refused = 0
    for _ in range(count):
        data = bytearray(good)
        data[random.integers(len(data))] ^= 1 << int(random.integers(8))
        path.write_bytes(data)
        try:
            again = NCnet.load(path)
        except ValueError as error:
            refused += 1
            assert len(str(error)) < 1000
        else:  # the flip was in what says nothing, such as the padding or the digest's own name
            assert weights(again) == weights(net)
            assert again.activation == net.activation
    assert refused > 0.8 * count


class Bomb:
    """Unpickling this makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def cut(path: Path) -> None:
    random_net(1, 2).save(path)
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_text("hidden = 3\n" * 99), id="text"),
        pytest.param(lambda path: torch.save(tensors(), path), id="a torch file"),
        pytest.param(lambda path: save_file(tensors(), path), id="no metadata"),
        pytest.param(lambda path: save_file(tensors(), path, {"ncviz_net": "2"}), id="version 2"),
        pytest.param(lambda path: save_file({"x": torch.ones(2)}, path, OURS), id="other tensors"),
        pytest.param(
            lambda path: save_file(tensors(head_bias=torch.ones(3)), path, OURS), id="three heads"
        ),
        pytest.param(
            lambda path: save_file(tensors(), path, OURS | {"activation": "gelu"}), id="gelu"
        ),
        pytest.param(cut, id="cut short"),
    ],
)
def test_a_file_that_is_no_net_of_ours_is_refused(
    write: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / "net.safetensors"
    write(path)
    with pytest.raises(ValueError, match=r"NCnet|weights must have shapes|activation must"):
        NCnet.load(path)


def test_a_pickle_is_refused_and_not_executed(tmp_path: Path) -> None:
    path, trace = tmp_path / "net.safetensors", tmp_path / "trace"
    path.write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(ValueError, match="is not a readable safetensors file of an NCnet"):
        NCnet.load(path)
    assert not trace.exists()


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NCnet.load(tmp_path / "net.safetensors")


# The nets of a result


@pytest.fixture(scope="module", params=list(product(TRUNKS, ACTIVATIONS)), ids="-".join)
def result(request: pytest.FixtureRequest) -> Result:
    trunk, activation = request.param
    e = Experiment(runs=3, steps=60, seed=2**64 - 1, n_test=100, trunk=trunk, activation=activation)
    return e.run()


@pytest.mark.parametrize("run", range(3))
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_net_gives_the_outcomes_of_its_run_and_setting(
    result: Result, run: int, setting: str
) -> None:
    points = draw(result.experiment, run).test
    logits = result.net(run, setting)(points[:, :4]).detach().numpy()
    assert result.net(run, setting).activation == result.experiment.activation
    tasks = 4 + int(setting[0]) - 1, 6 + int(setting[1]) - 1
    right = (logits > 0) == (points[:, tasks] == 1)
    clear = np.abs(logits) > 1e-4
    assert clear.mean() > 0.99
    outcomes = result.outcomes[run, SETTINGS.index(setting)].T
    assert np.array_equal(np.where(right, 1, -1)[clear], outcomes[clear])


def test_no_two_nets_of_a_result_are_the_same(result: Result) -> None:
    nets = [result.net(run, setting) for run in range(3) for setting in SETTINGS]
    assert len({str(weights(net)) for net in nets}) == 12


def test_a_net_is_a_copy(result: Result) -> None:
    net = result.net(0, "22")
    before = weights(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1)
    assert weights(net) != before == weights(result.net(0, "22"))


def test_a_net_can_be_trained_on(result: Result) -> None:
    net = result.net(0, "22")
    net([1, 1, 1, -1]).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


@pytest.mark.parametrize(
    "run",
    [-1, 3, "0", None, 0.5, 0.0, True],
)
def test_an_unknown_run_is_refused(result: Result, run: Any) -> None:
    with pytest.raises(ValueError, match=r"^run must be 0 to 2, not "):
        result.net(run, "11")


@pytest.mark.parametrize("setting", ["33", "1", "A1B1", "", 22, None, ("1", "1")])
def test_an_unknown_setting_is_refused(result: Result, setting: Any) -> None:
    with pytest.raises(ValueError, match=r"^setting must be '11' or '12' or '21' or '22', not "):
        result.net(0, setting)
