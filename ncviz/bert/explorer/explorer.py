"""The LoraExplorer: the CHSH test on a pretrained network, with a few sliders."""

import time
import traceback
from collections.abc import Generator
from contextlib import closing
from dataclasses import fields as fields_of
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from ncviz.basics.checks import a, check_keywords, optional
from ncviz.bert.experiment import FIELDS, LoraExperiment
from ncviz.bert.explorer.stages import Answers, Stage, stages
from ncviz.bert.explorer.views import LoraPictures, where
from ncviz.bert.networks import PACKAGED, that_reads
from ncviz.bert.outside import need
from ncviz.bert.result import LoraResult
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment
from ncviz.sweeps.cost import in_words
from ncviz.widgets.explorer.stage import StateVerdict
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.controls import Actions, ExplorerState, FieldControls
from ncviz.widgets.parts.door import VBox
from ncviz.widgets.parts.layout import box, close_tree
from ncviz.widgets.parts.view import css, with_picture
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The controls must rest for so long before a training starts: it takes seconds to minutes.
REST_SECONDS = 1.0
# For a first answer in about half a minute, where two cores are free.
FIRST = LoraExperiment(runs=2, steps=60)
MAIN = ("rank", "tasks", "learning_rate")  # controls; the others one moves less often
THREAD, OLD = "ncviz-lora", "ncviz-lora-old"
# An experiment that is to be trained; at once, or when the controls have come to rest.
Asked = tuple[LoraExperiment, bool]
a_lora_experiment = a(LoraExperiment, "a LoraExperiment")


class LoraState(ExplorerState):
    """Where a LoraExplorer stands."""

    def moved(self, field: str, value: Any) -> LoraExperiment:
        """The experiment with another value of a field, and a network that reads other tasks."""
        e: LoraExperiment = self.experiment
        if field == "tasks" and value != e.tasks and e.backbone in PACKAGED:
            return replace(e, tasks=value, backbone=that_reads(value))
        return replace(e, **{field: value})


class LoraControls(FieldControls):
    """A control for each field with a scale: `main` ones, and `more` that one moves less often."""

    def __init__(self, state: LoraState) -> None:
        super().__init__(state, FIELDS)
        self.main = box("lora-controls", *self.those(MAIN))
        self.more = box("lora-controls", *self.those(name for name in self if name not in MAIN))

    def blame(self, sentence: str) -> None:
        """Put what is wrong beside the control whose field it names; "" takes that back."""
        for name, control in self.items():
            control.message = sentence if sentence.startswith(f"{name} ") else ""

    def describe(self) -> str:
        """The controls as one line of text."""
        e = self._state.experiment
        said = (f"{FIELDS[name].label}: {FIELDS[name].said(getattr(e, name))}" for name in self)
        return f"{', '.join(said)}."


class LoraVerdict(StateVerdict):
    """The verdict; it also carries the layout of the LoraExplorer."""

    _css = css("base", "verdict_view", "layout", "lora_explorer")


class LoraExplorer(VBox):
    """Move a slider, and when it rests an adapter in a real pretrained network trains anew.

    What was trained is remembered, and shown at once when the controls come back to it.

    Parameters
    ----------
    experiment : LoraExperiment, optional
        Where to start; by default 2 runs of 60 steps, for a first answer within a minute.
    **fields
        Fields of a `LoraExperiment` that differ from `experiment`, or from the defaults.

    Raises
    ------
    ImportError, ValueError, TypeError
        If a package of the extra is missing, a value is bad, or there is no such field.

    Notes
    -----
    No control moves the seed, so that each question gets one look: there is no best of many seeds
    to be told apart from chance, as in the `Explorer`.

    Examples
    --------
    >>> from ncviz.bert import LoraExplorer
    >>> LoraExplorer(rank=-1)
    Traceback (most recent call last):
    ...
    ValueError: rank must be a whole number from 0 to 10000, not -1
    """

    _ready = False  # ipywidgets closes even what could not be made

    def __init__(self, experiment: LoraExperiment | None = None, **fields: Any) -> None:
        for module in ("transformers", "peft"):
            if find_spec(module) is None:
                need(module)
        optional(a_lora_experiment)("experiment", experiment)
        names = [field.name for field in fields_of(LoraExperiment)]
        check_keywords("LoraExplorer()", fields, [*names, "experiment"])
        start = replace(experiment or FIRST, **fields)
        state = self._state = LoraState(start, a_lora_experiment)
        self._asked: Asked | None = None
        self._answers = Answers()
        self._read: set[tuple[object, ...]] = set()
        self._verdict, self._controls = LoraVerdict(state), LoraControls(state)
        self._buttons = Actions("lora-actions", [], "Training")
        self._buttons.on_click(state.guarded(self._clicked))
        self._pictures = LoraPictures()
        state.observe(self._changed, "experiment")
        self._runner: Runner[Asked | None] = Runner(self._answer, state.fail, THREAD, turn=Turn)
        # The style sheet says what stands where.
        left = box("lora-left", self._controls.main, self._controls.more, self._buttons)
        super().__init__([self._verdict, box("lora-columns", left, self._pictures.box)])
        self.add_class("ncviz").add_class("ncviz-lora-explorer")
        self._ready = True
        cells.close_former(self, cells.this_run())
        self._ask(start, True, "starting")

    @property
    def experiment(self) -> LoraExperiment:
        """What the controls show; set it to move them."""
        experiment: LoraExperiment = self._state.experiment
        return experiment

    @experiment.setter
    def experiment(self, experiment: LoraExperiment) -> None:
        self._state.move(experiment)

    @property
    def result(self) -> LoraResult | None:
        """The answer for `experiment`, or None while there is none."""
        with self._state.lock:
            return self._answers.of(self.experiment)

    def describe(self) -> str:
        """The whole state as text: the controls, the verdict, a sentence for each picture."""
        said = [self._controls.describe(), self._verdict.describe(), *self._pictures.describe()]
        return "\n".join(line for line in [*said, self._state.error] if line)

    def figure(self) -> "Figure":
        """S at each rank that was tried with these settings; ValueError without any answer."""
        return self._pictures.ranks.figure(where(self.experiment))

    def close(self) -> None:
        """Stop the training, which waits for the end of its stage, and free every widget."""
        if self._ready:
            with self._state.lock:
                self._asked = None
            self._runner.close()
            close_tree(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        return with_picture(bundle, self.figure) if self._pictures.ranks.frame else bundle

    # What the user does

    def _changed(self, _change: Any) -> None:
        self._controls.blame("")
        if (result := self.result) is None:
            self._mark_old()
            self._ask(self.experiment, False, "waiting until the controls rest")
        else:
            self._end_training()
            self._show_answer(result, "remembered")

    def _clicked(self, button: str) -> None:
        if button != "go":
            return
        if self._asked is not None:
            self._end_training()
            status, moment = "stopped", self._pictures.moment
            if moment is not None and cast(LoraExperiment, moment.experiment) == self.experiment:
                of = f"{moment.step} of {self.experiment.steps}"
                status = f"stopped; S and pictures are those at step {of}"
            self._verdict.show_progress("stopped", 0, status)
            self._show_settings(self.experiment)
        elif self.result is None:
            self._ask(self.experiment, True, "starting")

    def _ask(self, experiment: LoraExperiment, at_once: bool, words: str) -> None:
        with self._state.lock:
            self._asked = asked = (experiment, at_once)
            self._state.error = ""
            self._verdict.show_progress("training", 0, words)
            self._show_settings(experiment)
            self._runner.submit(asked)

    def _end_training(self) -> None:
        self._asked = None
        self._runner.submit(None)

    # What the worker does

    def _answer(self, asked: Asked | None) -> Generator[None, None, None]:
        """Train what is asked for; None ends what was asked for before."""
        if asked is None:
            return
        try:
            e, at_once = asked
            if not at_once:
                self._runner.wait_for_quiet(REST_SECONDS)
                yield
            begun, source = time.monotonic(), (e.backbone, e.tasks, e.n_pool)
            with closing(stages(e, source in self._read)) as on_the_way:
                for stage in on_the_way:
                    yield
                    if stage.moment is not None:
                        self._read.add(source)
                    self._show_stage(asked, stage, time.monotonic() - begun)
        except (ValueError, OSError, ImportError) as error:
            self._failed(asked, str(error))
        except Exception:
            self._failed(asked, traceback.format_exc())

    def _show_stage(self, asked: Asked, stage: Stage, seconds: float) -> None:
        with self._state.lock:
            if self._asked is not asked:
                return
            if stage.meaning:
                experiment, _ = asked
                self._pictures.meanings[experiment.tasks] = stage.meaning
                self._show_settings(experiment)
            if isinstance(stage.moment, LoraResult):
                self._asked = None
                self._answers.add(stage.moment)
                self._show_answer(stage.moment, f"done in {in_words(seconds)}")
                return
            if stage.moment is not None:
                self._show_moment(stage.moment)
            self._verdict.show_progress("training", stage.share, stage.words)

    def _failed(self, asked: Asked, words: str) -> None:
        with self._state.lock:
            if self._asked is asked:
                self._asked = None
                self._controls.blame(words)
                self._show_settings(self.experiment)
                self._state.fail(words)

    # What is shown, with the lock held

    def _show_answer(self, result: LoraResult, words: str) -> None:
        self._state.error = ""
        self._show_moment(result)
        self._show_settings(result.experiment)
        self._verdict.show_progress("done", 1, words)

    def _show_moment(self, moment: Moment) -> None:
        self.remove_class(OLD)
        self._pictures.show(moment)
        self._verdict.show(verdict(moment.summary))

    def _show_settings(self, experiment: LoraExperiment) -> None:
        """What depends on the controls alone: tasks, the ranks tried, the button."""
        result = self._answers.of(experiment)
        self._pictures.show_settings(experiment, result, self._answers.alike(experiment))
        words = "Stop" if self._asked else "Start"
        off = "" if self._asked or result is None else "these settings are trained"
        self._buttons.labels = [{"id": "go", "text": words, "off": off}]

    def _mark_old(self) -> None:
        """Say that the pictures belong to other settings than the controls show."""
        if (moment := self._pictures.moment) is None:
            return
        self.add_class(OLD)
        said, of = verdict(moment.summary), where(cast(LoraExperiment, moment.experiment))
        self._verdict.show(replace(said, note=f"S and pictures of other settings: {of}"))
