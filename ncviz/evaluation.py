"""What the nets of a block answer on points that stay the same: logits, over and over."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from ncviz.network import Nets
from ncviz.tasks import N_BITS

TASK_OF_SETTING = ((0, 2), (0, 3), (1, 2), (1, 3))
"""Which of the tasks (A1, A2, B1, B2) Alice and Bob train in the settings 11, 12, 21, 22."""

RUNS_AT_ONCE = 64
"""Runs that are evaluated together: their units stay in the processor's cache."""


class Evaluation:
    """Points of some runs, and the tensors in which the answers to them are computed.

    Tensors of this size are filled anew each time, not allocated anew: that would cost more.

    Parameters
    ----------
    table : Tensor, shape (points, bits + 4, width)
        Points as seen and their labels by A1, A2, B1, B2, for each run; padded to `width` runs.
    runs : int
        Runs that are not padding.
    trunks, hidden : int
    """

    def __init__(self, table: Tensor, runs: int, trunks: int, hidden: int) -> None:
        self._runs, self._points = runs, len(table)
        # Padded to a multiple of 64 points: torch treats the last few numbers of a tensor apart,
        # and a point's numbers would depend on how many runs stand before it.
        by_run = pad(table.permute(2, 1, 0), (0, -len(table) % 64))
        self._seen = by_run[:, :N_BITS].contiguous()
        tasks = torch.tensor(TASK_OF_SETTING, device=table.device)
        self._signs = (2 * by_run[:, N_BITS + tasks] - 1).contiguous()
        most, settings, heads, points = min(runs, RUNS_AT_ONCE), *self._signs.shape[1:]
        self._layer = table.new_empty(most, settings * trunks * hidden, points)
        self._margins = table.new_empty(most, settings, heads, points)

    def margins(self, nets: Nets) -> Iterator[tuple[slice, Tensor]]:
        """Logit × ±label of every point, some runs at a time: positive where the head is right.

        Matrix products, run by run: a run's numbers do not depend on the runs beside it.

        Parameters
        ----------
        nets : Nets
            They lie setting by setting: net = setting × width + run.

        Yields
        ------
        slice, Tensor
            Which runs, and (runs, settings, 2, points), overwritten by the next.
        """
        settings = self._margins.shape[1]
        # tanh z = 2σ(2z) − 1, with the factors taken into the weights: torch computes σ several
        # times faster than tanh, and the points are many more than the weights.
        doubled = (
            2 * nets.hidden_weight,
            2 * nets.hidden_bias,
            2 * nets.head_weight,
            nets.head_bias - nets.head_weight.sum(dim=1),
        )
        weight, bias, heads, head_bias = (
            torch.unflatten(p, -1, (settings, -1)).movedim((-1, -2), (0, 1)).contiguous()
            for p in doubled
        )
        hidden = bias.shape[-1]
        for first in range(0, self._runs, RUNS_AT_ONCE):
            some = slice(first, min(first + RUNS_AT_ONCE, self._runs))
            layer = self._layer[: some.stop - first]
            torch.baddbmm(
                bias[some].flatten(start_dim=1).unsqueeze(2),
                weight[some].flatten(start_dim=1, end_dim=3),
                self._seen[some],
                out=layer,
            )
            by_trunk = layer.sigmoid_().view(-1, hidden, layer.shape[-1])
            margins = self._margins[: len(layer)]
            torch.baddbmm(
                head_bias[some].reshape(len(by_trunk), -1, 1),
                heads[some].reshape(len(by_trunk), -1, hidden),
                by_trunk,
                out=margins.view(len(by_trunk), -1, layer.shape[-1]),
            )
            margins *= self._signs[some]
            yield some, margins[..., : self._points]


def logistic_losses(margins: Tensor) -> Tensor:
    """Mean logistic loss over the points, the mean of log(1 + exp(−margin)), in nats.

    log(1 + exp(−m)) = max(0, −m) − log σ(|m|). As σ(|m|) is at least one half, eight of them can
    be multiplied before the logarithm is taken; logarithms are what would cost most.

    Parameters
    ----------
    margins : Tensor, shape (..., points)

    Returns
    -------
    Tensor, shape (...)
    """
    points = margins.shape[-1]
    whole = pad(margins, (0, -points % 8), value=torch.inf) if points % 8 else margins
    eight = torch.unflatten(whole.abs().sigmoid_(), -1, (-1, 8)).prod(dim=-1)
    return (margins.clamp(max=0).sum(dim=-1) + eight.log_().sum(dim=-1)) / -points
