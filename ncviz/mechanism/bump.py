"""What removes the bump: a row an intervention, and a sentence of what it does to S."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.basics.checks import a_frame, takes, with_columns
from ncviz.basics.protocol import SETTINGS
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import ERROR, estimates, intervals_of_s, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.mechanism.interventions import INTERVENTIONS
from ncviz.results.summary import LIMITS, signalling_estimates, signalling_rows

if TYPE_CHECKING:
    import pandas as pd

MEANS = {"conflict": (0.0, 1.0), "swing": (0.0, np.inf), "test_error": (0.0, 1.0)}
"""Columns whose means over runs stand beside S, and what a run's number can be."""


def a_table(name: str, value: object) -> "pd.DataFrame":
    """A check for a frame of `interventions`."""
    spins = [f"{letter}{setting}" for letter in "CAB" for setting in SETTINGS]
    needed = ["intervention", "hidden", "units", "run", *spins, "S", *MEANS]
    table: pd.DataFrame = with_columns(name, a_frame(name, value), needed, texts=["intervention"])
    return table


def _with_none(name: str, value: object) -> "pd.DataFrame":
    table = a_table(name, value)
    if not (table["intervention"] == "none").any():
        raise ValueError(f"{name} must hold the intervention 'none', which others are beside")
    return table


@takes(runs=a_table)
def at_each_size(runs: "pd.DataFrame") -> "pd.DataFrame":
    """S and what stands beside it, a row an intervention and size, from a frame of `interventions`.

    Returns
    -------
    DataFrame
        intervention, hidden, units, n (runs used), and with the ends of a 95 % interval over runs
        (``_low``, ``_high``): S, excess (s_odd − 2), delta and D (of the behavior averaged over
        runs), conflict, swing and test_error. So that the largest of several sizes may be picked,
        S_lowest and S_highest, excess_lowest and excess_highest are the ends of intervals that
        hold together at all sizes of an intervention (Bonferroni).
    """
    import pandas as pd

    sizes = runs["hidden"].nunique()
    rows = []
    for (name, hidden, units), some in runs.groupby(
        ["intervention", "hidden", "units"], sort=False
    ):
        row = {"intervention": name, "hidden": hidden, "units": units}
        rows.append(row | _numbers(some, ERROR / sizes))
    return pd.DataFrame(rows)


@takes(runs=_with_none)
def what_removes_the_bump(runs: "pd.DataFrame") -> "pd.DataFrame":
    """Compare every intervention with none, a row each, from a frame of `interventions`.

    Run k has the same points and batches with and without an intervention, and the same starting
    weights unless the layer is wider.

    Returns
    -------
    DataFrame
        intervention; peak: the size at which S is largest; S with S_low and S_high there, in an
        interval that holds at all sizes together, as the peak is picked; s_odd: its largest value
        at any size; critical: the size at which S is largest without intervention; there change
        with change_low and change_high: S with the intervention minus S without, paired by run;
        and at the peak delta, D, D_low, D_high, conflict, swing and test_error; says: a sentence.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import interventions, what_removes_the_bump
    >>> runs = interventions(Experiment(runs=20), [3], ["separate trunk"], progress=False)
    >>> print(what_removes_the_bump(runs).says[1])
    No CHSH form passes 2 at any of these sizes: the bump is gone.
    """
    import pandas as pd

    table = at_each_size(runs)
    critical = _peak(table[table["intervention"] == "none"])["hidden"]
    before = _s_at(runs, "none", critical)
    rows = []
    for name in INTERVENTIONS:
        sizes = table[table["intervention"] == name]
        if sizes.empty:
            continue
        top = _peak(sizes)
        after = _s_at(runs, name, critical)
        difference = np.zeros(3)  # of an experiment from itself
        if name != "none":
            difference = mean_intervals((after - before)[None], -8, 8)[0]
        rows.append(
            {
                "intervention": name,
                "peak": top["hidden"],
                **{"S": top["S"], "S_low": top["S_lowest"], "S_high": top["S_highest"]},
                "s_odd": float((sizes["excess"] + CLASSICAL_BOUND).max()),
                "critical": critical,
                **dict(zip(("change", "change_low", "change_high"), difference, strict=True)),
                **{k: top[k] for k in ("delta", "D", "D_low", "D_high", *MEANS)},
                "says": _sentence(sizes, top),
            }
        )
    return pd.DataFrame(rows)


def _numbers(some: "pd.DataFrame", together: float) -> dict[str, Any]:
    """The numbers of one row; `together` is the error of intervals that hold at all sizes."""
    s = some["S"].to_numpy()[None]
    correlators = some[[f"C{k}" for k in SETTINGS]].to_numpy().reshape(-1, 2, 2)
    marginals = np.stack(
        [some[[f"{head}{k}" for k in SETTINGS]].to_numpy().reshape(-1, 2, 2) for head in "AB"],
        axis=1,
    )
    rows = signalling_rows(correlators, marginals)
    five = estimates(rows, *np.transpose(LIMITS))
    trunk = str(INTERVENTIONS[some["intervention"].iloc[0]].changes.get("trunk", "shared"))
    numbers: dict[str, Any] = {"n": int(some["S"].notna().sum())}
    numbers |= with_ends("S", intervals_of_s(s, trunk)[0])
    for name, e in zip(("excess", "delta", "D"), signalling_estimates(five), strict=True):
        numbers |= with_ends(name, np.array([e.value, e.low, e.high]))
    for name, (least, most) in MEANS.items():
        values = some[name].to_numpy(dtype=np.float64)[None]
        numbers |= with_ends(name, mean_intervals(values, least, most, bounded=False)[0])
    _, s_lowest, s_highest = intervals_of_s(s, trunk, together)[0]
    _, excess_lowest, excess_highest = mean_intervals(rows[:1], *LIMITS[0], together)[0]
    numbers |= {"S_lowest": s_lowest, "S_highest": s_highest}
    return numbers | {"excess_lowest": excess_lowest, "excess_highest": excess_highest}


def _peak(sizes: "pd.DataFrame") -> "pd.Series[Any]":
    """The row with the largest S."""
    return sizes.loc[sizes["S"].fillna(-np.inf).idxmax()]


def _s_at(runs: "pd.DataFrame", name: str, hidden: int) -> Any:
    some = runs[(runs["intervention"] == name) & (runs["hidden"] == hidden)]
    return some.sort_values("run")["S"].to_numpy()


def _sentence(sizes: "pd.DataFrame", top: "pd.Series[Any]") -> str:
    """What has become of the bump."""
    if not sizes["S"].notna().any():
        return "Every run diverged."
    rising = ""
    if len(sizes) > 1 and top["hidden"] == sizes["hidden"].max() and top["S_highest"] < 2:
        rising = " But S still rises at the largest of them."
    other = sizes.loc[sizes["excess_lowest"].fillna(-np.inf).idxmax()]
    if sizes["S_lowest"].max() > CLASSICAL_BOUND:
        units = f"{top['units']} hidden unit{'s' if top['units'] > 1 else ''}"
        return f"S still passes 2, with {units}: the bump stays."
    if other["excess_lowest"] > 0:
        return (
            "S does not pass 2, but another CHSH form does "
            f"({other['excess'] + CLASSICAL_BOUND:.2f}): the bump only takes another form."
        )
    if sizes["S"].max() <= CLASSICAL_BOUND and sizes["excess"].max() <= 0:
        return f"No CHSH form passes 2 at any of these sizes: the bump is gone.{rising}"
    return f"No CHSH form is clearly above 2 at any of these sizes: no bump is found.{rising}"
