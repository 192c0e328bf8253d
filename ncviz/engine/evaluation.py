"""What the nets of a block answer on points that stay the same: logits, over and over."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad, softplus

from ncviz.basics.protocol import N_SETTINGS
from ncviz.engine.chance import Table
from ncviz.engine.network import Activation, Nets
from ncviz.tasks import N_BITS

RUNS_AT_ONCE = 64  # that are evaluated together: their units stay in the processor's cache
NUMBERS_AT_ONCE = 2**24  # fewer runs where their units on all points would be more, 64 MB


class Evaluation:
    """Points of some runs, and the tensors that the answers fill: allocating anew costs more."""

    def __init__(
        self,
        tables: Iterable[Table],
        points: int,
        runs: int,
        trunks: int,
        hidden: int,
        activation: Activation,
        device: torch.device,
    ) -> None:
        self._runs, self._points, self._activation = runs, points, activation
        # Padded to a multiple of 64 points: torch treats the last few numbers of a tensor apart,
        # and a point's numbers would depend on how many runs stand before it.
        width = points + -points % 64
        seen = np.zeros((runs, N_BITS, width), dtype=np.float32)
        signs = np.zeros((runs, 4, width), dtype=np.int8)  # of four tasks; a quarter of float32
        for run, table in enumerate(tables):
            seen[run, :, :points] = table[:, :N_BITS].T
            signs[run, :, :points] = 2 * table[:, N_BITS:].T - 1
        self._seen = torch.as_tensor(seen, device=device)
        self._signs = torch.as_tensor(signs, device=device)
        units = N_SETTINGS * trunks * hidden
        self._at_once = max(1, min(runs, RUNS_AT_ONCE, NUMBERS_AT_ONCE // (units * width)))
        self._layer = self._seen.new_empty(self._at_once, units, width)
        self._margins = self._seen.new_empty(self._at_once, N_SETTINGS, 2, width)

    def margins(self, nets: Nets) -> Iterator[tuple[slice, Tensor]]:
        """Logit × ±label of every point, some runs at a time: positive where the head is right."""
        weight, bias, heads, head_bias = (
            torch.unflatten(p, -1, (N_SETTINGS, -1)).movedim((-1, -2), (0, 1)).contiguous()
            for p in self._activation.folded(nets)
        )
        hidden = bias.shape[-1]
        for first in range(0, self._runs, self._at_once):
            some = slice(first, min(first + self._at_once, self._runs))
            layer = self._layer[: some.stop - first]
            # Matrix products, run by run: a run's numbers do not depend on the runs beside it.
            torch.baddbmm(
                bias[some].flatten(start_dim=1).unsqueeze(2),
                weight[some].flatten(start_dim=1, end_dim=3),
                self._seen[some],
                out=layer,
            )
            self._activation.evaluate_(layer)
            by_trunk = layer.view(-1, hidden, layer.shape[-1])
            margins = self._margins[: len(layer)]
            torch.baddbmm(
                head_bias[some].reshape(len(by_trunk), -1, 1),
                heads[some].reshape(len(by_trunk), -1, hidden),
                by_trunk,
                out=margins.view(len(by_trunk), -1, layer.shape[-1]),
            )
            signs = self._signs[some].to(margins.dtype)
            by_tasks = torch.unflatten(margins, 1, (2, 2))  # run, x, y, head, point
            by_tasks[:, :, :, 0] *= signs[:, :2, None]
            by_tasks[:, :, :, 1] *= signs[:, None, 2:]
            yield some, margins[..., : self._points]


def logistic_losses(margins: Tensor) -> Tensor:
    """Mean logistic loss over the points, the mean of log(1 + exp(−margin)), in nats.

    log(1 + exp(−m)) = max(0, −m) − log σ(|m|). As σ(|m|) is at least one half, eight of them can
    be multiplied before the logarithm is taken, which costs most. Shapes: (..., points) → (...).
    """
    points = margins.shape[-1]
    whole = pad(margins, (0, -points % 8), value=torch.inf) if points % 8 else margins
    eight = torch.unflatten(whole.abs().sigmoid_(), -1, (-1, 8)).prod(dim=-1)
    return (margins.clamp(max=0).sum(dim=-1) + eight.log_().sum(dim=-1)) / -points


def precise_losses(margins: Tensor) -> Tensor:
    """`logistic_losses` at more cost: whether a loss falls must not be decided by rounding."""
    # Filled up to eights, without which the last numbers of the last run would be treated apart.
    whole = pad(margins, (0, -margins.shape[-1] % 8), value=torch.inf)
    return softplus(-whole).sum(dim=-1, dtype=torch.float64) / margins.shape[-1]
