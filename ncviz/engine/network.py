"""NCnet: one hidden layer (or one a head) and two linear heads, alone or many at once."""

import os
from dataclasses import dataclass
from hashlib import sha256
from os import PathLike

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ncviz.basics.checks import a_path, numbers, short
from ncviz.basics.writing import written_whole
from ncviz.fields import LARGEST_HIDDEN
from ncviz.tasks import N_BITS

FILE_FORMAT = "1"
PARAMETERS = ("hidden_weight", "hidden_bias", "head_weight", "head_bias")
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}


def n_parameters(trunks: int, hidden: int) -> int:
    """How many numbers a net has."""
    return trunks * hidden * (N_BITS + 1) + 2 * (hidden + 1)


@dataclass(frozen=True)
class Nets:
    """Many nets as four tensors with the net in the last, contiguous dimension; see `NCnet`."""

    hidden_weight: Tensor  # (trunks, hidden, bits, nets)
    hidden_bias: Tensor  # (trunks, hidden, nets)
    head_weight: Tensor  # (2, hidden, nets)
    head_bias: Tensor  # (2, nets)

    @classmethod
    def views(cls, rows: Tensor, trunks: int, hidden: int) -> "Nets":
        """Views of one tensor (…, rows, nets) that holds all parameters, row by row."""
        sizes = [trunks * hidden * N_BITS, trunks * hidden, 2 * hidden, 2]
        parts = torch.split(rows, sizes, dim=-2)
        shapes = [(trunks, hidden, N_BITS), (trunks, hidden), (2, hidden), (2,)]
        return cls(*(torch.unflatten(p, -2, s) for p, s in zip(parts, shapes, strict=True)))

    def one(self, index: int, activation: str) -> "NCnet":
        """A copy of one net."""
        weights = {name: getattr(self, name)[..., index] for name in PARAMETERS}
        return NCnet(**weights, activation=activation)


class Activation:
    """The hidden units of many nets; number by number, so that no net depends on its neighbours."""

    def __init__(self, like: Tensor) -> None:
        self._one, self._minus_one = like.new_tensor(1.0), like.new_tensor(-1.0)

    def apply_(self, units: Tensor) -> None:
        """Replace what the units receive by what they answer."""
        raise NotImplementedError

    def slope(self, units: Tensor, out: Tensor) -> None:
        """Write the derivative, given the answers."""
        raise NotImplementedError

    def folded(self, nets: Nets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weights for `evaluate_`; they may hold some of the activation's arithmetic."""
        return nets.hidden_weight, nets.hidden_bias, nets.head_weight, nets.head_bias

    def evaluate_(self, layer: Tensor) -> None:
        """Apply the activation where the weights are folded."""
        self.apply_(layer)


class _Tanh(Activation):
    """Hyperbolic tangent, as 2σ(2z) − 1: torch computes σ several times faster than its tanh."""

    def apply_(self, units: Tensor) -> None:
        torch.add(self._minus_one, units.mul_(2).sigmoid_(), alpha=2, out=units)

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.addcmul(self._one, units, units, value=-1, out=out)

    def folded(self, nets: Nets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        # The factors of 2 and the −1 go into the weights, which are fewer than the points.
        weight, bias, heads, head_bias = super().folded(nets)
        return 2 * weight, 2 * bias, 2 * heads, head_bias - heads.sum(dim=1)

    def evaluate_(self, layer: Tensor) -> None:
        layer.sigmoid_()


class _Relu(Activation):
    """max(0, z), with slope 0 at 0."""

    def apply_(self, units: Tensor) -> None:
        units.relu_()

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.sign(units, out=out)


class _Sigmoid(Activation):
    """The logistic function σ(z), with slope σ(1 − σ)."""

    def apply_(self, units: Tensor) -> None:
        units.sigmoid_()

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.sub(self._one, units, out=out).mul_(units)


def activation(name: str, like: Tensor) -> Activation:
    """The activation of a name, for tensors like this one."""
    return {"tanh": _Tanh, "relu": _Relu, "sigmoid": _Sigmoid}[name](like)


class NCnet(torch.nn.Module):
    """One network: bits → hidden units → Alice's and Bob's logit.

    Parameters
    ----------
    hidden_weight : Tensor, shape (trunks, hidden, 4)
        One trunk shared by the heads, or two, Alice's first.
    hidden_bias : Tensor, shape (trunks, hidden)
    head_weight : Tensor, shape (2, hidden)
    head_bias : Tensor, shape (2,)
    activation : {"tanh", "relu", "sigmoid"}

        `ValueError` if there is none such, or weights are no real numbers, do not fit together or
        are larger than those of an `Experiment`.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> net = Experiment(runs=1, steps=10).run().net(run=0, setting="22")
    >>> net([[1.0, -1.0, 1.0, 1.0]]).shape
    torch.Size([1, 2])
    """

    hidden_weight: torch.nn.Parameter
    hidden_bias: torch.nn.Parameter
    head_weight: torch.nn.Parameter
    head_bias: torch.nn.Parameter

    def __init__(
        self,
        hidden_weight: Tensor,
        hidden_bias: Tensor,
        head_weight: Tensor,
        head_bias: Tensor,
        activation: str = "tanh",
    ) -> None:
        super().__init__()
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"activation must be one of {known}, not {short(activation)}")
        self.activation = str(activation)
        given = (hidden_weight, hidden_bias, head_weight, head_bias)
        for name, value in zip(PARAMETERS, given, strict=True):
            if not isinstance(value, Tensor) or value.is_complex():
                raise ValueError(f"{name} must be a tensor of real numbers, not {short(value)}")
        _check_shapes([tuple(t.shape) for t in given])
        for name, value in zip(PARAMETERS, given, strict=True):
            copy = value.detach().to(torch.float32).clone(memory_format=torch.contiguous_format)
            setattr(self, name, torch.nn.Parameter(copy))

    def forward(self, x: object) -> Tensor:
        """Logits (…, 2) of points (…, 4), each bit as −1 or +1 (noise allowed)."""
        given = x if isinstance(x, Tensor) else numbers("x", x)
        points = torch.as_tensor(given, dtype=torch.float32, device=self.head_bias.device)
        if points.ndim == 0 or points.shape[-1] != N_BITS:
            raise ValueError(f"x must have {N_BITS} bits in its last dimension, not {points.shape}")
        hidden = torch.einsum("tji,...i->...tj", self.hidden_weight, points) + self.hidden_bias
        units = ACTIVATIONS[self.activation](hidden)
        return (self.head_weight * units).sum(dim=-1) + self.head_bias

    @property
    def hidden(self) -> int:
        """Hidden units of each trunk."""
        return self.hidden_bias.shape[1]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the weights to a safetensors file; `ValueError` if they are not finite."""
        tensors = {name: p.detach().cpu() for name, p in self.named_parameters()}
        _check_finite("the net", tensors)
        about = {"ncviz_net": FILE_FORMAT, "activation": self.activation}
        with written_whole(path) as part:
            about["sha256"] = _digest(tensors, self.activation)
            save_file(tensors, part, metadata=about)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "NCnet":
        """Read what `save` wrote; nothing in the file is executed.

        `FileNotFoundError` if it is not there, `ValueError` if it is no net, or was changed.
        """
        a_path("path", path)
        if os.path.exists(path) and not os.path.isfile(path):
            raise ValueError(f"path must be a file, and {path} is none")
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata() or {}
                if about.get("ncviz_net") != FILE_FORMAT:
                    raise ValueError(f"{path} is not an NCnet of format {FILE_FORMAT}")
                # Files from before there was a choice do not name it.
                activation = about.get("activation", "tanh")
                _check_shapes([tuple(file.get_slice(name).get_shape()) for name in PARAMETERS])
                weights = {name: file.get_tensor(name) for name in PARAMETERS}
                net = cls(**weights, activation=activation)
        except SafetensorError as error:
            raise ValueError(
                f"{path} is not a readable safetensors file of an NCnet: {error}"
            ) from None
        tensors = {name: p.detach() for name, p in net.named_parameters()}
        _check_finite(path, tensors)
        # Files from before there was a digest have none.
        if about.get("sha256") not in (None, _digest(tensors, activation)):
            raise ValueError(f"{path} holds an NCnet that is not as it was written")
        return net


def _check_shapes(given: list[tuple[int, ...]]) -> None:
    trunks, hidden = given[1] if len(given[1]) == 2 else (0, 0)
    wanted, most = [(trunks, hidden, N_BITS), (trunks, hidden), (2, hidden), (2,)], LARGEST_HIDDEN
    if trunks not in (1, 2) or not 1 <= hidden <= most or given != wanted:
        raise ValueError(
            "weights must have shapes: hidden_weight (trunks, hidden, 4), then (trunks, hidden), "
            f"(2, hidden) and (2,), with 1 or 2 trunks and 1 to {most} hidden units, "
            f"not {short(given)}"
        )


def _check_finite(what: object, tensors: dict[str, Tensor]) -> None:
    for name, values in tensors.items():
        if not bool(torch.isfinite(values).all()):
            raise ValueError(f"{what} is no NCnet that can be kept: {name} is not finite")


def _digest(tensors: dict[str, Tensor], activation: str) -> str:
    """SHA-256 of all that makes the net."""
    values = (tensors[name].numpy().astype("<f4").tobytes() for name in PARAMETERS)
    return sha256(b"".join([activation.encode(), *values])).hexdigest()
