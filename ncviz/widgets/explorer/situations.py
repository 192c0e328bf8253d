"""Named situations worth looking at, each one click away, with a sentence of what to look for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ncviz.experiment import Experiment
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.parts.presets_view import Presets


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
        """The preset's experiment, on the device given; nothing else is left of what was before."""
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
    """The preset that an experiment stands for; None if it is another."""
    found = (preset for preset in PRESETS.values() if preset.of(experiment) == experiment)
    return next(found, None)


AT_THE_END = "At the end of the training: "


def possible(teaching: Teaching, start: Experiment) -> list[Preset]:
    """The presets to offer: none that is about another value of a fixed field.

    Fields that a preset only takes back to their defaults may be fixed: they stay as they are.
    """
    return [preset for preset in PRESETS.values() if _is_possible(preset, teaching, start)]


def _is_possible(preset: Preset, teaching: Teaching, start: Experiment) -> bool:
    changes = {field: value for field, value in preset.changes.items() if field in teaching.fixed}
    try:
        teaching.kept(preset.of(start), start)
        return replace(start, **changes) == start
    except ValueError:  # its other fields do not go together with the fixed ones
        return False


class Situations:
    """A row of presets that move the controls."""

    def __init__(
        self,
        presets: Sequence[Preset],
        kept: Callable[[Experiment], Experiment],
        experiment: Callable[[], Experiment],
        on_choose: Callable[[Experiment], None],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
    ) -> None:
        self._presets, self._kept = presets, kept
        self._experiment, self._on_choose = experiment, on_choose
        self.view = Presets([{"name": p.name, "reason": p.reason} for p in presets])
        self.view.on_click(guarded(self._clicked))

    def show(self, experiment: Experiment) -> None:
        """Mark the preset that an experiment stands for, if any."""
        stands = [self._kept(preset.of(experiment)) == experiment for preset in self._presets]
        self.view.chosen = stands.index(True) if any(stands) else -1

    def show_end(self, end: bool) -> None:
        """Say whether the end of the training is shown, which is what the sentences are about."""
        self.view.lead = "" if end else AT_THE_END

    def _clicked(self, index: int) -> None:
        self._on_choose(self._kept(self._presets[index].of(self._experiment())))
