"""The tab "Sweep": what its form asks for, trained while the Explorer goes on."""

import io
import re
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import traitlets

from ncviz.basics.fields import plain_number
from ncviz.basics.protocol import RULES
from ncviz.basics.writing import as_csv
from ncviz.experiment import Experiment
from ncviz.meaning.verdict import interventions_in
from ncviz.results.result import Moment
from ncviz.sweeps.curve import MOST_CURVES
from ncviz.sweeps.engine import Sweeping, n_cells
from ncviz.sweeps.frames import Sweep, cell_summary
from ncviz.sweeps.grid import grid
from ncviz.sweeps.price import Price
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs import Panel
from ncviz.widgets.parts.controls import Consent
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.parts.view import css, esm
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.sweep import CapacityView, RegimeView

THREAD = "ncviz-sweep"
PARQUET = "application/vnd.apache.parquet"
TELL_SECONDS = 0.2  # between two words about the progress
# From 0.05 to 2, each about two and a half times the one before.
FIVE_RATES = (0.05, 0.12, 0.3, 0.8, 2.0)
# More than these is work for `ncviz.sweep`, which can be left alone and taken up again.
MOST_SIZES, MOST_RUNS = 24, 1000
# Which learning rates: the Explorer's, five, or some that are written down.
OWN, FIVE, LIST = "own", "five", "list"
DEFAULTS = {"from": "1", "to": "8", "kind": OWN, "rates": "0.1, 0.5, 1", "runs": "50"}
"""The fields of the form, and what stands there at first."""


@dataclass(frozen=True)
class Wish:
    """A sweep that is asked for: its cells; or, by fields of the form, why it cannot be."""

    experiment: Experiment
    cells: tuple[Experiment, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)
    agreed: bool = False  # that it may cost much


def read_wish(form: Mapping[str, object], experiment: Experiment) -> Wish:
    """Read the form, for the experiment that the Explorer stands at."""
    text = {name: str(form.get(name, default)).strip() for name, default in DEFAULTS.items()}
    wrong: dict[str, str] = {}
    first = _whole(text["from"], "from", "The smallest size", 10_000, wrong)
    last = _whole(text["to"], "to", "The largest size", 10_000, wrong)
    runs = _whole(text["runs"], "runs", "Runs", MOST_RUNS, wrong)
    rates = _rates(text["kind"], text["rates"], experiment, wrong)
    if first and last and last < first:
        wrong["to"] = f"The largest size must be at least the smallest, {first}."
    elif first and last and last - first >= MOST_SIZES:
        wrong["to"] = (
            f"At most {MOST_SIZES} sizes fit here, not {last - first + 1}; ncviz.sweep takes more."
        )
    if wrong:
        return Wish(experiment, wrong=wrong)
    varied = {"hidden": range(first, last + 1), "learning_rate": rates}
    base = replace(experiment, runs=runs)
    return Wish(base, tuple(grid(base, varied)))


def rest_of(experiment: Experiment) -> str:
    """What the form does not ask for, as one sentence."""
    e = experiment
    tasks = e.pairing if isinstance(e.pairing, str) else f"own tasks ({', '.join(e.pairing)})"
    rule = e.outcome + (f" from {e.threshold:g}" if RULES[e.outcome].of == "run" else "")
    changed = "".join(f", {words}" for words in interventions_in(e))
    return (
        f"Everything else as the Explorer has it now: pairing {tasks}, outcome rule {rule}, "
        f"{e.trunk} trunk, {e.activation}, {e.optimizer}, {e.steps} steps, batch size "
        f"{e.batch_size}, {e.n_train} training and {e.n_test} held-out points, noise "
        f"{e.noise:g}, seed {e.seed}{changed}."
    )


def _whole(text: str, field: str, name: str, most: int, wrong: dict[str, str]) -> int:
    """A whole number, or 0 and a sentence."""
    # More digits than these are no number that could be meant; int() would take long for them.
    if re.fullmatch(r"[0-9]{1,9}", text) and 1 <= int(text) <= most:
        return int(text)
    wrong[field] = f"{name} must be a whole number from 1 to {most}, not “{_cut(text)}”."
    return 0


def _rates(kind: str, text: str, experiment: Experiment, wrong: dict[str, str]) -> list[float]:
    if kind != LIST:
        return [*FIVE_RATES] if kind == FIVE else [experiment.learning_rate]
    rates: list[float] = []
    for part in filter(None, re.split(r"[\s,;]+", text)):
        try:
            rates.append(replace(experiment, learning_rate=plain_number(float, part)).learning_rate)
        except ValueError:
            wrong["rates"] = f"A learning rate must be a number above 0, not “{_cut(part)}”."
            return []
    if not 1 <= len(rates) <= MOST_CURVES:
        wrong["rates"] = f"One to {MOST_CURVES} learning rates, not {len(rates)}."
    elif len(set(rates)) < len(rates):
        wrong["rates"] = "A learning rate is there twice."
    return rates


def _cut(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"


class SweepForm(PageWidget):
    """Ask for a small sweep, show its progress, give its files away."""

    _esm = esm("base", "controls", "form", "save_file", "sweep_form")
    _css = css("base", "controls", "sweep_form")

    values = traitlets.Dict(
        default_value=DEFAULTS,
        key_trait=traitlets.Enum([*DEFAULTS]),
        value_trait=traitlets.Unicode(),
    ).tag(sync=True, from_page=True)
    wrong = traitlets.Dict().tag(sync=True)
    kinds = traitlets.List(traitlets.Dict()).tag(sync=True)
    rest = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(["idle", "running", "done", "cancelled"], "idle").tag(sync=True)
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Int(0, min=0).tag(sync=True)


class SweepPanel(Panel):
    """A form, the capacity curve and the regime map of the sweep that it started."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runner: Runner[Wish | None] = Runner(self._answer, state.fail, THREAD, turn=Turn)
        self._found: dict[Experiment, Mapping[str, Any]] = {}
        self._here: Experiment | None = None
        self._asked: Wish | None = None
        self.form, self.consent = SweepForm(), Consent()
        self.capacity, self.regimes = CapacityView(), RegimeView()
        self.consent.on_agree(state.guarded(self._agree))
        on_message(self.form, state.guarded(self.start), {"start": dict})
        on_message(self.form, lambda cancel: self._runner.submit(None), {"cancel": bool})
        on_message(self.form, state.guarded(self._download), {"download": str})
        self.form.observe(self._tell_others, ["state", "status"])
        self.regimes.on_choose(state.guarded(self._go))
        views = (self.capacity, self.regimes)
        box = box_of("sweep", self.form, self.consent, *views)
        super().__init__(box, views, self._runner.close)
        self._tell()

    def show(self, moment: Moment, rough: bool) -> None:
        """The Explorer has moved: say where it is."""
        if self._state.experiment != self._here:
            self._tell()

    def start(self, start: dict[str, str]) -> None:
        """Train what is asked for, as the form asks (`read_wish`)."""
        values = {name: start.get(name, default) for name, default in DEFAULTS.items()}
        wish = read_wish(values, self._state.experiment)
        self.form.change(values=values, wrong=wish.wrong)
        if not wish.wrong:
            self._submit(wish)

    def _submit(self, wish: Wish) -> None:
        self._asked = None
        self.consent.take_back()
        status = f"{n_cells(len(wish.cells))}; measuring how long that takes"
        self.form.change(state="running", share=0.0, status=status)
        self._runner.submit(wish)

    def _tell(self) -> None:
        """Let the form and the map say where the Explorer stands."""
        with self._state.lock:
            self._here = here = self._state.experiment
            texts = {
                OWN: f"{here.learning_rate:g}, as the Explorer has it",
                FIVE: f"five: {', '.join(f'{rate:g}' for rate in FIVE_RATES)}",
                LIST: "a list of my own",
            }
            kinds = [{"id": kind, "text": text} for kind, text in texts.items()]
            self.form.change(kinds=kinds, rest=rest_of(here))
            if self._state.sweep is not None:
                self.regimes.show(self._state.sweep, here, self._found)

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

    def _agree(self) -> None:
        if self._asked is not None:
            self._submit(replace(self._asked, agreed=True))

    def _download(self, download: str) -> None:
        sweep: Sweep | None = self._state.sweep
        if sweep is None or not sweep.finished:
            return
        if download == "csv":
            self.form.save("ncviz-sweep-runs.csv", "text/csv", as_csv(sweep.runs))
        elif download == "parquet":
            file = io.BytesIO()
            sweep.runs.to_parquet(file, index=False)
            self.form.save("ncviz-sweep-runs.parquet", PARQUET, file.getvalue())

    # What the worker does

    def _answer(self, wish: Wish | None) -> Generator[None, None, None]:
        """Train what is asked for to its end; None ends what was asked for before."""
        try:
            if wish is not None:
                yield from self._train(wish)
        finally:
            self._ended()

    def _train(self, wish: Wish) -> Generator[None, None, None]:
        kept = self._state.sweep.finished if self._state.sweep else {}
        finished = {cell: kept[cell] for cell in wish.cells if cell in kept}
        varied = ("hidden", "learning_rate")
        sweeping = Sweeping(wish.experiment, varied, wish.cells, finished=finished)
        sentence = "Not trained yet: this sweep takes more time or memory than most."
        if not self.consent.allows(Price.of_sweep(sweeping.todo), wish.agreed, sentence):
            self._asked = wish  # the last sweep stays
            self.form.change(state="idle", status=f"{n_cells(len(sweeping.todo))} not started")
            return
        with self._state.lock:
            self._found = {cell: self._found[cell] for cell in finished}
            self._draw(sweeping.sweep)
        told = -TELL_SECONDS
        with closing(sweeping.steps()) as steps:
            for new in steps:
                if new:
                    found = {cell: cell_summary(cell, sweeping.finished[cell]) for cell in new}
                    with self._state.lock:
                        self._found = {**self._found, **found}
                        self._draw(sweeping.sweep)
                if new or time.monotonic() - told >= TELL_SECONDS:
                    told = time.monotonic()
                    self.form.change(share=sweeping.share, status=sweeping.words)
                yield

    def _draw(self, sweep: Sweep) -> None:
        for view in (self.capacity, self.regimes):
            view.show(sweep, self._here, self._found)
        self.form.rows = sum(map(len, sweep.finished.values()))
        self._state.sweep = sweep

    def _ended(self) -> None:
        """Say how the sweep ended, unless it has been said."""
        with self._state.lock:
            if self.form.state != "running":
                return
            sweep: Sweep | None = self._state.sweep
            cells = n_cells(len(sweep.finished) if sweep else 0)
            if sweep and not sweep.missing:
                self.form.change(state="done", share=1.0, status=f"{cells} finished")
            else:
                self.form.change(state="cancelled", status=f"stopped; {cells} finished, and kept")
