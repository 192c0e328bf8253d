"""The points of each step, and the gradient on them: minibatches, or the whole training set."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ncviz.basics.protocol import N_SETTINGS
from ncviz.engine.gradient import Gradient
from ncviz.tasks import N_BITS

POINTS_PER_CHUNK = 160  # of a net whose place or weight is laid out at once, ahead of their steps
POINTS_AHEAD = 16_384  # of a run drawn ahead, as whole numbers; each time costs a call for each run
POINTS_PER_PIECE = 16  # of a whole training set, computed at once: more would leave the cache

Chance = Sequence[np.random.Generator | None]  # a stream of each run's own, none where no run is


class Minibatches:
    """Some points of a training set (points, bits + 4, width) a step, drawn some steps ahead."""

    def __init__(
        self, gradient: Gradient, train: Tensor, chance: Chance, steps: int, batch: int
    ) -> None:
        self._gradient, self._chance, self._steps, self._batch = gradient, chance, steps, batch
        self._n, self._width = len(train), (width := train.shape[-1])
        self._order, self._first = train.new_empty(0, batch, width, dtype=torch.int32), 0
        # One column for each training point of each run, so that one look-up fetches a chunk.
        self._columns = train.movedim(1, 0).flatten(start_dim=1).contiguous()
        self._column_of_run = torch.arange(width, dtype=torch.int32, device=train.device)
        self._chunk = min(steps, max(1, POINTS_PER_CHUNK // batch))
        self._points, self._labels = _room(train, self._chunk, batch)
        # Filled anew each time: fresh memory of this size would cost as much as its use.
        self._drawn = self._column_of_run.new_empty(self._chunk * batch * width)
        self._rows = train.new_empty(len(self._columns), len(self._drawn))
        self._batches = Gradient.batches(self._points, self._labels)

    def gradients(self, start: int, stop: int) -> Iterator[Tensor]:
        """The gradient (rows, nets) of each step, summed over its batch; the next overwrites it."""
        while start < stop:
            if start == self._first + len(self._order):
                self._draw(start)
            here = start - self._first
            order = self._order[here : here + min(self._chunk, stop - start)]
            self._lay_out(order)
            for batch in self._batches[: len(order)]:
                yield self._gradient.compute(batch)
            start += len(order)

    def _draw(self, start: int) -> None:
        """Draw which points the steps from `start` on take, of as many steps as are drawn ahead."""
        steps = min(max(1, POINTS_AHEAD // self._batch), self._steps - start)
        table = np.zeros((steps, self._batch, self._width), dtype=np.int32)
        for place, stream in enumerate(self._chance):
            if stream is not None:
                # It goes on where it stopped: pieces of it are the same numbers as the whole.
                table[..., place] = stream.integers(0, self._n, table.shape[:2])
        self._order, self._first = torch.as_tensor(table, device=self._columns.device), start

    def _lay_out(self, order: Tensor) -> None:
        """Lay out the batches of some steps (steps, batch, width) for every setting."""
        n = order.numel()
        drawn = self._drawn[:n].view(order.shape)
        torch.add(self._column_of_run, order, alpha=self._width, out=drawn)
        rows = torch.index_select(self._columns, 1, drawn.flatten(), out=self._rows[:, :n])
        _fill(self._points, self._labels, rows.view(-1, *order.shape).permute(1, 2, 0, 3))


class WholeSets:
    """All points of a training set (points, bits + 4, width) each step; their weights sum to 1.

    The weights are 1/N plus Gaussian noise with the covariance (I/N − 1/N²)/batch: that of
    the shares of a batch's points, drawn with replacement, and so the gradient has the covariance
    of a minibatch's (Wu et al. 2020).
    """

    def __init__(
        self, gradient: Gradient, train: Tensor, noise: Chance = (), batch: int = 1
    ) -> None:
        self._gradient, self._noise = gradient, noise
        self._n, self._width = len(train), train.shape[-1]
        self._size = (batch * self._n) ** -0.5
        self._missing = -self._n % POINTS_PER_PIECE  # points of no weight fill up the last piece
        whole = pad(train, (0, 0, 0, 0, 0, self._missing))
        rows = torch.unflatten(whole, 0, (-1, POINTS_PER_PIECE))
        points, labels = _room(train, *rows.shape[:2])
        _fill(points, labels, rows)
        self._batches = Gradient.batches(points, labels)
        self._equal = self._laid_out(train.new_full((1, self._n, self._width), 1 / self._n))
        self._chunk = max(1, POINTS_PER_CHUNK // self._n)

    def gradients(self, start: int, stop: int) -> Iterator[Tensor]:
        """As of `Minibatches`, but weighted over all points."""
        for first in range(start, stop, self._chunk):
            steps = min(self._chunk, stop - first)
            weights = self._drawn(steps) if self._noise else self._equal.expand(steps, *[-1] * 4)
            for of_step in weights:
                yield self._weighted(of_step)

    def _weighted(self, weights: Tensor) -> Tensor:
        total = self._gradient.compute(self._batches[0], weights[0])
        if len(self._batches) > 1:
            total = total.clone()
        for batch, some in zip(self._batches[1:], weights[1:], strict=True):
            total += self._gradient.compute(batch, some)
        return total

    def _drawn(self, steps: int) -> Tensor:
        """Weights of some steps; a run's numbers come from its own stream, step by step."""
        table = np.zeros((steps, self._n, self._width), dtype=np.float32)
        for place, stream in enumerate(self._noise):
            if stream is not None:
                table[..., place] = stream.standard_normal((steps, self._n), dtype=np.float32)
        table -= table.mean(axis=1, keepdims=True)
        noise = self._size * torch.as_tensor(table, device=self._equal.device)
        return self._equal + self._laid_out(noise)

    def _laid_out(self, weights: Tensor) -> Tensor:
        """Weights (steps, points, width) as (steps, pieces, piece, 1, nets)."""
        whole = pad(weights, (0, 0, 0, self._missing))
        pieces = torch.unflatten(whole, 1, (-1, POINTS_PER_PIECE))
        return pieces[:, :, :, None].repeat(1, 1, 1, 1, N_SETTINGS)


def _room(like: Tensor, steps: int, batch: int) -> tuple[Tensor, Tensor]:
    """Points (steps, batch, bits, nets) and labels (steps, batch, 2, nets) that are yet to come."""
    nets = N_SETTINGS * like.shape[-1]
    return like.new_empty(steps, batch, N_BITS, nets), like.new_empty(steps, batch, 2, nets)


def _fill(points: Tensor, labels: Tensor, rows: Tensor) -> None:
    """Copy rows (steps, batch, bits + 4, width) to where each setting has its own."""
    steps, width = len(rows), rows.shape[-1]
    torch.unflatten(points[:steps], -1, (N_SETTINGS, width)).copy_(rows[:, :, :N_BITS, None])
    by_setting = torch.unflatten(labels[:steps], -1, (2, 2, width))
    of_tasks = rows[:, :, N_BITS:]
    by_setting[:, :, 0] = of_tasks[:, :, :2, None]  # Alice's task by her setting
    by_setting[:, :, 1] = of_tasks[:, :, None, 2:]  # Bob's by his
