"""What leaves the Explorer: its state as text, its runs and pictures as files."""

import os
import re
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import ended
from ncviz.basics.writing import as_csv
from ncviz.experiment import Experiment
from ncviz.results.pins import Pins, file_of
from ncviz.results.result import Moment, Result
from ncviz.widgets.explorer.panels import Panels
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.explorer.teaching_text import line_of, query_of, read
from ncviz.widgets.parts.take_away import TakeAway
from ncviz.widgets.parts.view import figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = {
    "s": "S while it trains",
    "losses": "Losses in the four settings",
    "net": "The net",
    "correlators": "How S adds up",
    "signalling": "Does the partner’s task matter?",
    "s_of_runs": "S of every run",
    "oscillations": "Loss oscillations",
    "answer": "Is this network quantum?",
    "regions": "Where the network stands",
    "account": "What accounts for S",
    "influence": "Who can influence whom",
    "evidence": "How the evidence grows",
    "counterfactual": "The same points under four settings",
    "competition": "Who fights over which neuron",
}
"""The pictures that can be saved, whether a view shows them just now or not; but for "s", by the
name of the function that draws them."""

PARTS = {
    **{name: name for name in ("losses", "net", "correlators", "signalling")},
    **dict.fromkeys(("s_of_runs", "oscillations"), "pictures"),
    **dict.fromkeys(
        ("answer", "regions", "account", "influence", "evidence", "counterfactual"), "meaning"
    ),
    "competition": "why",
}
"""The part of the Explorer without which there is no such picture to save either."""


class Desk:
    """Answers the wishes of the take-away card."""

    def __init__(
        self,
        pins: Pins,
        result: Callable[[], Result | None],
        experiment: Experiment,
        stage: Stage,
        panels: Panels,
        on_load: Callable[[Experiment], None],
        on_error: Callable[[str], None],
        teaching: Teaching,
    ) -> None:
        self._pins = pins
        self._result = result
        self._stage = stage
        self._panels = panels
        self._on_load = on_load
        self._on_error = on_error
        self._teaching = teaching
        self._pictures = {
            name: text
            for name, text in PICTURES.items()
            if name not in PARTS or teaching.shows(PARTS[name])
        }
        self.card = TakeAway(
            [{"id": name, "text": text} for name, text in self._pictures.items()],
            pins=teaching.shows("compare"),
            student=teaching.student,
            user=os.environ.get("JUPYTERHUB_USER", ""),
        )
        self.show(experiment)
        self.card.on_download(self._download)
        self.card.on_load(self._load)

    def show(self, experiment: Experiment) -> None:
        """Write down an experiment."""
        self._experiment = experiment
        with self.card.hold_sync():
            self.card.code = line_of(experiment, self._teaching)
            self.card.json = experiment.to_json()
            self.card.query = query_of(experiment, self._teaching)
            self.card.message = ""

    def count(self) -> None:
        """Tell how many runs there are to take away."""
        result = self._result()
        with self.card.hold_sync():
            self.card.rows = len(result.per_run.S) if result else 0
            self.card.pinned = self._pins.n_runs

    def _download(self, kind: str, picture: str) -> None:
        result, moment = self._result(), self._stage.shown
        try:
            if kind == "pinned" and self._pins.n_runs:
                self._save_pinned(self._pins.frame)
            elif kind == "runs" and result is not None:
                self._save_frame(f"{_stem(result)}-runs.csv", result.runs)
            elif kind in ("png", "svg") and picture in self._pictures and moment is not None:
                self._save_picture(moment, kind, picture)
        except Exception:
            self._on_error(traceback.format_exc())

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

        if picture == "net":
            chosen = self._stage.net
            assert chosen is not None  # else there is no such picture
            run = min(chosen.run, moment.runs_kept - 1)
            return figure_of(figures.net(moment.net(run, chosen.setting)))
        if picture == "counterfactual":
            return figure_of(figures.counterfactual(moment, run=self._run_of_points(moment)))
        drawing = figures.s_training if picture == "s" else getattr(figures, picture)
        return figure_of(drawing(moment))

    def _run_of_points(self, moment: Moment) -> int:
        """The run that the view of single points shows, or would."""
        from ncviz.widgets.explorer.tabs.meaning import Meaning

        panel = self._panels.made("meaning")
        run = panel.counterfactual.run if isinstance(panel, Meaning) else 0
        return min(run, moment.experiment.runs - 1)

    def _load(self, text: str) -> None:
        try:
            experiment = read(text)
            self._teaching.check(experiment, self._experiment)
        except ValueError as error:
            self.card.message = f"{ended(error)} Nothing was changed."
            return
        self.card.message = ""
        self._on_load(experiment)


def _stem(moment: Moment) -> str:
    """A file name that tells the experiment."""
    query = moment.experiment.to_query() or "default"
    return "ncviz-" + re.sub(r"[^\w.-]+", "-", query)[:80].strip("-")
