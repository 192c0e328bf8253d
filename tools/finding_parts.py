"""What is trained for the pages: each part takes a folder and an experiment, and gives its numbers.

Numbers are [value, low, high] or alone, rounded, shares in percent where a page shows percent.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ncviz import Experiment, Sweep, regress, sweep, tasks
from ncviz.basics.writing import written_whole
from ncviz.mechanism import (
    competition,
    interventions,
    loss_traces,
    oscillation_index,
    placebo,
    sensing,
    single_task_control,
    what_removes_the_bump,
)
from ncviz.regression import guide
from ncviz.regression.fits import percentile_interval

SIZES = range(1, 9)
FOUR = ["xornet", "majority", "parity", "chain"]
"""Pairings whose mean S passes 2, each with tasks of another kind."""

Found = dict[str, Any]

DIGITS = 6
"""That are kept after the point: enough to round them again."""


# Numbers as they are kept


def three(row: Any, name: str, times: float = 1) -> list[float]:
    """A column and its ends."""
    return rounded(row[name], row[f"{name}_low"], row[f"{name}_high"], times=times)


def slope(row: Any, prefix: str = "") -> list[float]:
    return rounded(*(row[prefix + name] for name in ("slope", "low", "high")))


def number(value: float) -> float | None:
    """What cannot be measured, such as the conflict of heads that share nothing, is None."""
    return round(float(value), DIGITS) if np.isfinite(value) else None


def rounded(*values: float, times: float = 1) -> list[float]:
    return [round(float(times * value), DIGITS) for value in values]


def ends(values: Iterable[float]) -> list[float]:
    """The least and the largest."""
    known = [*values]
    return rounded(min(known), max(known))


# What has been trained is not trained again


def pieces(folder: Path, sizes: Iterable[int], one: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """A frame a size, one under the other; what the folder holds already is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for n in sizes:
        path = folder / f"{n}.parquet"
        if not path.exists():
            frame = one(n)
            frame["hidden"] = n
            with written_whole(path) as part:
                frame.to_parquet(part)
        frames.append(pd.read_parquet(path))
    return pd.concat(frames, ignore_index=True)


# The parts


def pairings(folder: Path, e: Experiment) -> Sweep:
    """Every pairing at every size."""
    store = folder / "pairings"
    return sweep(e, hidden=SIZES, pairing=[*tasks.PAIRINGS], store=store)


def capacity(folder: Path, e: Experiment) -> Found:
    """S of every pairing at every size; the chain also with one ±1 a run."""
    alone = replace(e, pairing="chain", outcome="success")
    success = sweep(alone, hidden=SIZES, store=folder / "chain").summary
    table = pairings(folder, e).summary
    table = pd.concat([table, success.assign(pairing="chain, success")])
    found = {}
    for name, rows in table.groupby("pairing", sort=False):
        peak = rows.loc[rows.S.idxmax()]
        found[str(name)] = {
            "S": rounded(*rows.S),
            "peak": int(peak.hidden),
            "at_peak": three(peak, "S"),
            "delta": three(peak, "delta"),
            "D": three(peak, "D"),
        }
    return found


def generalisation(folder: Path, e: Experiment) -> Found:
    """Slopes of S on the held-out error, what of them is arithmetic, and where S reaches 2."""
    s = pairings(folder, e)
    guides = {one.label: one for one in guide(s)}
    found = {}
    for name in [*FOUR, "reversed"]:
        runs, one = s.runs[s.runs.pairing == name], guides[name]
        cost = one.cost and rounded(one.cost.value, one.cost.low, one.cost.high, times=100)
        row = {"reaches": one.reaches, "best": one.best, "cost": cost}
        for sizes, some in (("1-3", runs[runs.hidden <= 3]), ("4-8", runs[runs.hidden > 3])):
            f = regress(some, "S ~ test_error", within="hidden", cov="cluster")
            row[sizes] = {
                "all": slope(f.slopes.loc["all runs"]),
                "within": slope(f.slopes.loc["within"]),
                "different": slope(f.parts.loc["S, different points"], "within_"),
                "product": slope(f.parts.loc["product of the marginals"], "within_"),
                "rest": slope(f.parts.loc["S beyond the product"], "within_"),
            }
            if sizes == "1-3":
                row["share"] = share_of_product(some)
                rival = f.rivals.loc["all three"]
                row["gain"], row["gain_p"] = rounded(100 * rival.gain, rival.p)
        found[name] = row
    return found


def share_of_product(runs: pd.DataFrame) -> list[float]:
    """Percent of the slope within sizes that is the product's; bootstrap over runs."""
    s, product, error = (
        runs.pivot(index="run", columns="hidden", values=name).dropna().to_numpy()
        for name in ("S_first", "product_first", "error_second")
    )

    def share(weights: Any) -> Any:
        def together(y: Any) -> Any:
            # One row of weights a resample: Σ w (x − x̄)(y − ȳ) within each size, then over all.
            n = weights.sum(axis=1, keepdims=True)
            return ((weights @ (error * y)) - (weights @ error) * (weights @ y) / n).sum(axis=1)

        return 100 * together(product) / together(s)

    return rounded(share(np.ones((1, len(s))))[0], *percentile_interval(share, len(s), seed=0))


def whose_bump(folder: Path, e: Experiment) -> Found:
    """What each intervention does to the bump, a piece a size."""
    runs = pieces(folder / "interventions", SIZES, lambda n: interventions(e, [n]))
    found = {}
    for row in what_removes_the_bump(runs).to_dict("records"):
        found[row["intervention"]] = {
            "peak": int(row["peak"]),
            **{name: three(row, name) for name in ("S", "change")},
            **{name: number(row[name]) for name in ("delta", "D", "conflict", "swing")},
        }
    return found


def conflict(folder: Path, e: Experiment) -> Found:
    """How opposed the gradients are late in the training, by setting."""

    def one(n: int) -> pd.DataFrame:
        return competition(replace(e, hidden=n).run()).summary()

    table = pieces(folder / "conflict", (3, 8), one)
    by_size = {n: rows.set_index("setting").conflict for n, rows in table.groupby("hidden")}
    others = by_size[3].drop("22")
    return {
        "at_3": round(by_size[3]["22"], DIGITS),
        "others_at_3": ends(others),
        "at_8": round(by_size[8]["22"], DIGITS),
    }


def oscillation(folder: Path, e: Experiment) -> Found:
    """How the late losses of both heads move together, beside heads that share nothing."""

    def one(n: int) -> pd.DataFrame:
        cell = replace(e, hidden=n)
        control = oscillation_index(loss_traces(single_task_control(cell)))
        return oscillation_index(loss_traces(cell)).frame(control)

    table = pieces(folder / "oscillation", SIZES, one)
    alice = table[(table.hidden == 3) & (table.setting == "22") & (table["head"] == "alice")].iloc[
        0
    ]
    least = table.loc[table.correlation.idxmin()]
    return {
        "correlation": three(alice, "correlation"),
        "alone": round(alice.correlation_alone, DIGITS),
        "ratio": three(alice, "ratio"),
        "least": round(least.correlation, DIGITS),
        "least_at": int(least.hidden),
        "periods": int((table.peaks_p_holm <= 0.05).sum()),
    }


TOLD = [("A2", 3), ("A2", 4), ("A1", 2), ("A1", 3)]
"""Tasks of Alice's and sizes at which the late swing tells Bob's task."""


def sensed(folder: Path, e: Experiment) -> Found:
    """In how many percent Bob's task is told from Alice's loss."""

    def one(n: int) -> pd.DataFrame:
        return sensing(loss_traces(replace(e, hidden=n))).frame

    table = pieces(folder / "sensing", SIZES, one).set_index(["evidence", "task", "hidden"])
    percent = 100 * table[["accuracy", "null_high", "alike"]].sort_index()
    whole, level, swing = (
        percent.loc[evidence] for evidence in ("whole training", "late level", "late oscillation")
    )
    large = [("A1", n) for n in SIZES if n >= 5]
    return {
        "whole": ends(whole.loc["A1"].accuracy),
        "luck": number(whole.loc["A1"].null_high.max()),
        "told": {
            f"{task} {n}": {
                "swing": number(swing.accuracy[task, n]),
                "level": number(level.accuracy[task, n]),
                "alike": number(swing.alike[task, n]),
                "alike_runs": int(table.alike_runs["late oscillation", task, n]),
            }
            for task, n in TOLD
        },
        "large": {
            "swing": ends(swing.loc[large].accuracy),
            "level": ends(level.loc[large].accuracy),
            "alike": ends(swing.loc[large].alike),
        },
    }


def sensitivity(folder: Path, e: Experiment) -> Found:
    """Percent of Alice's outcomes on A2 that change with Bob's task, or with his other start."""
    table = pieces(folder / "placebo", (2, 3, 4, 6), lambda n: placebo(replace(e, hidden=n)))
    names = ("influence", "placebo_1", "placebo_2", "difference")
    return {
        str(row["hidden"]): {name: three(row, name, 100) for name in names}
        for row in table[table.task == "A2"].to_dict("records")
    }


ABOVE = Experiment(
    hidden=3,
    pairing=("always 0", "s1 XOR s2", "always 0", "s3 XOR s4"),
    outcome="success",
    runs=200,
)
"""The situation "above 2√2"."""


def variants(folder: Path, e: Experiment) -> Found:
    """Single experiments that sentences name."""
    slow = sweep(replace(e, learning_rate=0.1), hidden=SIZES, store=folder / "slow").summary
    peak = slow.loc[slow.S.idxmax()]
    above = sweep(replace(ABOVE, runs=e.runs), seed=[0], store=folder / "above").summary.iloc[0]
    stopped = replace(e, hidden=32)
    rules = ["without alice", "without bob"]
    few = sweep(replace(e, runs=min(50, e.runs)), seed=range(40), store=folder / "few").summary
    stopped_s = sweep(stopped, shared_gradient=rules, store=folder / "stopped").summary.S
    return {
        "slow_peak": int(peak.hidden),
        "slow_S": three(peak, "S"),
        "above_S": three(above, "S"),
        "above_D": three(above, "D"),
        "stopped_at_32": rounded(*stopped_s),
        "decided_runs": int(few.n.max()),
        "decided_seeds": len(few),
        "decided": round(100 * float((few.D_high < 0).mean()), DIGITS),
    }
