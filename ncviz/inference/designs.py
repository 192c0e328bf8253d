"""What was done to get the data: which statistic is valid depends on nothing else."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import Brief, a, choice, numbers, regular, short
from ncviz.basics.handing import handed_out
from ncviz.basics.protocol import RULES
from ncviz.bell import Behavior
from ncviz.bell.forms import chsh_forms
from ncviz.bell.signalling import shifts
from ncviz.fields import CHOICES

Array = NDArray[np.float64]
Table = NDArray[np.int64]

ALICE, BOB = np.array([1, 1, -1, -1]), np.array([1, -1, 1, -1])  # outcomes ++, +−, −+, −−
UNEQUAL = 0.001  # p of a χ² test below which settings do not count as drawn equally likely


@dataclass(frozen=True, eq=False, repr=False)
class PairedRuns(Brief):
    """Runs with one λ in all four settings, as in ncviz; those that diverged (NaN) are left out.

    Correlators, shape (runs, 2, 2), are indexed [run, x, y]; marginals, the mean outcomes, shape
    (runs, 2, 2, 2), [run, party, x, y]. By the outcome rule "success" (others are "correct" and
    "oscillation") a run has one outcome of each head in each setting. With trunk "separate" (or
    "shared") heads share nothing: S of no run can pass 2. `ValueError` if shapes do not fit, a
    number is outside of −1 to 1, or no run is left.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> runs = Experiment(runs=4, steps=50).run().paired
    >>> runs.S.shape, runs.shifts.shape
    ((4,), (4, 4))
    """

    correlators: ArrayLike
    marginals: ArrayLike
    outcome: str = "correct"
    trunk: str = "shared"

    def __post_init__(self) -> None:
        correlators = numbers("correlators", self.correlators)
        marginals = numbers("marginals", self.marginals)
        runs = len(correlators) if correlators.ndim else 0
        if correlators.shape != (runs, 2, 2) or marginals.shape != (runs, 2, 2, 2):
            raise ValueError(
                "correlators and marginals must have shapes (runs, 2, 2) and (runs, 2, 2, 2), "
                f"not {correlators.shape} and {marginals.shape}"
            )
        for field in ("outcome", "trunk"):
            object.__setattr__(self, field, choice(field, getattr(self, field), CHOICES[field]))
        good = np.isfinite(correlators).all((1, 2)) & np.isfinite(marginals).all((1, 2, 3))
        if not good.any():
            raise ValueError("correlators hold no run that did not diverge")
        for name, values in (("correlators", correlators[good]), ("marginals", marginals[good])):
            if np.abs(values).max() > 1:
                raise ValueError(f"{name} must be from −1 to 1, not {np.abs(values).max():g}")
            object.__setattr__(self, name, values)

    @handed_out
    def S(self) -> Array:
        """C11 + C12 + C21 − C22 of each run, −4 to 4, shape (runs,)."""
        return np.asarray(chsh_forms(np.asarray(self.correlators))[..., 0])

    @handed_out
    def shifts(self) -> Array:
        """How A1, A2, B1, B2 move from the partner's first task to its second, shape (runs, 4)."""
        return shifts(np.asarray(self.marginals))


@dataclass(frozen=True, eq=False, repr=False)
class RandomSettings(Brief):
    """Trials, each with a setting drawn at random (all four equally likely) and one ±1 pair.

    Alice's and Bob's settings x and y, 0 or 1, and outcomes a and b, −1 or +1, shape (trials,).
    `ValueError` if lengths differ, there is no trial, or a number is another.

    Examples
    --------
    >>> from ncviz.inference import RandomSettings
    >>> RandomSettings(x=[0, 1], y=[0, 1], a=[1, 1], b=[1, -1]).wins.tolist()
    [True, True]
    """

    x: ArrayLike
    y: ArrayLike
    a: ArrayLike
    b: ArrayLike

    def __post_init__(self) -> None:
        for name, allowed in (("x", (0, 1)), ("y", (0, 1)), ("a", (-1, 1)), ("b", (-1, 1))):
            values = numbers(name, getattr(self, name))
            if values.ndim != 1 or not len(values) or len(values) != np.size(self.x):
                raise ValueError(
                    "x, y, a and b must be one-dimensional, of one length and not empty; "
                    f"{name} has shape {values.shape}"
                )
            if not np.isin(values, allowed).all():
                bad = values[~np.isin(values, allowed)][0]
                raise ValueError(f"{name} must be {allowed[0]} or {allowed[1]}, not {bad:g}")
            object.__setattr__(self, name, values.astype(np.int64))

    @handed_out
    def wins(self) -> NDArray[np.bool_]:
        """Whether each trial wins the CHSH game: a = b, but a ≠ b in setting 22."""
        x, y, a, b = (np.asarray(v) for v in (self.x, self.y, self.a, self.b))
        return np.asarray((a == b) != ((x == 1) & (y == 1)))

    @handed_out
    def counts(self) -> Table:
        """Outcome pairs (++, +−, −+, −−) in the settings 11, 12, 21, 22, shape (4, 4)."""
        x, y, a, b = (np.asarray(v) for v in (self.x, self.y, self.a, self.b))
        cell = 4 * (2 * x + y) + 2 * (a < 0) + (b < 0)
        return np.bincount(cell, minlength=16).reshape(4, 4)

    @cached_property
    def unequal(self) -> str:
        """Why the settings do not count as equally likely; empty where they do (`Counts`)."""
        return _unequal(self.counts.sum(axis=1), "random")


@dataclass(frozen=True, eq=False, repr=False)
class Counts(Brief):
    """A table of counted outcomes, of which only the totals are known; trials are independent.

    Pairs (++, +−, −+, −−) in the settings 11, 12, 21, 22, shape (4, 4) or (2, 2, 2, 2);
    `ValueError`, naming the setting, if one is negative or not whole, or a setting has none.
    Settings are "random" (all four equally likely in each trial), or "fixed" (so many trials in
    each, decided beforehand). Where trials were dropped afterwards neither may be true: `unequal`
    says what can be seen of that.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts
    >>> Counts(bell.PUBLISHED["delft 2015"].counts).trials.tolist()
    [53, 79, 62, 51]
    """

    counts: ArrayLike
    settings: str = "random"

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", choice("settings", self.settings, ("random", "fixed")))
        counts = numbers("counts", self.counts)
        if counts.shape not in ((4, 4), (2, 2, 2, 2)):
            raise ValueError(f"counts must have shape (4, 4) or (2, 2, 2, 2), not {counts.shape}")
        Behavior.from_counts(counts)  # it names what is wrong
        object.__setattr__(self, "counts", counts.reshape(4, 4).astype(np.int64))

    @property
    def table(self) -> Table:
        """The counts as an array, shape (4, 4)."""
        return np.asarray(self.counts)

    @property
    def trials(self) -> Table:
        """Trials in each setting, shape (4,)."""
        return np.asarray(self.table.sum(axis=1))

    @property
    def wins(self) -> int:
        """Trials that win the CHSH game: a = b, but a ≠ b in setting 22."""
        equal = self.table[:, 0] + self.table[:, 3]
        return int(equal[:3].sum() + self.trials[3] - equal[3])

    @cached_property
    def unequal(self) -> str:
        """Why the settings do not count as equally likely, in words; empty where they do.

        By a χ² test (p < 0.001) of random ones, exactly of fixed ones.
        """
        return _unequal(self.trials, self.settings)


def _unequal(trials: Table, settings: str) -> str:
    from scipy.stats import chisquare

    start = f"the settings have {', '.join(map(str, trials))} trials: not"
    if settings == "fixed":
        return "" if len(set(trials.tolist())) == 1 else f"{start} the same number in each"
    p = float(chisquare(trials).pvalue)
    return "" if p >= UNEQUAL else f"{start} drawn equally likely (χ² p = {p:.0g})"


Design = PairedRuns | RandomSettings | Counts

NAMES = {
    PairedRuns: "paired runs",
    RandomSettings: "one random setting a trial",
    Counts: "a table of counts",
}


a_design = a(Design, "PairedRuns, RandomSettings or Counts (Result.paired makes the first)")


def table_of(design: RandomSettings | Counts) -> Counts:
    """The counts of a design that has them, each setting with at least one trial."""
    if isinstance(design, RandomSettings):
        return Counts(design.counts)
    table: Counts = a(Counts, f"{NAMES[RandomSettings]} or {NAMES[Counts]}")("design", design)
    return table


def tables(trials: Table, shares: Array, times: int, rng: np.random.Generator) -> Table:
    """Tables (times, 4, 4) drawn at random, with these trials (4,) and chances (4, 4)."""
    settings = zip(trials, shares, strict=True)
    return np.stack([rng.multinomial(n, p, times) for n, p in settings], axis=1)


def choose(
    method: str | None, allowed: tuple[str, ...], design: Design, what: str, why: str = ""
) -> str:
    """The method asked for, or the first one; an error that names the right ones otherwise."""
    if method is None:
        return allowed[0]
    if not isinstance(method, str) or method not in allowed:
        name = NAMES[type(design)]
        if isinstance(design, PairedRuns) and RULES[design.outcome].of == "run":
            name = "paired runs with the rule 'success'"
        right = " or ".join(repr(name) for name in allowed)
        said = f"{what} of {name} must be {right}, not {short(method)}"
        raise ValueError(f"{said}: {why}" if why else said)
    return method


# Checks of numbers over runs


def rows(name: str, value: object) -> Array:
    """A check for numbers in rows, one a run; arrays of floating-point numbers stay as they are."""
    known = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    found = (regular if known else numbers)(name, value)
    if found.ndim != 2:
        raise ValueError(f"{name} must have shape (rows, runs), not {found.shape}")
    return found


def ends(name: str, value: object) -> Array:
    """A check for what there is one of, or one a row; it may be infinite, but not NaN."""
    found = numbers(name, value)
    if found.ndim > 1 or np.isnan(found).any():
        raise ValueError(f"{name} must be a number, or one a row, not {short(value)}")
    return found


def chances(name: str, value: object) -> Array:
    """A check for how often an interval may miss."""
    found = ends(name, value)
    if not ((found >= 1e-12) & (found < 1)).all():
        raise ValueError(f"{name} must be between 0 and 1, not {short(value)}")
    return found


def flags(name: str, value: object) -> NDArray[np.bool_]:
    """A check for True or False, or one of them a row."""
    found = regular(name, value)
    if found.dtype != bool:
        raise ValueError(f"{name} must be True or False, or one of them a row, not {short(value)}")
    return found
