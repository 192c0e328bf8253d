"""What the LoraExplorer shows of an answer: pictures, the table of its tasks, and sentences."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bert.experiment import FIELDS, LoraExperiment
from ncviz.bert.ranks import DIVERGED, Rank, draw, without_correlation
from ncviz.bert.result import LoraResult, Provenance
from ncviz.inference import format_number
from ncviz.meaning.verdict import runs_of
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.layout import Statement, box
from ncviz.widgets.parts.settled import PictureView, Target, strips
from ncviz.widgets.parts.view import View, figure_of
from ncviz.widgets.views.training import CorrelatorView, LossView, SignallingView, SView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ncviz.figures.parts.style import Style

# Of the table: task, what its two answers stand for, accuracy, and that of the majority class.
COLUMNS = ("", "answer 1 | answer 0", "right", "majority")
SHARES = ("accuracy", "majority")
FEW = 5  # runs below which intervals are wide whatever the nets do


class LoraPictures:
    """Live views of one training, the ranks that were tried, the tasks, and sentences."""

    def __init__(self) -> None:
        self.moment: Moment | None = None
        # What the answers to four tasks stand for, as far as it is known.
        self.meanings: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._views: tuple[View, ...] = (SView(), LossView(), CorrelatorView(), SignallingView())
        self.ranks = LoraRanksView()
        self._tasks, self._about = Statement("What is asked"), Statement("What this S is")
        self._about.wait = "told when a training is finished"
        for part in (*self._views, self._about):
            part.add_class("ncviz-lora-of-training")  # not of the controls
        s, *others = self._views
        left = Box([s, self.ranks, self._tasks, self._about])
        self.box = box("lora-views", left, Box(others))

    def show(self, moment: Moment) -> None:
        """Show a snapshot or a result."""
        self.moment = moment
        for view in self._views:
            view.show(moment)
        self._about.fill(about(moment) if isinstance(moment, LoraResult) else ())

    def show_settings(
        self, experiment: LoraExperiment, result: LoraResult | None, alike: Sequence[LoraResult]
    ) -> None:
        """Show what depends on the controls alone: tasks with their answer, and the ranks tried."""
        if result is not None:
            self.meanings[experiment.tasks] = result.provenance.meaning
        meaning = self.meanings.get(experiment.tasks, ())
        self._tasks.fill((), COLUMNS, rows(experiment.tasks, meaning, result))
        self.ranks.show(alike, experiment.rank)

    def describe(self) -> list[str]:
        """A sentence for each picture, after those on S."""
        pictures = [self.ranks, *self._views]
        return [*self._about.sentences, *[picture.describe() for picture in pictures]]


class LoraRanksView(PictureView):
    """Show S against the rank, beside the product baseline and S on the training texts."""

    ABOUT: ClassVar = {
        "title": "S at each rank you have tried",
        "waiting": "no answer with these settings yet",
        "kind": "strips",
        "parts": "Ranks; the left and right arrow keys go from one to the next",
        "hint": "Point at a rank, or go through the ranks with the arrow keys.",
    }

    def __init__(self) -> None:
        self._ranks: list[Rank] = []
        self._here = 0
        super().__init__()
        self.add_class("ncviz-lora-ranks")

    def show(self, results: Sequence[LoraResult], here: int) -> None:
        """Draw the answers, if any, of experiments that differ in their rank, `here` marked."""
        self._ranks, self._here = sorted(map(rank_of, results), key=lambda found: found.rank), here
        told = {}
        if self._ranks:
            over = f"mean of {runs_of(results[0].experiment.runs)}, 95 % interval; dots: runs"
            told = {"subtitle": over, "caption": _of_ranks(self._ranks)}
        self._tell(told)

    def figure(self, note: str = "") -> "Figure":
        """The same picture, settled, with a line above it."""
        return figure_of(draw(self._ranks, note))

    def _axes(self, style: "Style") -> "Axes":
        return draw(self._ranks, "", style=style)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        for r, at in zip(self._ranks, strips(axes, range(len(self._ranks))), strict=True):
            name = f"rank {r.rank}" if r.rank else "no adapter"
            train, product = (format_number(e.value) for e in (r.S_train, r.S_product))
            words = f"{name}: S = {r.S}, on training texts {train}, without correlation {product}"
            yield Target(words, [at], r.rank == self._here)


def rank_of(result: LoraResult) -> Rank:
    """The numbers of one rank, from its answer."""
    summary, rank = result.summary, result.experiment.rank
    accuracy, majority = (float(result.accuracy[share].mean()) for share in SHARES)
    of_s = (result.s, result.s_train, result.s_product, summary.delta, summary.D)
    used = tuple(result.runs.loc[~result.runs["diverged"], "S"].tolist())
    return Rank(rank, *of_s, accuracy, majority, summary.diverged, used)


def _of_ranks(ranks: Sequence[Rank]) -> str:
    known = [r for r in ranks if np.isfinite(r.S.value)]
    if not known:
        return DIVERGED
    if len(known) == 1:
        (only,) = known
        return f"At rank {only.rank} S is {only.S}. Move the rank to see others beside it."
    best = max(known, key=lambda r: r.S.value)
    above = [str(r.rank) for r in known if r.S.low > 2]
    passes = f"It passes 2 at rank {', '.join(above)}." if above else "It clearly passes 2 nowhere."
    return (
        f"Of the {len(known)} ranks tried with these settings S is largest at {best.rank}: "
        f"{best.S}, against {format_number(best.S_product.value)} without correlation. {passes}"
    )


def about(result: LoraResult) -> list[str]:
    """What S of a LoRA experiment is made of, and what it rests on, a sentence or two each."""
    e, used = result.experiment, result.provenance
    if not np.isfinite(result.s.value):
        return [DIVERGED, _paths(e), _network(used)]
    learned = f"On the training texts, from which the nets have learned, S = {result.s_train}."
    texts = (
        f"Texts: {'; '.join(used.texts)}; {used.n_texts} are used, {used.cut} of these cut after "
        f"{e.max_length} tokens."
    )
    said = [_correlation(result), learned, _pairing(result)]
    return [*said, _paths(e), _network(used), texts]


def where(experiment: LoraExperiment) -> str:
    """An experiment in a few words, as what an old answer belongs to."""
    e = experiment
    said = {name: field.said(getattr(e, name)) for name, field in FIELDS.items() if field.label}
    rank = f"rank {e.rank}" if e.rank else said["rank"]
    bottleneck = f", bottleneck {e.bottleneck}" if e.bottleneck else ""
    return (
        f"{rank}, {said['tasks']} tasks, rate {said['learning_rate']}, {said['steps']}, "
        f"{said['runs']}, {e.heads} heads{bottleneck}"
    )


def rows(
    tasks: tuple[str, ...], meaning: tuple[str, ...], result: LoraResult | None
) -> list[list[str]]:
    """A row a task: what it asks, how often the nets are right, and the majority class."""
    found = []
    for name, task, asked in zip(TASK_NAMES, tasks, meaning or ("…",) * 4, strict=True):
        shares = [np.nan] * 2 if result is None else result.accuracy.loc[name, [*SHARES]]
        said = [f"{100 * share:.0f}\u00a0%" if np.isfinite(share) else "–" for share in shares]
        found.append([f"{name} {task.rsplit('/', 1)[-1]}", asked, *said])  # not the folders
    return found


def _correlation(result: LoraResult) -> str:
    s, baseline = result.s, without_correlation(result.s, result.s_product)
    text = f"On {result.experiment.measured_on} texts S = {s}. {baseline}"
    if s.n < FEW:
        runs = "one run has no interval" if s.n == 1 else f"with {s.n} runs the interval is wide"
        text += f" {runs[0].upper()}{runs[1:]}: move “Runs” up for more."
    return text


def _pairing(result: LoraResult) -> str:
    if result.provenance.common:
        return "Alice and Bob are asked about the same text each time."
    low, high = np.quantile(result.permuted(), [0.025, 0.975])
    inside = low <= result.s.value <= high
    return (
        "Alice and Bob read different texts, paired by index: no correlation can be meant. With "
        "Bob’s outcomes dealt out anew, 95 % of S lie in "
        f"[{format_number(low)}, {format_number(high)}], and S lies "
        f"{'among' if inside else 'outside of'} them."
    )


def _paths(experiment: LoraExperiment) -> str:
    """By what anything can be learned."""
    e = experiment
    if not e.learns:
        return "Nothing is trained: there is no adapter, and the heads stay as they were drawn."
    paths = [f"the adapter of rank {e.rank}"] if e.rank else []
    paths += [f"a layer of {e.bottleneck}"] if e.bottleneck else []
    if e.heads == "trained":
        beside = f" beside {' and '.join(paths)}" if paths else ""
        return (
            f"The heads learn too{beside}, each from the whole network: so S need not move with "
            "the rank."
        )
    only = f"{' and '.join(paths)} {'are' if len(paths) > 1 else 'is'} the only way to learn"
    shared = "both heads share it" if len(paths) == 1 else "both heads share them"
    if e.trunk == "separate":
        shared = "each head has its own"
    return f"The heads stay as they were drawn: {only}, and {shared}."


def _network(used: Provenance) -> str:
    parts = [used.backbone, used.note, used.revision, used.licence]
    return f"Network: {'; '.join(part for part in parts if part)}; sha256 {used.sha256[:12]}…"
