"""Answers of LoRA experiments, remembered while the LoraExplorer is open."""

from collections import OrderedDict
from dataclasses import replace

from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.result import LoraResult

MOST = 32
"""Answers that are kept; each holds the weights of its adapters, some megabytes."""


class Answers:
    """What was trained, by experiment; of too many the one used longest ago goes.

    Parameters
    ----------
    most : int
        How many are kept.

    Examples
    --------
    >>> from ncviz.bert import LoraExperiment
    >>> from ncviz.widgets.lora_answers import Answers
    >>> Answers().of(LoraExperiment()) is None
    True
    """

    def __init__(self, most: int = MOST) -> None:
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
