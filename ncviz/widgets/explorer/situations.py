"""Named situations worth looking at, each one click away, with a sentence of what to look for."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import traitlets

from ncviz.experiment import Experiment
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.parts.controls import in_range
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


@dataclass(frozen=True)
class Preset:
    """A situation: a name, fields that are not as by default, and what to look for."""

    name: str
    changes: dict[str, Any]
    reason: str

    def of(self, experiment: Experiment) -> Experiment:
        """The preset's experiment, on the device given; nothing else is left of what was before."""
        return Experiment(**{"device": experiment.device, **self.changes})


_PRESETS = (
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
        "A hidden layer for each head: the influence 2Σf is exactly 0, and no run’s S can pass 2.",
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
)
PRESETS = {preset.name: preset for preset in _PRESETS}
AT_THE_END = "At the end of the training: "


def possible(teaching: Teaching, start: Experiment) -> list[Preset]:
    """The presets to offer: none that is about another value of a fixed field.

    Fields that a preset only takes back to their defaults may be fixed: they stay as they are.
    """
    found = []
    for preset in PRESETS.values():
        changes = {field: preset.changes[field] for field in teaching.fixed & {*preset.changes}}
        with suppress(ValueError):  # its other fields do not go together with the fixed ones
            teaching.kept(preset.of(start), start)
            if replace(start, **changes) == start:
                found.append(preset)
    return found


class Presets(PageWidget):
    """A row of buttons that move the controls, and the sentence of the chosen one."""

    _esm = esm("base", "controls", "presets_view")
    _css = css("base", "controls", "presets_view")

    presets = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    lead = traitlets.Unicode().tag(sync=True)

    def __init__(self, state: State) -> None:
        self._state, self._possible = state, possible(state.teaching, state.start)
        super().__init__(presets=[{"name": p.name, "reason": p.reason} for p in self._possible])
        on_message(self, state.guarded(self._clicked), {"click": int})
        state.observe(self._show, "experiment")
        state.observe(self._lead, "shown")
        self._show()

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        return in_range("chosen", proposal, -1, len(self.presets) - 1)

    def _show(self, _change: object = None) -> None:
        """Mark the preset that the experiment stands for, if any."""
        stands = [self._of(preset) == self._state.experiment for preset in self._possible]
        self.chosen = stands.index(True) if any(stands) else -1

    def _lead(self, change: Any) -> None:
        """Say whether the end of the training is shown, which is what the sentences are about."""
        if change["new"].settled:
            self.lead = AT_THE_END if self._state.replayed else ""

    def _clicked(self, click: int) -> None:
        if click in range(len(self._possible)):
            self._state.move(self._of(self._possible[click]))

    def _of(self, preset: Preset) -> Experiment:
        present = self._state.experiment
        return self._state.teaching.kept(preset.of(present), present)
