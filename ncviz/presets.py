"""Named situations worth looking at, each one click away, with a sentence of what to look for."""

from dataclasses import dataclass
from typing import Any

from ncviz.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """A situation.

    Parameters
    ----------
    name : str
    changes : dict
        Fields of an `Experiment` that are not as by default.
    reason : str
        What to look for, in one sentence or two.
    """

    name: str
    changes: dict[str, Any]
    reason: str

    def of(self, experiment: Experiment) -> Experiment:
        """The preset's experiment, on the device given: all else is the same whatever was before.

        Examples
        --------
        >>> from ncviz import Experiment
        >>> from ncviz.presets import PRESETS
        >>> PRESETS["too small"].of(Experiment(hidden=5, noise=1.0, seed=7)).code()
        'Experiment(hidden=1)'
        """
        return Experiment(**{"device": experiment.device, **self.changes})


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in [
        Preset(
            "too small",
            {"hidden": 1},
            "One neuron cannot serve two heads: in every setting a loss stays high, and S is far "
            "below 2.",
        ),
        Preset(
            "critical",
            {"hidden": 3},
            "Three neurons are enough for every pair of tasks but XOR with XOR: C22 is far "
            "lower than the others, it is subtracted, and S passes 2.",
        ),
        Preset(
            "ample",
            {"hidden": 8},
            "Room for everything: the losses go to zero, every correlator to 1, and S to "
            "1 + 1 + 1 − 1 = 2.",
        ),
        Preset(
            "no shared neurons",
            {"trunk": "separate"},
            "A hidden layer for each head: the influence 2Σf is exactly 0, and no run’s S can "
            "pass 2.",
        ),
        Preset(
            "reversed tasks",
            {"pairing": "reversed", "hidden": 3},
            "The very networks of “critical” with their tasks renamed, the hard ones first: the "
            "minus now falls on the easy pair, and S is near 1. The bump has not gone: it stands "
            "in another of the eight CHSH forms, s_odd.",
        ),
        Preset(
            "above 2√2",
            {
                "hidden": 3,
                "pairing": ("always 0", "s1 XOR s2", "always 0", "s3 XOR s4"),
                "outcome": "success",
                "runs": 200,
            },
            "The first tasks need no neuron, and one ±1 a run counts success: where both heads "
            "have XOR, mostly one wins and the other loses. Tsirelson’s 2√2 limits nothing here.",
        ),
        Preset(
            "swinging losses",
            {"outcome": "oscillation"},
            "Outcomes are steps of the last quarter: +1 where a head’s loss falls. In A2 with B2 "
            "C is negative: what helps one head hurts the other.",
        ),
        Preset(
            "too fast",
            {"learning_rate": 10.0},
            "Steps so long that the losses jump about and nothing hard is learned: S falls below "
            "2, far from any bump.",
        ),
    ]
}
"""Every preset by name."""


def preset_of(experiment: Experiment) -> Preset | None:
    """The preset that an experiment stands for; None if it is another.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.presets import preset_of
    >>> preset_of(Experiment(hidden=8)).name
    'ample'
    """
    found = (preset for preset in PRESETS.values() if preset.of(experiment) == experiment)
    return next(found, None)
