"""The situations that a teacher allows."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.presets import PRESETS, Preset
from ncviz.widgets.presets_view import Presets
from ncviz.widgets.teaching import Teaching

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
    """A row of presets that move the controls.

    Parameters
    ----------
    presets : sequence of Preset
    kept : callable
        Takes an experiment, gives it with the fixed fields as they are.
    experiment : callable
        Gives the experiment that the Explorer stands at.
    on_choose : callable
        Takes the experiment of a preset that was pressed.
    guarded : callable
        Wraps a callback of a widget, see `ControlPanel`.

    Attributes
    ----------
    view : Presets
    """

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
