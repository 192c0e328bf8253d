"""What a teacher has decided: which parts of the Explorer are there, what moves, what is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice

import traitlets

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.fields import FIELDS as ALL_FIELDS
from ncviz.results.pins import LONGEST as LONGEST_NAME
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import css, esm

# The fields of an `Experiment` that have a control, with the words on it.
FIELDS = {name: field.label for name, field in ALL_FIELDS.items() if field.label}
MAIN = ("hidden", "pairing", "learning_rate")  # what one moves most
RUNS = ("runs", "trunk")
# What is folded away under “More settings”.
SETTINGS = tuple(name for name in FIELDS if name not in (*MAIN, *RUNS, "seed"))
PARTS = {
    "presets": "the situations",
    "actions": "the buttons “Next seed”, “Undo” and “Back to the start”",
    "settings": "“More settings”, with every field in it",
    "own-tasks": "“Own tasks”",
    "pictures": "“Settled pictures”",
    "replay": "the bar that plays a training again",
    "losses": "the picture of the losses",
    "net": "the drawn net",
    "correlators": "the picture of how S adds up",
    "signalling": "the picture of what the partner’s task does",
    "compare": "the buttons that keep curves and pin runs, and the list of pinned runs",
    "take-away": "the card “Take it away”",
    "meaning": "the tab “What does it mean?”",
    "why": "the tab “Why?”",
    "generalisation": "the tab “S and generalisation”",
    "sweep": "the tab “Sweep”, and “S and generalisation”, whose runs it trains",
}
"""The parts of the Explorer that can be hidden, beside the fields."""

LONGEST = 2000  # characters of a lesson's text: it also travels in addresses


class Refused(ValueError):
    """What a teacher does not allow, as a sentence for the student."""


@dataclass(frozen=True)
class Teaching:
    """What a teacher hides and locks (names of `FIELDS`; of `PARTS` to hide), and says."""

    # A field that is hidden or locked keeps the value that the Explorer starts with.
    hide: Sequence[str] = ()
    lock: Sequence[str] = ()
    lesson: str = ""
    student: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hide", _names("hide", self.hide, [*FIELDS, *PARTS]))
        object.__setattr__(self, "lock", _names("lock", self.lock, [*FIELDS]))
        _check_text("lesson", self.lesson, LONGEST)
        _check_text("student", self.student, LONGEST_NAME)
        for name in self.lock:
            if name in self._hidden:
                raise ValueError(f"lock cannot hold {name!r}, which is hidden: nobody would see it")

    @property
    def fixed(self) -> frozenset[str]:
        """The fields that nothing in this Explorer changes."""
        return frozenset({*self.lock, *self._hidden} & {*FIELDS})

    @property
    def _hidden(self) -> set[str]:
        also = {"settings": SETTINGS, "sweep": ("generalisation",)}
        return {*self.hide}.union(*(also.get(name, ()) for name in self.hide))

    def shows(self, name: str) -> bool:
        """Whether a field's control, or a part, is there at all."""
        second = name == "own-tasks" and "pairing" in self.fixed  # control of the same field
        idle = name == "actions" and self.fixed == {*FIELDS}  # there is nothing to take back
        return not (second or idle or name in self._hidden)

    def kept(self, wanted: Experiment, present: Experiment) -> Experiment:
        """What is wanted, but for the fields that are fixed."""
        return replace(wanted, **{field: getattr(present, field) for field in self.fixed})

    def check(self, wanted: Experiment, present: Experiment) -> None:
        """Refuse another value of a fixed field."""
        wrong = [
            f"{words} ({field}) is set to {short(getattr(present, field))} by your teacher, "
            f"and cannot become {short(getattr(wanted, field))}"
            for field, words in FIELDS.items()
            if field in self.fixed and getattr(wanted, field) != getattr(present, field)
        ]
        if wrong:
            raise Refused("; ".join(wrong))


class TeachingCard(PageWidget):
    """A title, paragraphs, and a notice; nothing at all while these are empty."""

    _esm = esm("base", "controls", "teaching_card")
    _css = css("base", "controls", "teaching_card")

    title = traitlets.Unicode().tag(sync=True)
    paragraphs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str = "") -> None:
        title, *paragraphs = [line.strip() for line in text.splitlines() if line.strip()] or [""]
        super().__init__(title=title, paragraphs=paragraphs)
        self.add_class("ncviz-teaching")

    def describe(self) -> str:
        """All that it says, as text."""
        return "\n".join(part for part in (self.title, *self.paragraphs, self.notice) if part)


MOST_NAMES = 1_000  # more are read from no list, which may have no end


def _check_text(what: str, text: object, longest: int) -> None:
    # Half of a letter, which is none, could not stand in the address of a page.
    whole = isinstance(text, str) and text.encode(errors="replace").decode() == text
    if not whole or len(str(text)) > longest:
        raise ValueError(
            f"{what} must be a text of at most {longest} characters, not {short(text)}"
        )


def _names(what: str, given: Iterable[str], known: list[str]) -> tuple[str, ...]:
    try:
        names = tuple(islice(iter(given), MOST_NAMES + 1))
    except TypeError:
        names = None
    if names is None or isinstance(given, str):
        raise ValueError(f"{what} must be a list of names, not {short(given)}")
    if len(names) > MOST_NAMES:
        raise ValueError(f"{what} must be at most {MOST_NAMES} names, not {short(given)}")
    for name in names:
        if not isinstance(name, str) or name not in known:
            close = get_close_matches(str(name), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known)}"
            raise ValueError(f"{what} cannot hold {short(name)}; {hint}")
    return tuple(dict.fromkeys(names))  # each once
