"""What is kept to compare, and what leaves the Explorer: as text, runs and pictures as files."""

import os
import re
import traceback
from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.basics.checks import ended
from ncviz.basics.writing import as_csv
from ncviz.results.pins import file_of
from ncviz.results.result import Moment
from ncviz.widgets.explorer.saved import line_of, query_of, read
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.parts.view import css, esm, figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
"""The pictures that can be saved, whether a view shows them just now or not, and the part of the
Explorer without which there is none; but for "s", by the name of the function that draws them."""


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


class Desk:
    """Answers the wishes of the take-away card."""

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        pictures = [
            {"id": name, "text": text}
            for name, (text, part) in PICTURES.items()
            if not part or shows(part)
        ]
        self._pictures = {each["id"] for each in pictures}
        self.card = TakeAway(
            pictures=pictures,
            pins=shows("compare"),
            student=state.teaching.student,
            user=os.environ.get("JUPYTERHUB_USER", ""),
        )
        self._write()
        on_message(self.card, self._download, {"download": str}, {"picture": str})
        on_message(self.card, self._load, {"load": str})
        state.observe(self._write, "experiment")
        state.observe(self._count, ["result", "pinned"])

    def _write(self, _change: object = None) -> None:
        """Write down the experiment."""
        experiment, teaching = self._state.experiment, self._state.teaching
        with self.card.hold_sync():
            self.card.code = line_of(experiment, teaching)
            self.card.json = experiment.to_json()
            self.card.query = query_of(experiment, teaching)
            self.card.message = ""

    def _count(self, _change: object) -> None:
        """Tell how many runs there are to take away."""
        result = self._state.result
        with self.card.hold_sync():
            self.card.rows = len(result.per_run.S) if result else 0
            self.card.pinned = self._state.pins.n_runs

    def _download(self, download: str, picture: str = "") -> None:
        result, moment, pins = self._state.result, self._state.moment, self._state.pins
        try:
            if download == "pinned" and pins.n_runs:
                self._save_pinned(pins.frame)
            elif download == "runs" and result is not None:
                self._save_frame(f"{_stem(result)}-runs.csv", result.runs)
            elif download in ("png", "svg") and moment and picture in self._pictures:
                self._save_picture(moment, download, picture)
        except Exception:
            self._state.fail(traceback.format_exc())

    def _save_pinned(self, frame: Any) -> None:
        pairings = frame["pairing"].unique()
        what = "several" if len(pairings) > 1 else pairings[0]
        what = "own-tasks" if ";" in what else what
        who = self.card.student or self.card.user
        self._save_frame(file_of(what, len(frame), who), frame)

    def _save_frame(self, name: str, frame: Any) -> None:
        self.card.save(name, "text/csv", as_csv(frame))

    def _save_picture(self, moment: Moment, kind: str, picture: str) -> None:
        from ncviz import figures

        self.card.busy = True
        try:
            figure = self._figure(moment, picture)
            name = f"{_stem(moment)}-{picture}.{kind}"
            if kind == "png":
                self.card.save(name, "image/png", figures.png(figure))
            else:
                self.card.save(name, "image/svg+xml", figures.svg(figure))
        finally:
            self.card.busy = False

    def _figure(self, moment: Moment, picture: str) -> "Figure":
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
            self.card.message = f"{ended(error)} Nothing was changed."
            return
        self.card.message = ""
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
        on_message(pinned, state.guarded(lambda remove: state.unpin(remove)), {"remove": str})
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
