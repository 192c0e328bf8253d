"""The tab "Sweep": many experiments, while the Explorer goes on."""

import io
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from ncviz.basics.writing import as_csv
from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.sweeps.cost import Price
from ncviz.sweeps.engine import Sweeping, n_cells
from ncviz.sweeps.frames import Sweep, cell_summary
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs.sweep_form import (
    DEFAULTS,
    FIELDS,
    FIVE_RATES,
    VARIED,
    SweepForm,
    read_wish,
    rest_of,
)
from ncviz.widgets.parts.controls import Consent
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.sweep import CapacityView, RegimeView

THREAD = "ncviz-sweep"

TELL_SECONDS = 0.2
"""Between two words about the progress."""


@dataclass(frozen=True)
class Plan:
    """A sweep to be trained: what its cells are made from, and the cells."""

    experiment: Experiment
    cells: tuple[Experiment, ...]
    agreed: bool = False  # that it may cost much


class SweepPanel:
    """A form, the capacity curve and the regime map of the sweep that it started."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runner: Runner[Plan | None] = Runner(self._answer, state.fail, THREAD, turn=Turn)
        self._found: dict[Experiment, Mapping[str, Any]] = {}
        self._here: Experiment | None = None
        self._asked: Plan | None = None
        self.form, self.consent = SweepForm(), Consent()
        self.capacity, self.regimes = CapacityView(), RegimeView()
        self.consent.on_agree(state.guarded(self._agree))
        on_message(self.form, state.guarded(self.start), {"start": dict})
        on_message(self.form, state.guarded(self._cancel), {"cancel": bool})
        on_message(self.form, state.guarded(self._download), {"download": str})
        self.form.observe(self._tell_others, ["state", "status"])
        self.regimes.on_choose(state.guarded(self._go))
        self.views = (self.capacity, self.regimes)
        self.box = box_of("sweep", self.form, self.consent, *self.views)
        self._tell()

    @property
    def _sweep(self) -> Sweep | None:
        """The cells that are finished, of the sweep that was started last."""
        found: Sweep | None = self._state.sweep
        return found

    def show(self, moment: Moment, rough: bool) -> None:
        """The Explorer has moved: say where it is."""
        if self._state.experiment != self._here:
            self._tell()

    def start(self, start: dict[str, str]) -> None:
        """Train what is asked for, as the form asks (`read_wish`)."""
        values = {name: start.get(name, DEFAULTS[name]) for name in FIELDS}
        wish = read_wish(values, self._state.experiment)
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
            self.form.status = f"{n_cells(len(plan.cells))}; measuring how long that takes"
        self._runner.submit(plan)

    def close(self) -> None:
        """End the training; the widgets are freed with the box."""
        self._runner.close()

    def _tell(self) -> None:
        """Let the form and the map say where the Explorer stands."""
        five = ", ".join(f"{rate:g}" for rate in FIVE_RATES)
        with self._state.lock:
            self._here = here = self._state.experiment
            with self.form.hold_sync():
                self.form.offer(here.learning_rate, f"five: {five}")
                self.form.rest = rest_of(here)
            if self._sweep is not None:
                self.regimes.show(self._sweep, here, self._found)

    def _tell_others(self, _change: object) -> None:
        with self._state.lock:
            running = self.form.state == "running"
            self._state.sweeping = self.form.status if running else ""

    # What the user does

    def _go(self, cell: Experiment) -> None:
        """Go to a cell, with as many runs as here where these are fixed."""
        here = self._state.experiment
        fixed = "runs" in self._state.teaching.fixed
        self._state.move(replace(cell, runs=here.runs) if fixed else cell)

    def _cancel(self, cancel: bool) -> None:
        self._runner.submit(None)

    def _agree(self) -> None:
        if self._asked is not None:
            self._submit(replace(self._asked, agreed=True))

    def _download(self, download: str) -> None:
        sweep = self._sweep
        if sweep is None or not sweep.finished:
            return
        if download == "csv":
            self.form.save("ncviz-sweep-runs.csv", "text/csv", as_csv(sweep.runs))
        elif download == "parquet":
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
        sweeping = Sweeping(plan.experiment, VARIED, plan.cells, finished=finished)
        if not self._may_start(plan, sweeping.todo):
            return
        with self._state.lock:
            self._found = {cell: self._found[cell] for cell in finished}
            self._draw(sweeping.sweep)
        told = -TELL_SECONDS
        with closing(sweeping.steps()) as steps:
            for new in steps:
                found = {cell: cell_summary(cell, sweeping.finished[cell]) for cell in new}
                if new:
                    with self._state.lock:
                        self._found = {**self._found, **found}
                        self._draw(sweeping.sweep)
                if new or time.monotonic() - told >= TELL_SECONDS:
                    told = time.monotonic()
                    with self.form.hold_sync():
                        self.form.share, self.form.status = sweeping.share, sweeping.words
                yield

    def _may_start(self, plan: Plan, todo: Sequence[Experiment]) -> bool:
        """Whether it may be trained at once; else its price is told, and the last sweep stays."""
        price = Price.of_sweep(todo)
        if price is None or (plan.agreed and not price.refusal()):
            return True
        self._asked = plan
        self.consent.ask("Not trained yet: this sweep takes more time or memory than most.", price)
        with self.form.hold_sync():
            self.form.state, self.form.status = "idle", f"{n_cells(len(todo))} not started"
        return False

    def _draw(self, sweep: Sweep) -> None:
        self.capacity.show(sweep, self._here, self._found)
        self.regimes.show(sweep, self._here, self._found)
        self.form.rows = sum(len(frame) for frame in sweep.finished.values())
        self._state.sweep = sweep

    def _ended(self) -> None:
        """Say how the sweep ended, unless it has been said."""
        with self._state.lock:
            if self.form.state != "running":
                return
            done = self._sweep is not None and not self._sweep.missing
            cells = 0 if self._sweep is None else len(self._sweep.finished)
            with self.form.hold_sync():
                self.form.state = "done" if done else "cancelled"
                if done:
                    self.form.share, self.form.status = 1.0, f"{n_cells(cells)} finished"
                else:
                    self.form.status = f"stopped; {n_cells(cells)} finished, and kept"


PARQUET = "application/vnd.apache.parquet"
