"""The same training in other ways: one torch module after another, JAX, and a plain C loop.

Each function takes the same arrays, the net in the first dimension, and returns the final weights;
none changes what it is given.

- weights: hidden_weight (nets, hidden, 4), hidden_bias (nets, hidden),
  head_weight (nets, 2, hidden) and head_bias (nets, 2), float32
- points (nets, points, 4) float32, and labels (nets, points, 2), 0 or 1, float32
- order (nets, steps, batch): which points each step uses, int32
"""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Floats = NDArray[np.float32]
Weights = dict[str, Floats]
Order = NDArray[np.int32]

NAMES = ("hidden_weight", "hidden_bias", "head_weight", "head_bias")
C_SOURCE = Path(__file__).with_name("plain.c")
C_FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")


class Module(nn.Module):
    """One net, as anyone would write it."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        hidden, inputs = weights["hidden_weight"].shape
        self.hidden = nn.Linear(inputs, hidden)
        self.heads = nn.Linear(hidden, 2)
        own = (self.hidden.weight, self.hidden.bias, self.heads.weight, self.heads.bias)
        with torch.no_grad():
            for parameter, name in zip(own, NAMES, strict=True):
                parameter.copy_(torch.from_numpy(weights[name]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Alice's and Bob's logits."""
        return self.heads(self.hidden(x).tanh())

    def weights(self) -> list[Floats]:
        """The parameters, in the order of `NAMES`."""
        return [p.detach().numpy() for p in self.parameters()]


def train_modules(
    weights: Weights, points: Floats, labels: Floats, order: Order, learning_rate: float
) -> Weights:
    """Train one `nn.Module` after another with autograd and `torch.optim.SGD`."""
    trained = [
        _train_module(
            Module({name: weights[name][net] for name in NAMES}),
            torch.from_numpy(points[net]),
            torch.from_numpy(labels[net]),
            torch.from_numpy(order[net]),
            learning_rate,
        ).weights()
        for net in range(len(points))
    ]
    return {name: np.stack([net[k] for net in trained]) for k, name in enumerate(NAMES)}


def _train_module(
    module: Module,
    points: torch.Tensor,
    labels: torch.Tensor,
    order: torch.Tensor,
    learning_rate: float,
) -> Module:
    optimizer = torch.optim.SGD(module.parameters(), lr=learning_rate)
    loss_of = nn.BCEWithLogitsLoss()
    for batch in order:
        logits, target = module(points[batch]), labels[batch]
        loss = loss_of(logits[:, 0], target[:, 0]) + loss_of(logits[:, 1], target[:, 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module


def jax_missing() -> str | None:
    """Why `train_jax` cannot run here, or None."""
    return None if find_spec("jax") else "JAX is not installed (pip install 'ncviz[bench]')"


def train_jax(
    weights: Weights, points: Floats, labels: Floats, order: Order, learning_rate: float
) -> Weights:
    """Train all nets by jit(vmap(scan)); the first call with new shapes also compiles."""
    trained = _jax_trainer()(weights, points, labels, order, learning_rate)
    return {name: np.asarray(trained[name].block_until_ready()) for name in NAMES}


@cache
def _jax_trainer() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def loss(net: Any, x: Any, y: Any) -> Any:
        units = jnp.tanh(x @ net["hidden_weight"].T + net["hidden_bias"])
        logits = units @ net["head_weight"].T + net["head_bias"]
        return (jax.nn.softplus(logits) - y * logits).mean(axis=0).sum()

    def train(net: Any, points: Any, labels: Any, order: Any, learning_rate: Any) -> Any:
        def step(net: Any, batch: Any) -> Any:
            gradient = jax.grad(loss)(net, points[batch], labels[batch])
            return jax.tree.map(lambda p, g: p - learning_rate * g, net, gradient), None

        return jax.lax.scan(step, net, order)[0]

    return jax.jit(jax.vmap(train, in_axes=(0, 0, 0, 0, None)))


class Sizes(ctypes.Structure):
    """`Sizes` of plain.c."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("nets", "hidden", "n_points", "steps", "batch_size")),
        ("learning_rate", ctypes.c_float),
    ]


def c_missing() -> str | None:
    """Why `train_c` cannot run here, or None."""
    return None if shutil.which("cc") else "there is no C compiler named cc"


def train_c(
    weights: Weights, points: Floats, labels: Floats, order: Order, learning_rate: float
) -> Weights:
    """Train all nets by the loop in plain.c; the first call also compiles it.

    Raises
    ------
    ValueError
        If the net or the batch is larger than the loop's fixed arrays.
    """
    trained = {name: weights[name].copy() for name in NAMES}
    hidden = weights["hidden_bias"].shape[1]
    sizes = Sizes(len(points), hidden, points.shape[1], *order.shape[1:], learning_rate)
    if _c_library().train(ctypes.byref(sizes), points, labels, order, *trained.values()):
        raise ValueError(f"plain.c holds no net of {hidden} units with batches of {order.shape[2]}")
    return trained


@cache
def _c_library() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "plain.so"
        subprocess.run(["cc", *C_FLAGS, "-o", library, C_SOURCE, "-lm"], check=True)
        loaded = ctypes.CDLL(str(library))  # stays usable after the file is gone
    floats = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
    integers = np.ctypeslib.ndpointer(np.int32, flags="C_CONTIGUOUS")
    loaded.train.argtypes = [ctypes.POINTER(Sizes), floats, floats, integers, *[floats] * 4]
    return loaded


def largest_difference(one: Weights, other: Weights) -> float:
    """The largest difference of any weight of any net."""
    return max(float(np.abs(one[name] - other[name]).max()) for name in NAMES)
