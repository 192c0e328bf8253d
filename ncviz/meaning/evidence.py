"""Where S stands among all that is possible, and how the evidence for it grows run by run."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz import inference
from ncviz.basics.checks import Brief
from ncviz.bell import BOXES, CLASSICAL_BOUND, PUBLISHED, TSIRELSON_BOUND, Behavior
from ncviz.bell.forms import chsh_forms
from ncviz.inference import CLEARLY, Array, Counts, Estimate, format_number
from ncviz.inference.estimates import FEW_RUNS
from ncviz.meaning.verdict import missing, runs_of
from ncviz.results.result import Moment
from ncviz.results.summary import Summary

MOST_LOOKS = 40  # numbers of runs at which the evidence is looked at; a curve needs no more
SMALLEST_P = 1e-12  # where the axis of p ends; below it nobody tells numbers apart

LEVELS = ((CLEARLY, "1 in 40"), (0.001, "1 in 1000"))
"""Lines that p is compared with, the first as an interval's end is, and how rare that is."""

_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plane(correlators: Array) -> Array:
    """Two CHSH forms (…, 2): S′ = −C11 + C12 + C21 + C22 and S = C11 + C12 + C21 − C22.

    In this plane local correlators fill the square |S|, |S′| ≤ 2 (Fine 1982); quantum ones the
    disk S² + S′² ≤ 8, since αS + βS′ is at most 2√2·√(α² + β²) (Cirel'son 1980); everything
    possible the diamond |S| + |S′| ≤ 4. The plane does not show signalling.
    """
    return np.asarray(chsh_forms(correlators)[..., [3, 0]])


@dataclass(frozen=True, repr=False)
class Place(Brief):
    """Where a network stands: every run that has S′ and S, and the means over runs."""

    runs: Array  # (runs, 2)
    x: Estimate  # S′
    y: Estimate  # S
    delta: Estimate  # this and the next, of the behavior averaged over runs
    s_odd: Estimate
    D: Estimate

    @classmethod
    def of(cls, moment: Moment) -> "Place":
        """Where the network of a moment stands."""
        runs = plane(moment.per_run.correlators)
        summary = moment.summary
        return cls(
            runs=runs[np.isfinite(runs).all(axis=1)],
            x=inference.estimates_of_s(runs[None, :, 0], moment.experiment.trunk)[0],
            y=summary.s,
            delta=summary.delta,
            s_odd=summary.excess.plus(CLASSICAL_BOUND),
            D=summary.D,
        )


@dataclass(frozen=True)
class Reference:
    """A published experiment or a reference box, which is made up: beside it the network stands.

    The error is the standard error of S, and so of s_odd, by formula; None for a box.
    """

    name: str
    published: bool
    x: float  # S′
    y: float  # S
    delta: float
    s_odd: float
    D: float
    error: float | None
    lesson: str

    @property
    def spec(self) -> str:
        """Format of its numbers: two decimals, or as many as show its error."""
        return f".{2 if not self.error else max(2, -math.floor(math.log10(self.error)))}f"


def references() -> list[Reference]:
    """All published experiments, then all reference boxes."""

    def of(name: str, b: Behavior, error: float | None, lesson: str) -> Reference:
        x, y = plane(b.correlators).tolist()
        three = float(b.delta), float(b.s_odd), float(b.D)
        return Reference(name, error is not None, x, y, *three, error, lesson)

    return [
        *(
            of(name, some.behavior, inference.standard_error(Counts(some.counts)), some.lesson)
            for name, some in PUBLISHED.items()
        ),
        *(of(name, box.make(), None, box.lesson) for name, box in BOXES.items()),
    ]


@dataclass(frozen=True, repr=False)
class Growth(Brief):
    """The evidence that S is above 2, after more and more runs that did not diverge, in order."""

    runs: NDArray[np.int64]
    S: Array  # (looks, 3): mean and interval over so many runs, as the headline has it
    p: Array  # any-time, to be looked at after every run
    fixed_p: float | None  # over all runs, as the last interval; None with fewer than five

    @classmethod
    def of(cls, moment: Moment) -> "Growth":
        """The evidence of a moment's runs."""
        S = moment.per_run.S[np.isfinite(moment.per_run.S)]
        looks = looks_at(len(S))
        if not len(S):
            return cls(looks, np.empty((0, 3)), np.empty(0), None)
        used = np.where(np.arange(len(S)) < looks[:, None], S, np.nan)
        return cls(
            runs=looks,
            S=inference.intervals_of_s(used, moment.experiment.trunk),
            p=inference.any_time_p(S)[looks - 1],
            fixed_p=inference.p_of_s(S) if len(S) >= FEW_RUNS else None,
        )


def looks_at(runs: int) -> NDArray[np.int64]:
    """Numbers of runs, from 1 to all of them, after which to look."""
    return np.unique(np.rint(np.linspace(1, runs, min(runs, MOST_LOOKS))).astype(np.int64))


# In words


def p_equals(p: float) -> str:
    """A p-value for reading."""
    if p < SMALLEST_P:
        return "p < 10⁻¹²"
    if p >= 0.001:
        return f"p = {p:.3f}" if p < 0.9995 else "p = 1"
    digit, power = f"{p:.0e}".split("e")
    return f"p = {digit}·{ten_to(int(power))}"


def ten_to(exponent: int) -> str:
    """Such as "10⁻⁵", and "1" for 10⁰."""
    return f"10{str(exponent).translate(_POWERS)}" if exponent else "1"


def place_sentence(summary: Summary, place: Place) -> str:
    """Where the network stands, in the plane and against its visible signalling."""
    if problem := missing(summary):
        return f"No place to show: {problem}."
    s_odd, D = place.s_odd, place.D
    change = f"The visible change of its mean outcomes is δ = {place.delta}"
    over = f"the excess over 2, {s_odd.plus(-CLASSICAL_BOUND)}"
    if s_odd.n == 1:
        change += "; one run has no interval"
    elif s_odd.value <= CLASSICAL_BOUND:
        change += ", and the mean of no CHSH form passes 2: there is nothing to explain"
    elif D.high < 0:
        change += f": large enough to explain {over}"
    elif s_odd.low <= CLASSICAL_BOUND:
        change += f"; {over}, is not distinguishable from 0"
    elif D.low > 0:
        change += f": too small to explain {over}. The influence is hidden, and nothing quantum"
    else:
        change += f"; whether it explains {over}, is undecided: D = {D}"
    return (
        "In the plane of S′ and S, which does not show signalling, the network stands "
        f"{_region(place.x, place.y)}. {change}."
    )


def _region(x: Estimate, y: Estimate) -> str:
    """In which of the three regions two means lie; with intervals, all of their box must."""
    (x_near, x_far), (y_near, y_far) = _sizes(x), _sizes(y)
    if max(x_far, y_far) <= CLASSICAL_BOUND and x.n > 1:
        return "inside the local square"
    if max(x_near, y_near) <= CLASSICAL_BOUND:
        # The square is closed: a point without an interval is inside even at its edge.
        return "inside the local square" if x.n == 1 else "at the edge of the local square"
    if math.hypot(x_far, y_far) <= TSIRELSON_BOUND:
        return "outside the local square and inside the quantum disk"
    if math.hypot(x_near, y_near) > TSIRELSON_BOUND:
        return "beyond the quantum disk, where signalling can take it"
    return "outside the local square, at the edge of the quantum disk"


def _sizes(estimate: Estimate) -> tuple[float, float]:
    """The smallest and the largest size that an interval allows; the value's without one."""
    if estimate.n == 1:
        return abs(estimate.value), abs(estimate.value)
    near = max(0.0, estimate.low, -estimate.high)
    return near, max(abs(estimate.low), abs(estimate.high))


def place_words(place: Place) -> str:
    """The numbers of the network, to be read at its mark."""
    return (
        f"This network, mean of {runs_of(place.y.n)}: S′ = {place.x}, S = {place.y}; "
        f"largest form {place.s_odd}, δ = {place.delta}, D = {place.D}."
    )


def reference_words(reference: Reference) -> str:
    """The numbers of a reference and its lesson, to be read at its mark."""
    r = reference
    x, y, s_odd, delta, D = (format_number(v, r.spec) for v in (r.x, r.y, r.s_odd, r.delta, r.D))
    s_odd += "" if r.error is None else f" ± {format_number(r.error, r.spec)}"
    return f"{r.name}: S′ = {x}, S = {y}; largest form {s_odd}, δ = {delta}, D = {D}. {r.lesson}"


def growth_sentence(summary: Summary, growth: Growth) -> str:
    """How strong the evidence is after all runs: one p decides, that of the headline's interval."""
    if problem := missing(summary):
        return f"No evidence: {problem}."
    p, runs = float(growth.p[-1]), runs_of(int(growth.runs[-1]))
    if growth.fixed_p is None:
        return f"After {runs} no test decides whether S is above 2: it takes five."
    strength = "no clear evidence"
    if growth.fixed_p <= CLEARLY:
        strength = f"{'strong' if growth.fixed_p <= LEVELS[1][0] else 'clear'} evidence"
    return (
        f"After {runs} there is {strength} that the mean of S is above 2: "
        f"{p_equals(growth.fixed_p)} (t corrected for skewness, the number of runs fixed "
        f"beforehand; at most {CLEARLY:g} decides, as in the interval). The curve’s p, which may "
        f"be looked at after every run, asks for more: {p_equals(p)}."
    )
