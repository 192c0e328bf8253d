"""The tab "Sweep": many experiments, while the Explorer goes on."""

import io
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ncviz.basics.writing import as_csv
from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.sweeps.cell import train_cells
from ncviz.sweeps.cost import in_words, seconds, work
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.price import Price
from ncviz.sweeps.store import batches
from ncviz.sweeps.summary import cell_summary
from ncviz.widgets.explorer.tabs.sweep_form import FIVE_RATES, VARIED, SweepForm, read_wish, rest_of
from ncviz.widgets.parts.consent import Consent
from ncviz.widgets.parts.door import Box
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.capacity import CapacityView
from ncviz.widgets.views.regime import RegimeView
from ncviz.widgets.views.sweep import SweepView

if TYPE_CHECKING:
    import pandas as pd

THREAD = "ncviz-sweep"

TELL_SECONDS = 0.2
"""Between two words about the progress."""

MEASURED = 0.05
"""Share of the work from which the time left is told from the time that it took."""


@dataclass(frozen=True)
class Plan:
    """A sweep to be trained: what its cells are made from, and the cells."""

    experiment: Experiment
    cells: tuple[Experiment, ...]
    agreed: bool = False  # that it may cost much


class SweepPanel:
    """A form, the capacity curve and the regime map of the sweep that it started."""

    def __init__(
        self,
        experiment: Callable[[], Experiment],
        on_choose: Callable[[Experiment], None],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
        on_error: Callable[[str], None],
    ) -> None:
        self._experiment = experiment
        self._runner: Runner[Plan | None] = Runner(self._answer, on_error, THREAD, turn=Turn)
        # The sweep grows on its own thread, and the Explorer moves on others.
        self._lock = threading.RLock()
        self._sweep: Sweep | None = None
        self._found: dict[Experiment, Mapping[str, Any]] = {}
        self._here: Experiment | None = None
        self.form = SweepForm()
        self.capacity, self.regimes = CapacityView(), RegimeView()
        self.consent = Consent()
        self._asked: Plan | None = None
        self.consent.on_agree(guarded(self._agree))
        self.form.on_start(guarded(self.start))
        self.form.on_cancel(guarded(self._cancel))
        self.form.on_download(guarded(self._download))
        self.regimes.on_choose(guarded(on_choose))
        self.views: tuple[SweepView, ...] = (self.capacity, self.regimes)
        self.box = Box([self.form, self.consent, *self.views])
        self.box.add_class("ncviz-sweep")
        self._tell(experiment())

    @property
    def sweep(self) -> Sweep | None:
        """The cells that are finished, of the sweep that was started last."""
        return self._sweep

    def show(self, moment: Moment, rough: bool) -> None:
        """The Explorer has moved: say where it is."""
        experiment = self._experiment()
        if experiment != self._here:
            self._tell(experiment)

    def start(self, values: dict[str, str]) -> None:
        """Train what is asked for, as the form asks (`read_wish`)."""
        wish = read_wish(values, self._experiment())
        with self.form.hold_sync():
            self.form.values, self.form.wrong = values, wish.wrong
            if wish.wrong:
                return
        self._submit(Plan(replace(wish.experiment, runs=wish.cells[0].runs), wish.cells))

    def _submit(self, plan: Plan) -> None:
        self._asked = None
        self.consent.take_back()
        with self.form.hold_sync():
            self.form.state, self.form.share = "running", 0.0
            self.form.status = f"{_cells(len(plan.cells))}; measuring how long that takes"
        self._runner.submit(plan)

    def close(self) -> None:
        """End the training; the widgets are freed with the box."""
        self._runner.close()

    def _tell(self, experiment: Experiment) -> None:
        """Let the form and the map say where the Explorer stands."""
        five = ", ".join(f"{rate:g}" for rate in FIVE_RATES)
        with self.form.hold_sync():
            self.form.offer(experiment.learning_rate, f"five: {five}")
            self.form.rest = rest_of(experiment)
        with self._lock:
            self._here = experiment
            if self._sweep is not None:
                self.regimes.show(self._sweep, experiment, self._found)

    # What the user does

    def _cancel(self) -> None:
        self._runner.submit(None)

    def _agree(self) -> None:
        if self._asked is not None:
            self._submit(replace(self._asked, agreed=True))

    def _download(self, kind: str) -> None:
        sweep = self._sweep
        if sweep is None or not sweep.finished:
            return
        if kind == "csv":
            self.form.save("ncviz-sweep-runs.csv", "text/csv", as_csv(sweep.runs))
        elif kind == "parquet":
            file = io.BytesIO()
            sweep.runs.to_parquet(file, index=False)
            self.form.save("ncviz-sweep-runs.parquet", PARQUET, file.getvalue())

    # What the worker does

    def _answer(self, plan: Plan | None) -> Generator[None, None, None]:
        """Train a plan to its end; None ends the one before."""
        if plan is None:
            self._ended()
            return
        try:
            yield from self._train(plan)
        finally:
            self._ended()

    def _train(self, plan: Plan) -> Generator[None, None, None]:
        kept = self._sweep.finished if self._sweep else {}
        finished = {cell: kept[cell] for cell in plan.cells if cell in kept}
        todo = [cell for cell in plan.cells if cell not in finished]
        if not self._may_start(plan, todo):
            return
        with self._lock:
            self._found = {cell: self._found[cell] for cell in finished}
            self._draw(plan, finished)
        progress = Progress(len(plan.cells), todo)
        for batch in batches(todo):
            with closing(train_cells(batch)) as training:
                frames = yield from self._steps(batch, training, progress)
            finished = {**finished, **dict(zip(batch, frames, strict=True))}
            progress.finished(batch)
            new = {cell: cell_summary(cell, finished[cell]) for cell in batch}
            with self._lock:
                self._found = {**self._found, **new}
                self._draw(plan, finished)
            self._say(progress)
            yield

    def _may_start(self, plan: Plan, todo: Sequence[Experiment]) -> bool:
        """Whether it may be trained at once; else its price is told, and the last sweep stays."""
        price = Price.of_sweep(todo)
        if price is None or (plan.agreed and not price.refusal()):
            return True
        self._asked = plan
        self.consent.ask("Not trained yet: this sweep takes more time or memory than most.", price)
        with self.form.hold_sync():
            self.form.state, self.form.status = "idle", f"{_cells(len(todo))} not started"
        return False

    def _steps(
        self,
        batch: Sequence[Experiment],
        training: "Generator[float, None, list[pd.DataFrame]]",
        progress: "Progress",
    ) -> "Generator[None, None, list[pd.DataFrame]]":
        """Let cells train to their end, telling how far they are; returns their frames."""
        told = -TELL_SECONDS
        while True:
            try:
                share = next(training)
            except StopIteration as end:
                frames: list[pd.DataFrame] = end.value
                return frames
            progress.inside = share * sum(work(cell) for cell in batch)
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                self._say(progress)
            yield

    def _say(self, progress: "Progress") -> None:
        with self.form.hold_sync():
            self.form.share, self.form.status = progress.share, progress.words

    def _draw(self, plan: Plan, finished: "dict[Experiment, pd.DataFrame]") -> None:
        sweep = Sweep(plan.experiment, VARIED, plan.cells, finished)
        self._sweep = sweep
        self.capacity.show(sweep, self._here, self._found)
        self.regimes.show(sweep, self._here, self._found)
        self.form.rows = sum(len(frame) for frame in finished.values())

    def _ended(self) -> None:
        """Say how the sweep ended, unless it has been said."""
        with self._lock:
            if self.form.state != "running":
                return
            done = self._sweep is not None and not self._sweep.missing
            cells = 0 if self._sweep is None else len(self._sweep.finished)
            with self.form.hold_sync():
                self.form.state = "done" if done else "cancelled"
                if done:
                    self.form.share, self.form.status = 1.0, f"{_cells(cells)} finished"
                else:
                    self.form.status = f"stopped; {_cells(cells)} finished, and kept"


class Progress:
    """How far a sweep is, and how long it takes."""

    def __init__(self, cells: int, todo: list[Experiment]) -> None:
        self._cells, self._left = cells, len(todo)
        self._total = sum(work(cell) for cell in todo)
        self._done = 0.0
        self._estimate = seconds(todo)
        self._start = time.monotonic()
        self.inside = 0.0  # work that is done of cells that are not finished

    def finished(self, batch: Sequence[Experiment]) -> None:
        """Some cells are trained."""
        self._left -= len(batch)
        self._done, self.inside = self._done + sum(work(cell) for cell in batch), 0.0

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        return min(1.0, (self._done + self.inside) / self._total) if self._total else 1.0

    @property
    def words(self) -> str:
        """The cells that are finished, and the time that is left."""
        share = self.share
        left = self._estimate * (1 - share)
        if share > MEASURED:
            left = (time.monotonic() - self._start) / share * (1 - share)
        done = f"{self._cells - self._left} of {_cells(self._cells)} finished"
        return f"{done}; about {in_words(left)} left" if self._left else done


PARQUET = "application/vnd.apache.parquet"


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"
