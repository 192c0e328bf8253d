"""Pictures at rest; what is kept to compare; and what leaves the Explorer, as texts and files."""

import os
import re
import traceback
from collections.abc import Generator, Iterable
from functools import partial
from typing import Any

import traitlets

from ncviz.basics.checks import ended
from ncviz.basics.writing import as_csv
from ncviz.meaning.verdict import correlator_sentence, oscillation_sentence, s_sentence
from ncviz.results.looking import late_waves
from ncviz.results.pins import file_of
from ncviz.results.result import Moment, Result
from ncviz.widgets.explorer.saved import line_of, query_of, read
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.parts.settled import Drawing, PictureFold
from ncviz.widgets.parts.still import Still
from ncviz.widgets.parts.view import css, esm, figure_of
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

PICTURES = {
    "s": ("S while it trains", ""),
    "losses": ("Losses in the four settings", "losses"),
    "net": ("The net", "net"),
    "correlators": ("How S adds up", "correlators"),
    "signalling": ("Does the partner’s task matter?", "signalling"),
    "s_of_runs": ("S of every run", "pictures"),
    "oscillations": ("Loss oscillations", "pictures"),
    "answer": ("Is this network quantum?", "meaning"),
    "regions": ("Where the network stands", "meaning"),
    "account": ("What accounts for S", "meaning"),
    "influence": ("Who can influence whom", "meaning"),
    "evidence": ("How the evidence grows", "meaning"),
    "counterfactual": ("The same points under four settings", "meaning"),
    "competition": ("Who fights over which neuron", "why"),
}
"""Those that can be saved, by what draws them, but for "s"; and the parts that they need."""


class TakeAway(PageWidget):
    """A card with everything that leaves the Explorer, and the way back in."""

    _esm = esm("base", "controls", "save_file", "take_away")
    _css = css("base", "controls", "take_away")

    code = traitlets.Unicode().tag(sync=True)
    json = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    pictures = traitlets.List(traitlets.Dict()).tag(sync=True)
    rows = traitlets.Int(0, min=0).tag(sync=True)
    pinned = traitlets.Int(0, min=0).tag(sync=True)
    pins = traitlets.Bool(True).tag(sync=True)
    student = traitlets.Unicode().tag(sync=True, from_page=True)
    user = traitlets.Unicode().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        there = {name: text for name, (text, part) in PICTURES.items() if not part or shows(part)}
        self._pictures = frozenset(there)
        super().__init__(
            pictures=[{"id": name, "text": text} for name, text in there.items()],
            pins=shows("compare"),
            student=state.teaching.student,
            user=os.environ.get("JUPYTERHUB_USER", ""),
        )
        self._write()
        on_message(self, self._download, {"download": str}, {"picture": str})
        on_message(self, self._load, {"load": str})
        state.observe(self._write, "experiment")
        state.observe(self._count, ["result", "pinned"])

    def _write(self, _change: object = None) -> None:
        """Write down the experiment."""
        experiment, teaching = self._state.experiment, self._state.teaching
        code, query = line_of(experiment, teaching), query_of(experiment, teaching)
        self.change(code=code, json=experiment.to_json(), query=query, message="")

    def _count(self, _change: object) -> None:
        """Tell how many runs there are to take away."""
        result = self._state.result
        rows = len(result.per_run.S) if result else 0
        self.change(rows=rows, pinned=self._state.pins.n_runs)

    def _download(self, download: str, picture: str = "") -> None:
        state = self._state
        result, moment, pins = state.result, state.moment, state.pins
        try:
            if download == "pinned" and pins.n_runs:
                frame = pins.frame
                pairings = frame["pairing"].unique()
                what = "several" if len(pairings) > 1 else pairings[0]
                what = "own-tasks" if ";" in what else what
                name = file_of(what, len(frame), self.student or self.user)
                self.save(name, "text/csv", as_csv(frame))
            elif download == "runs" and result is not None:
                self.save(f"{_stem(result)}-runs.csv", "text/csv", as_csv(result.runs))
            elif download in ("png", "svg") and moment and picture in self._pictures:
                self._save_picture(moment, download, picture)
        except Exception:
            state.fail(traceback.format_exc())

    def _save_picture(self, moment: Moment, kind: str, picture: str) -> None:
        from ncviz import figures

        self.busy = True
        try:
            figure = self._figure(moment, picture)
            mime = "image/png" if kind == "png" else "image/svg+xml"
            drawn = figures.png(figure) if kind == "png" else figures.svg(figure)
            self.save(f"{_stem(moment)}-{picture}.{kind}", mime, drawn)
        finally:
            self.busy = False

    def _figure(self, moment: Moment, picture: str) -> Any:
        from ncviz import figures

        state = self._state
        if picture == "net":
            run = min(state.run, moment.runs_kept - 1)
            return figure_of(figures.net(moment.net(run, state.setting)))
        if picture == "counterfactual":
            run = min(state.points_run, moment.experiment.runs - 1)
            return figure_of(figures.counterfactual(moment, run=run))
        drawing = figures.s_training if picture == "s" else getattr(figures, picture)
        return figure_of(drawing(moment))

    def _load(self, load: str) -> None:
        try:
            experiment = read(load)
            self._state.teaching.check(experiment, self._state.experiment)
        except ValueError as error:
            self.message = f"{ended(error)} Nothing was changed."
            return
        self.message = ""
        self._state.move(experiment)


def _stem(moment: Moment) -> str:
    """A file name that tells the experiment."""
    query = moment.experiment.to_query() or "default"
    return "ncviz-" + re.sub(r"[^\w.-]+", "-", query)[:80].strip("-")


class PinnedList(PageWidget):
    """A list of pinned experiments, each with a button to show it and one to remove it."""

    _esm = esm("base", "controls", "pinned_list")
    _css = css("base", "controls", "pinned_list")

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)


class Compare:
    """Answers the wishes to compare."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._buttons, pinned = Actions("compare", [], "Compare"), PinnedList()
        self._buttons.on_click(state.guarded(self._clicked))
        on_message(pinned, state.guarded(self._show_pinned), {"show": str})
        on_message(pinned, state.guarded(state.unpin), {"remove": str})
        traitlets.dlink((state, "pinned"), (pinned, "rows"))
        self.box = box_of("compare-box", self._buttons, pinned)
        self._show()
        state.observe(self._show, ["result", "kept"])

    def _show(self, _change: object = None) -> None:
        """Let the buttons tell what can be done now."""
        waiting = "" if self._state.result else "while it trains there is nothing to pin"
        kept = "" if self._state.kept else "nothing is kept"
        self._buttons.labels = [
            {"id": "keep", "text": "Keep this", "title": "leave these curves behind the next"},
            {"id": "forget", "text": "Forget it", "title": "take them away", "off": kept},
            {"id": "pin", "text": "Pin this run", "title": "keep its runs", "off": waiting},
        ]

    def _clicked(self, button: str) -> None:
        state = self._state
        if button == "keep" and state.shown is not None:
            state.kept += 1
        elif button == "forget":
            state.kept = 0
        elif button == "pin" and state.result is not None:
            state.pin(state.result)

    def _show_pinned(self, show: str) -> None:
        if (experiment := self._state.pins.experiment(show)) is not None:
            self._state.move(experiment)


STILL_SECONDS = 1.0  # pictures for later are drawn when nothing has moved for so long
# Where many kernels are busy, what somebody looks at goes first for so long.
PATIENCE_SECONDS = 10.0
THREAD = "ncviz-drawing"


class Gallery:
    """Draws settled pictures on a thread of its own: a moved slider must not wait for them."""

    def __init__(self, state: State) -> None:
        self._state, self._still = state, Still()
        self.fold = None
        if state.teaching.shows("pictures"):
            self.fold = PictureFold("Settled pictures", self._wish)
            self.fold.button.add_class("ncviz-settled")
        self._runner: Runner[Result | None] = Runner(
            self._draw, state.fail, THREAD, lambda: Turn(free_seconds=0, patience=PATIENCE_SECONDS)
        )
        self.close = self._runner.close
        state.observe(self._wish, "result")

    def publish(self) -> None:
        """Put the last picture into the cell that is being run, maybe long after the result."""
        self._still.publish()
        self._wish()

    def _wish(self, _change: object = None) -> None:
        """Draw all pictures that are wanted now; without a result, end what is being drawn."""
        self._runner.submit(self._state.result)

    def _draw(self, result: Result | None) -> Generator[None, None, None]:
        if result is None:
            return
        if self.fold:
            yield from self.fold.draw(result, lambda: _drawings(result))
        self._runner.wait_for_quiet(STILL_SECONDS)
        yield
        self._still.draw(result)


def _drawings(result: Result) -> Iterable[Drawing]:
    from ncviz import figures  # matplotlib and seaborn take a second to load

    _, waves = late_waves(result.recording, result.index)
    for draw, title, caption in (
        (figures.s_of_runs, "S of every run", s_sentence(result.summary, result.step)),
        (figures.correlators, "Correlators", correlator_sentence(result.summary)),
        (figures.oscillations, "Loss oscillations", oscillation_sentence(waves.std(axis=0))),
    ):
        yield draw.__name__, draw, partial(_told, title, caption)


def _told(title: str, caption: str, _axes: object) -> dict[str, str]:
    return {"caption": caption, "alt": f"{title}. {caption}"}
