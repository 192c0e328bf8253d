"""What the form of the tab "Sweep" asks for, read and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import traitlets

from ncviz.basics.fields import plain_number
from ncviz.basics.protocol import RULES
from ncviz.experiment import Experiment
from ncviz.meaning.verdict import interventions_in
from ncviz.sweeps.curve import MOST_CURVES
from ncviz.sweeps.grid import grid
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import css, esm

FIVE_RATES = (0.05, 0.12, 0.3, 0.8, 2.0)
"""From 0.05 to 2, each about two and a half times the one before."""

MOST_SIZES = 24
MOST_RUNS = 1000
"""More than these is work for `ncviz.sweep`, which can be left alone and taken up again."""

OWN, FIVE, LIST = "own", "five", "list"
"""Which learning rates: the Explorer's, five, or some that are written down."""

FIELDS = ("from", "to", "kind", "rates", "runs")

DEFAULTS = {"from": "1", "to": "8", "kind": OWN, "rates": "0.1, 0.5, 1", "runs": "50"}

VARIED = ("hidden", "learning_rate")


@dataclass(frozen=True)
class Wish:
    """A sweep that is asked for: what all its cells have in common, and the cells.

    Where it cannot be there are no cells, but for fields of the form a sentence of what is wrong.
    """

    experiment: Experiment
    cells: tuple[Experiment, ...]
    wrong: dict[str, str]


def read_wish(form: Mapping[str, object], experiment: Experiment) -> Wish:
    """Read the form, for the experiment that the Explorer stands at."""
    text = {name: str(form.get(name, DEFAULTS[name])).strip() for name in FIELDS}
    wrong: dict[str, str] = {}
    first = _whole(text["from"], "from", "The smallest size", 10_000, wrong)
    last = _whole(text["to"], "to", "The largest size", 10_000, wrong)
    runs = _whole(text["runs"], "runs", "Runs", MOST_RUNS, wrong)
    rates = _rates(text["kind"], text["rates"], experiment, wrong)
    if first and last and last < first:
        wrong["to"] = f"The largest size must be at least the smallest, {first}."
    elif first and last and last - first >= MOST_SIZES:
        wrong["to"] = (
            f"At most {MOST_SIZES} sizes fit here, not {last - first + 1}; ncviz.sweep takes more."
        )
    if wrong:
        return Wish(experiment, (), wrong)
    varied = {"hidden": range(first, last + 1), "learning_rate": rates}
    return Wish(experiment, tuple(grid(replace(experiment, runs=runs), varied)), {})


def rest_of(experiment: Experiment) -> str:
    """What the form does not ask for, as one sentence."""
    e = experiment
    tasks = e.pairing if isinstance(e.pairing, str) else f"own tasks ({', '.join(e.pairing)})"
    rule = e.outcome + (f" from {e.threshold:g}" if RULES[e.outcome].of == "run" else "")
    changed = "".join(f", {words}" for words in interventions_in(e))
    return (
        f"Everything else as the Explorer has it now: pairing {tasks}, outcome rule {rule}, "
        f"{e.trunk} trunk, {e.activation}, {e.optimizer}, {e.steps} steps, batch size "
        f"{e.batch_size}, {e.n_train} training and {e.n_test} held-out points, noise "
        f"{e.noise:g}, seed {e.seed}{changed}."
    )


def _whole(text: str, field: str, name: str, most: int, wrong: dict[str, str]) -> int:
    """A whole number, or 0 and a sentence."""
    # More digits than these are no number that could be meant; int() would take long for them.
    if re.fullmatch(r"[0-9]{1,9}", text) and 1 <= int(text) <= most:
        return int(text)
    wrong[field] = f"{name} must be a whole number from 1 to {most}, not “{_cut(text)}”."
    return 0


def _rates(kind: str, text: str, experiment: Experiment, wrong: dict[str, str]) -> list[float]:
    if kind != LIST:
        return [*FIVE_RATES] if kind == FIVE else [experiment.learning_rate]
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    rates: list[float] = []
    for part in parts:
        try:
            rates.append(replace(experiment, learning_rate=plain_number(float, part)).learning_rate)
        except ValueError:
            wrong["rates"] = f"A learning rate must be a number above 0, not “{_cut(part)}”."
            return []
    if not 1 <= len(rates) <= MOST_CURVES:
        wrong["rates"] = f"One to {MOST_CURVES} learning rates, not {len(rates)}."
    elif len(set(rates)) < len(rates):
        wrong["rates"] = "A learning rate is there twice."
    return rates


def _cut(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"


class SweepForm(PageWidget):
    """Ask for a small sweep, show its progress, give its files away."""

    _esm = esm("base", "controls", "save_file", "sweep_form")
    _css = css("base", "controls", "sweep_form")

    values = traitlets.Dict(
        default_value=DEFAULTS, key_trait=traitlets.Enum(FIELDS), value_trait=traitlets.Unicode()
    ).tag(sync=True, from_page=True)
    wrong = traitlets.Dict().tag(sync=True)
    kinds = traitlets.List(traitlets.Dict()).tag(sync=True)
    rest = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(["idle", "running", "done", "cancelled"], "idle").tag(sync=True)
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Int(0, min=0).tag(sync=True)

    def offer(self, rate: float, five: str) -> None:
        """Say which learning rates there are to choose from."""
        self.kinds = [
            {"id": OWN, "text": f"{rate:g}, as the Explorer has it"},
            {"id": FIVE, "text": five},
            {"id": LIST, "text": "a list of my own"},
        ]
