"""What a regression shows and why to doubt it, in plain words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ncviz.inference import Estimate, format_number
from ncviz.regression.fits import Slope

if TYPE_CHECKING:
    from ncviz.regression.result import Regression

NAMES = {
    "test_error": "held-out error",
    "train_error": "training error",
    "gap": "gap (held-out less training error)",
    "error_first": "error on the first half of the held-out points",
    "error_second": "error on the second half of the held-out points",
    "gap_second": "gap (error on the second half of the held-out points less training error)",
    "S_first": "S of the first half of the held-out points",
    "product_first": "product of the marginals",
    "joint_first": "joint success rate",
    "hidden": "hidden size",
    "learning_rate": "learning rate",
}
SHARES = ("test_error", "train_error", "gap", "error_first", "error_second", "gap_second")
"""Columns of shares, 0 to 1; they are told in percentage points."""


class Report(str):
    """A text that a notebook shows as it reads, and not in quotes on one line."""

    def __repr__(self) -> str:
        return str(self)


def named(column: str) -> str:
    """A column in words."""
    return NAMES.get(column, column)


def name_of_run(found: "Regression", place: int) -> str:
    """What tells a row of `Regression.influence`: size, seed and run, as far as it has them."""
    # Column by column: a whole row would be numbers of one kind, and a large seed another one.
    table = found.influence
    names = [name for name in (found.within, "seed", "run") if name and name in table.columns]
    known = ((named(name), table[name].iloc[place]) for name in names)
    return ", ".join(
        f"{name} {format(value, 'g') if isinstance(value, float | np.floating) else value}"
        for name, value in known
    )


def in_points(column: str) -> float:
    """What the slope on a column is divided by, to be one for each percentage point."""
    return 100.0 if column in SHARES else 1.0


def p_value(p: float) -> str:
    """A p-value for reading."""
    if not np.isfinite(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def slope_in_words(found: "Regression") -> str:
    """The slope over all runs, with its interval: one sentence."""
    x, n = found.terms.predictor, len(found.x)
    step = f"One percentage point more {named(x)}" if x in SHARES else f"One more of {named(x)}"
    e, outcome = found.pooled.estimate.times(1 / in_points(x)), named(found.terms.outcome)
    said = f"does not clearly go with {outcome}: {format(e, '.3f')}"
    if e.low * e.high > 0:
        which, ends = "lower" if e.value < 0 else "higher", sorted((abs(e.low), abs(e.high)))
        size, low, high = (format_number(each, ".3f") for each in (abs(e.value), *ends))
        said = f"goes with {outcome} {which} by {size} [{low}, {high}]"
    return f"{step} {said} over all {n:,} runs (95 %; {_errors(found)})."


def sentences(found: "Regression") -> list[str]:
    """What it shows and what speaks against it, the plainest first."""
    doubts = (_bend, _within, _same_points, _parts, _ranks, _heaviest, _gaps)
    return [slope_in_words(found), *(said for doubt in doubts for said in doubt(found))]


def _told(found: "Regression", slope: Estimate) -> str:
    return format(slope.times(1 / in_points(found.terms.predictor)), ".3f")


def _errors(found: "Regression") -> str:
    if found.kind == "mixed":
        groups = named(found.within) if found.within else "seed and run"
        return f"mixed model, a random level for each {groups}"
    if found.cov == "cluster" and found.data.n_clusters < len(found.x):
        return f"errors clustered by seed and run, {found.data.n_clusters:,} of them"
    return "equal variances taken for granted" if found.cov == "nonrobust" else "robust errors"


def _bend(found: "Regression") -> Iterator[str]:
    if found.bend is not None:
        points = in_points(found.terms.predictor)
        t = found.bend.threshold.times(points)
        below, above = (_told(found, e) for e in (found.bend.below, found.bend.above))
        unit, each = (" percentage points", "percentage point") if points == 100 else ("", "unit")
        bends = "bends" if found.bend.p < 0.05 else "does not clearly bend"
        yield (
            f"The line {bends} ({p_value(found.bend.p)}): at {named(found.terms.predictor)} "
            f"{format(t, '.1f')}{unit}, from slope {below} to {above} for each {each}."
        )


def _within(found: "Regression") -> Iterator[str]:
    if found.within is None:
        yield "Nothing is held fixed: whatever differs between the runs may drive both sides."
        return
    name = named(found.within)
    if len(found.groups) == 1:
        yield f"All runs have {name} {next(iter(found.groups))}: it drives neither side."
    elif found.common is None:
        yield f"Within the values of {name} no slope can be found: too few runs, or constant."
    else:
        clear = [each for each in found.groups.values() if each is not None and _sign(each)]
        down = sum(_sign(each) < 0 for each in clear)
        yield (
            f"With {name} held fixed the slope is {_told(found, found.common.estimate)}; of "
            f"{len(found.groups)} values of it {down} have a clear fall, {len(clear) - down} a "
            "clear rise."
        )
        doubt = " by itself; the slope within is what speaks."
        if _sign(found.pooled) * _sign(found.common) < 0:
            doubt = ": here the two even have opposite signs (Simpson's paradox)."
        both = f"{name[0].upper()}{name[1:]} moves both sides"
        yield f"{both}, so the slope over all runs is no evidence{doubt}"


def _same_points(found: "Regression") -> Iterator[str]:
    if found.terms.same_points:
        said = (
            "part of the slope is arithmetic (`result.runs.merge(result.halves)` would tell how "
            "much)."
        )
        if found.split is not None:
            over_all, within = _told(found, found.split.pooled.estimate), found.split.common
            more = f", within {_told(found, within.estimate)}" if within else ""
            said = (
                f"from different points the slope is {over_all}{more} (half the points make a "
                "noisier error, which by itself flattens a slope a little)."
            )
        yield (
            "S and the error are of the same held-out points, where a marginal is 1 − 2 × error: "
            f"{said}"
        )


def _parts(found: "Regression") -> Iterator[str]:
    if found.parts is not None:
        columns = [f"{'within_' if found.within else ''}{k}" for k in ("slope", "low", "high")]
        rows = found.parts.loc[["product of the marginals", "S beyond the product"], columns]
        product, rest = (
            format(Estimate(value, low, high, 0).times(0.01), ".3f")
            for value, low, high in rows.itertuples(index=False)
        )
        fixed = f" (with {named(found.within)} held fixed)" if found.within else ""
        yield (
            f"Of the slope from different points{fixed}, {product} is what the accuracies of the "
            f"heads alone give (the product of the marginals), and {rest} is S beyond it."
        )
    if found.rivals is not None:
        for given, more in (("both of them", ""), ("all three", " and the error of the same half")):
            row = found.rivals.loc[given]
            verb = "adds" if row.p < 0.05 else "does not clearly add"
            yield (
                f"To the product and the joint success rate{more}, S {verb} something about the "
                f"error on other points: {row.gain:.1%} of its variance ({p_value(row.p)})."
            )


def _ranks(found: "Regression") -> Iterator[str]:
    known = {name: e for name, e in found.spearman.items() if np.isfinite(e.value)}
    if known:
        said = ", ".join(f"{name} {format(e, '.2f')}" for name, e in known.items())
        yield f"Spearman's rank correlation: {said}."


def _heaviest(found: "Regression") -> Iterator[str]:
    which, slope = name_of_run(found, 0), found.line.params[found.terms.predictor]
    without, before = (
        format_number(each / in_points(found.terms.predictor), ".3f")
        for each in (found.influence["slope"].iloc[0], slope)
    )
    which = f" ({which})" if which else ""
    yield f"The run that weighs most{which} moves the slope from {without} without it to {before}."


def _gaps(found: "Regression") -> Iterator[str]:
    if left_out := found.data.left_out:
        counts = {"diverged": found.data.diverged, "have gaps": left_out - found.data.diverged}
        parts = ", ".join(f"{n} {what}" for what, n in counts.items() if n)
        yield f"{left_out} runs are left out: {parts}."


def _sign(slope: Slope) -> int:
    """−1 or 1 where the interval has one sign, else 0."""
    low, high = slope.estimate.low, slope.estimate.high
    return int(np.sign(low)) if low * high > 0 else 0
