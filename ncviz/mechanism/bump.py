"""What removes the bump: a row an intervention, and a sentence of what it does to S."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.basics.checks import a_frame, takes, with_columns
from ncviz.basics.protocol import SETTINGS
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import ERROR, intervals_of_s, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.mechanism.interventions import INTERVENTIONS
from ncviz.results.summary import LIMITS, safe_ends, signalling_rows

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


@takes(runs=a_table)
def at_each_size(runs: "pd.DataFrame") -> "pd.DataFrame":
    """S and what stands beside it, a row an intervention and size, from a frame of `interventions`.

    Columns: intervention, hidden, units, n (runs used); S, excess (s_odd − 2), delta, D, conflict,
    swing and test_error with the ends of a 95 % interval over runs (``_low``, ``_high``); S and
    excess with those of intervals that hold at all sizes together (``_lowest``, ``_highest``).
    """
    import pandas as pd

    names = ["intervention", "hidden", "units"]
    together = ERROR / runs["hidden"].nunique()
    rows = [
        dict(zip(names, key, strict=True)) | _numbers(str(key[0]), some, together)
        for key, some in runs.groupby(names, sort=False)
    ]
    return pd.DataFrame(rows)


def _numbers(name: str, some: "pd.DataFrame", together: float) -> dict[str, Any]:
    """The numbers of one row; `together` is the error of intervals that hold at all sizes."""
    s = some["S"].to_numpy()[None]
    trunk = INTERVENTIONS[name].changes.get("trunk", "shared")
    products, *both = (
        some[[f"{letter}{k}" for k in SETTINGS]].to_numpy().reshape(-1, 2, 2) for letter in "CAB"
    )
    rows = signalling_rows(products, np.stack(both, axis=1))
    three = safe_ends(mean_intervals(rows, *np.transpose(LIMITS)))
    four = [intervals_of_s(s, trunk)[0], *three]
    found = dict(zip(("S", "excess", "delta", "D"), four, strict=True))
    for column, limits in MEANS.items():
        values = some[column].to_numpy(dtype=np.float64)[None]
        found[column] = mean_intervals(values, *limits, bounded=False)[0]
    numbers: dict[str, Any] = {"n": int(some["S"].notna().sum())}
    for column, ends in found.items():
        numbers |= with_ends(column, ends)
    at_all = intervals_of_s(s, trunk, together), mean_intervals(rows[:1], *LIMITS[0], together)
    for column, ((_, low, high),) in zip(("S", "excess"), at_all, strict=True):
        numbers |= {f"{column}_lowest": low, f"{column}_highest": high}
    return numbers


@takes(runs=a_table)
def what_removes_the_bump(runs: "pd.DataFrame") -> "pd.DataFrame":
    """Compare every intervention with none, a row each, from a frame of `interventions`.

    Run k has the same points, batches and, unless the layer is wider, starting weights in each.

    Returns
    -------
    DataFrame
        intervention; peak: the size at which S is largest; there S, S_low, S_high (that hold at all
        sizes together), delta, D, D_low, D_high, conflict, swing and test_error; s_odd: its largest
        value at any size; critical: the size at which S is largest without intervention; change,
        change_low, change_high: there S with the intervention minus S without, paired by run;
        says: a sentence.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import interventions, what_removes_the_bump
    >>> runs = interventions(Experiment(runs=20), [3], ["separate trunk"], progress=False)
    >>> print(what_removes_the_bump(runs).says[1])
    No CHSH form passes 2 at any of these sizes: the bump is gone.
    """
    import pandas as pd

    if not (runs["intervention"] == "none").any():
        raise ValueError("runs must hold the intervention 'none', which others are beside")
    cells = {name: sizes for name, sizes in at_each_size(runs).groupby("intervention")}
    critical = _peak(cells["none"])["hidden"]

    def s_there(name: str) -> Any:
        some = runs[(runs["intervention"] == name) & (runs["hidden"] == critical)]
        return some.sort_values("run")["S"].to_numpy()

    rows = []
    for name in (name for name in INTERVENTIONS if name in cells):
        sizes, top = cells[name], _peak(cells[name])
        change = np.zeros(3)  # of an experiment from itself
        if name != "none":
            change = mean_intervals((s_there(name) - s_there("none"))[None], -8, 8)[0]
        rows.append(
            {
                "intervention": name,
                "peak": top["hidden"],
                **{"S": top["S"], "S_low": top["S_lowest"], "S_high": top["S_highest"]},
                "s_odd": float((sizes["excess"] + CLASSICAL_BOUND).max()),
                "critical": critical,
                **with_ends("change", change),
                **{k: top[k] for k in ("delta", "D", "D_low", "D_high", *MEANS)},
                "says": _sentence(sizes, top),
            }
        )
    return pd.DataFrame(rows)


def _peak(sizes: "pd.DataFrame") -> "pd.Series[Any]":
    """The row with the largest S."""
    return sizes.loc[sizes["S"].fillna(-np.inf).idxmax()]


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


def interventions_sentence(found: "pd.DataFrame") -> str:
    """Which interventions left the bump, and which did not, by `what_removes_the_bump`."""
    none, says = found["intervention"] == "none", found["says"]
    if none.all():
        return f"Without any intervention: {says.iloc[0][:1].lower()}{says.iloc[0][1:]}"
    told = []
    if "the bump stays" not in says[none].iloc[0]:
        told.append(
            "Without any intervention no bump is certain either: more runs, or other sizes, are "
            "needed."
        )
    stays, form = (says.str.contains(what) for what in ("the bump stays", "another form"))
    for what, some in (
        ("The bump stays with", stays),
        ("It only takes another form with", form),
        ("None is found with", ~stays & ~form),
    ):
        if (some & ~none).any():
            told.append(f"{what} {', '.join(found['intervention'][some & ~none])}.")
    return " ".join(told)
