"""What the pictures of the evidence show now, in plain words."""

from math import hypot

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.inference import CLEARLY, Estimate, format_number
from ncviz.meaning.counterfactual import Patterns
from ncviz.meaning.evidence import Growth, Place, Reference
from ncviz.meaning.verdict import missing, runs_of, upper_first
from ncviz.results.summary import Summary

SMALLEST_P = 1e-12
"""Where the axis of p ends; below it nobody tells numbers apart."""

LEVELS = ((CLEARLY, "1 in 40"), (0.001, "1 in 1000"))
"""Lines that p is compared with, the first as an interval's end is, and how rare that is."""

UNITS = {
    "correct": ("held-out point", "held-out points"),
    "success": ("run", "runs"),
    "oscillation": ("training step", "training steps"),
}
"""What has one outcome of each head in each setting, by outcome rule: one, and many."""

FLIPS = tuple(
    f"{partner}’s task flips {head}’s outcome on {task}"
    for task, head, partner in zip(
        TASK_NAMES, ("Alice", "Alice", "Bob", "Bob"), ("Bob", "Bob", "Alice", "Alice"), strict=True
    )
)

NOT_YET = "The outcomes of single points are kept only when the training is done."

_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def p_equals(p: float) -> str:
    """A p-value for reading.

    Examples
    --------
    >>> from ncviz.meaning.evidence_words import p_equals
    >>> [p_equals(p) for p in (1, 0.0312, 4.2e-6, 1e-20)]
    ['p = 1', 'p = 0.031', 'p = 4·10⁻⁶', 'p < 10⁻¹²']
    """
    if p < SMALLEST_P:
        return "p < 10⁻¹²"
    if p >= 0.001:
        return f"p = {p:.3f}" if p < 0.9995 else "p = 1"
    digit, power = f"{p:.0e}".split("e")
    return f"p = {digit}·10{str(int(power)).translate(_POWERS)}"


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
    if hypot(x_far, y_far) <= TSIRELSON_BOUND:
        return "outside the local square and inside the quantum disk"
    if hypot(x_near, y_near) > TSIRELSON_BOUND:
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


def patterns_sentence(patterns: Patterns, outcome: str, run: int) -> str:
    """Which flips lift S, in one run; with the rule "success" over all runs."""
    text = _lifted(patterns, outcome)
    of_run = "" if outcome == "success" else f"Run {run}: "
    if not of_run:
        text = upper_first(text)
    return f"{of_run}{text}. Together: S = {format_number(patterns.S)}."


def _lifted(patterns: Patterns, outcome: str) -> str:
    if not any(any(pattern.flips) for pattern in patterns.patterns):
        return "no outcome flips with the partner’s task, so that S cannot pass 2"
    lifted = [pattern for pattern in patterns.patterns if pattern.s == 4]
    high = sum(pattern.points for pattern in lifted)
    low = sum(pattern.points for pattern in patterns.patterns if pattern.s < 2)
    where = ""
    if high:
        by_flip = [sum(p.points for p in lifted if p.flips[k]) for k in range(4)]
        k = max(range(4), key=by_flip.__getitem__)
        share = f"{by_flip[k]} of them" if by_flip[k] < high else "all of them"
        where = f" ({'there' if high == 1 else f'in {share}'} {FLIPS[k]})"
    return (
        f"of {_counted(patterns.points, outcome)} {_have(high)} s = 4{where}, "
        f"{_have(low)} s below 2"
    )


def _have(n: int) -> str:
    return f"{n or 'none'} {'has' if n < 2 else 'have'}"


def _counted(n: int, outcome: str) -> str:
    return f"{n} {UNITS[outcome][n != 1]}"


def limit_sentence(patterns: Patterns, outcome: str) -> str:
    """What the flips allow S to be at most."""
    n, odd = patterns.points, patterns.odd
    if not odd:
        return f"An odd number of outcomes flips at no {UNITS[outcome][0]}: S ≤ 2."
    return (
        f"An odd number of outcomes flips at {odd} of {_counted(n, outcome)}: "
        f"S ≤ 2 + 2 · {odd}/{n} = {format_number(2 + 2 * odd / n, '.3f')}."
    )
