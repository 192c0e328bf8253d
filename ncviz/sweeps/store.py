"""A sweep on disk: a folder of Parquet files, one a cell, each written whole or not at all."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ncviz.basics.checks import short
from ncviz.basics.writing import written_whole
from ncviz.engine.stepping import padded
from ncviz.engine.training import RUNS_PER_BLOCK
from ncviz.experiment import Experiment
from ncviz.sweeps.cell import TrainsItself
from ncviz.sweeps.cellfile import Cell, cell_bytes, read_cell
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.identity import here, name_of, state_of, tables_of
from ncviz.sweeps.plan import PLAN, Plan, same_tasks

if TYPE_CHECKING:
    import pandas as pd

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How an address begins; a drive of Windows has one letter."""

CELL = re.compile(r"[0-9a-f]{24}\.parquet")

LEFTOVERS = re.compile(r"\..*|desktop\.ini|thumbs\.db|icon\r|.*\.(lock|part|tmp)", re.I | re.S)
"""What systems, other programs and killed writers leave in a folder."""


class Store:
    """The finished cells of one sweep.

    Several processes may use a store at once. Files of other names than a cell's are left alone.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    fixed : dict
        The fields that are the same in all cells, with their values.
    varied : list of str
        The others.
    kind : type
        Of the experiments.

    Raises
    ------
    ValueError
        If the folder holds another sweep, a sweep over another task of the same name, a newer
        format, or something else, or it is an address.
    OSError
        If it cannot be read or written, for want of rights, say.
    """

    def __init__(
        self,
        folder: "str | os.PathLike[str]",
        fixed: dict[str, Any],
        varied: list[str],
        kind: Any = Experiment,
    ):
        self.folder = _folder(folder)
        self._kind = kind
        mine = Plan.of(self.folder / PLAN, fixed, varied)
        self.folder.mkdir(parents=True, exist_ok=True)
        others = [name for name in os.listdir(self.folder) if not LEFTOVERS.fullmatch(name)]
        if not others:
            mine.write()
        elif not mine.path.exists():
            raise ValueError(f"store must be a new folder or a sweep's; {self.folder} is neither")
        self.plan = Plan.read(mine.path)
        self.plan.agree(mine)

    @classmethod
    def open(cls, folder: "str | os.PathLike[str]", *kinds: Any) -> Self:
        """The store in a folder, whatever its sweep is.

        Parameters
        ----------
        folder : path
        *kinds : type
            Of experiments that it may be of; `Experiment` by default.

        Raises
        ------
        ValueError
            If there is none, or it is damaged, of a newer format or of other experiments.
        OSError
            If it cannot be read, for want of rights, say.
        """
        found = cls.__new__(cls)
        found.folder = _folder(folder)
        plan = found.folder / PLAN
        if not plan.exists():
            raise ValueError(f"{found.folder} is not the store of a sweep: it has no {PLAN}")
        found.plan = Plan.read(plan)
        found._kind = found.plan.kind(kinds or (Experiment,))
        return found

    def load(self, experiment: Experiment) -> "pd.DataFrame | None":
        """The frame of a cell, or None if it is not there.

        Raises
        ------
        ValueError
            If its file is damaged, or of another experiment or task.
        """
        state = state_of(experiment)
        path = self._path(state)
        if not path.exists():
            return None
        cell = self.read(path)
        if cell.tables is not None:
            same_tasks(str(path), state, cell.tables, tables_of(state))
        if cell.experiment != experiment:
            raise ValueError(f"{path} holds another experiment: {cell.experiment.code()}")
        return cell.frame

    def save(self, experiment: Experiment, frame: "pd.DataFrame") -> None:
        """Write the frame of a cell."""
        with written_whole(self._path(state_of(experiment))) as part:
            part.write_bytes(cell_bytes(experiment, frame))

    def read(self, path: Path) -> Cell:
        """The cell in a file of this store; see `read_cell`."""
        cell = read_cell(path, self._kind)
        self.plan.owns(cell)
        return cell

    def each(self) -> Iterator[Cell]:
        """Every finished cell, one after the other, so that memory need not hold them all.

        Raises
        ------
        ValueError
            If a file is damaged, or not of this sweep.
        """
        for name in sorted(os.listdir(self.folder)):
            if CELL.fullmatch(name):
                yield self.read(self.folder / name)

    def cells(self) -> "dict[Experiment, pd.DataFrame]":
        """Every finished cell; see `each`."""
        read = {cell.experiment: cell.frame for cell in self.each()}
        return {cell: read[cell] for cell in self.ordered(read)}

    def sweep(self) -> Sweep:
        """All that is finished, as a sweep."""
        finished = self.cells()
        return Sweep(self.base(finished), self.plan.varied, tuple(finished), finished)

    def base(self, cells: Any) -> Any:
        """An experiment with the fixed fields; the others at their defaults where that is possible.

        Raises
        ------
        ValueError
            If it is not, and there is no cell to take them from.
        """
        try:
            return self._kind.from_state(here(self.plan.fixed, self.plan.tables))
        except ValueError as error:
            # Fixed fields may go together only with values that a cell has: few points, few a step.
            if (first := next(iter(cells), None)) is not None:
                return first
            raise ValueError(f"{self.plan.path}: {error}") from None

    def ordered(self, cells: Any) -> list[Any]:
        """Cells in order of their varied fields: numbers by size, names by the alphabet."""

        def key(cell: Any) -> tuple[Any, ...]:
            # A pairing may be one name or four.
            values = (getattr(cell, name) for name in self.plan.varied)
            return tuple((type(value).__name__, value) for value in values)

        return sorted(cells, key=key)

    def _path(self, state: dict[str, Any]) -> Path:
        return self.folder / f"{name_of(state)}.parquet"


def _folder(folder: object) -> Path:
    """A store's folder, which may not be there yet."""
    try:
        text = os.fspath(folder)  # type: ignore[call-overload]
    except TypeError:
        text = None
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"store must be the path of a folder, not {short(folder)}")
    if ADDRESS.match(text):
        raise ValueError(
            f"store must be a folder of this machine, not the address {short(text)}: copy or mount "
            "what is there"
        )
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"store must be a folder, and {path} is a file")
    return path


DEFAULT = Experiment()


def batches(cells: Sequence[Experiment]) -> list[list[Experiment]]:
    """Sort cells into batches of at most `RUNS_PER_BLOCK` runs that can train together.

    Parameters
    ----------
    cells : sequence of Experiment

    Returns
    -------
    list of list of Experiment
        Each cell once, batches in the order of their first cells. A cell with more runs than a
        block has a batch of its own.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.store import batches
    >>> cells = [Experiment(hidden=n, seed=seed) for n in (2, 3) for seed in (0, 1)]
    >>> [[(e.hidden, e.seed) for e in batch] for batch in batches(cells)]
    [[(2, 0), (2, 1)], [(3, 0), (3, 1)]]
    """
    found: list[list[Experiment]] = []
    open_batch: dict[tuple[object, ...], list[Experiment]] = {}
    for cell in cells:
        if isinstance(cell, TrainsItself):
            found.append([cell])
            continue
        kind = _kind(cell)
        batch = open_batch.get(kind)
        if batch is None or sum(padded(e.runs) for e in [*batch, cell]) > RUNS_PER_BLOCK:
            batch = open_batch[kind] = []
            found.append(batch)
        batch.append(cell)
    return found


def _kind(cell: Experiment) -> tuple[object, ...]:
    """All that cells of one batch have in common."""
    # What a cell may have of its own lies in its draws, its rates or its outcome rule.
    own = (
        *("learning_rate", "pairing", "seed", "noise", "outcome", "threshold", "runs"),
        *("shuffled", "redrawn"),
    )
    # Every step is looked at by "oscillation", which others need not pay for.
    each_step = cell.outcome == "oscillation"
    rest = replace(cell, **{name: getattr(DEFAULT, name) for name in own})
    return (*astuple(rest), each_step)
