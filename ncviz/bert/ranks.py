"""What S does with the rank of the adapter, and with the training steps at each rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.figures.parts.frame import Heading, finished, start
from ncviz.figures.parts.output import as_matplotlib_comes
from ncviz.figures.parts.style import LIGHT, Style, lowest, named, right_of, s_axis, steps_axis
from ncviz.inference import Estimate, estimates_of_s, format_number
from ncviz.inference.estimates import FEW_RUNS
from ncviz.sweeps import Sweep

BAR = 32  # characters from 0 to 4 in the chart of a terminal
BOTH = "◉"  # where the mean and the product baseline fall into one place of it
DIVERGED = "Every run has diverged: there is no S."


@dataclass(frozen=True)
class Rank:
    """The numbers of one rank; estimates with their 95 % intervals over runs."""

    rank: int
    S: Estimate  # on the texts that are measured on
    S_train: Estimate  # on the training texts
    S_product: Estimate  # with the same mean outcomes and no correlation
    delta: Estimate
    D: Estimate
    accuracy: float  # share of right answers, mean over tasks and runs
    majority: float  # the same of the more frequent label alone
    diverged: int
    runs: tuple[float, ...]  # S of each run that did not diverge


def ranks_of(sweep: Sweep) -> list[Rank]:
    """The finished ranks of a sweep of LoRA experiments over `rank`, rising."""
    found, every = [], sweep.runs
    for row in sweep.summary.to_dict("records"):
        runs, n = every[every["rank"] == row["rank"]], int(row["n"])
        s, delta, d = (
            Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"], n)
            for name in ("S", "delta", "D")
        )
        train, product = (_over_runs(runs, name) for name in ("S_train", "S_product"))
        shares = 1 - float(row["test_error"]), float(runs["majority"].mean())
        used = tuple(runs.loc[~runs["diverged"], "S"].tolist())
        rank, diverged = int(row["rank"]), int(row["diverged"])
        found.append(Rank(rank, s, train, product, delta, d, *shares, diverged, used))
    return sorted(found, key=lambda rank: rank.rank)


def _over_runs(runs: Any, name: str) -> Estimate:
    return estimates_of_s(runs[name].to_numpy()[None])[0]


def table(ranks: Sequence[Rank]) -> str:
    """A line a rank, with a bar for S and its interval."""
    rows = [("rank", "S", "training S", "product", "δ", "D", "accuracy", "majority", "runs")]
    for r in ranks:
        numbers = (f"{r.S}", f"{r.S_train.value:.2f}", f"{r.S_product.value:.2f}")
        shares = (f"{r.delta.value:.2f}", f"{r.D.value:.2f}", f"{r.accuracy:.3f}")
        runs = f"{r.S.n}" + (f" ({r.diverged} diverged)" if r.diverged else "")
        rows.append((f"{r.rank}", *numbers, *shares, f"{r.majority:.3f}", runs))
    width = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(t.rjust(w) for t, w in zip(row, width, strict=True)) for row in rows]
    return "\n".join(line.replace("-", "−") for line in lines)


def chart(ranks: Sequence[Rank]) -> str:
    """S against rank in plain characters: ● the mean, ○ the product baseline, | the bound 2."""
    half = BAR // 2
    lines = [f"rank  {'0':<{half}}{'2':<{half}}4   ● S  ○ product baseline  {BOTH} both"]
    for r in ranks:
        line = ["·"] * (BAR + 1)
        line[half] = "|"
        for value, mark in ((r.S_product.value, "○"), (r.S.value, "●")):
            if np.isfinite(value):
                place = int(np.clip(round(value / 4 * BAR), 0, BAR))
                line[place] = BOTH if line[place] == "○" else mark
        lines.append(f"{r.rank:>4}  {''.join(line)}")
    return "\n".join(lines)


def sentence(ranks: Sequence[Rank], measured_on: str = "held-out") -> str:
    """Whether S passes 2 at some rank, and what it would be without correlation."""
    known = [r for r in ranks if np.isfinite(r.S.value)]
    if not known:
        return DIVERGED
    best = max(known, key=lambda r: r.S.value)
    runs = "1 run" if best.S.n == 1 else f"{best.S.n} runs"
    text = f"On {measured_on} texts S is largest at rank {best.rank}: {best.S} over {runs}."
    above = [f"{r.rank}" for r in known if r.S.low > 2]
    if above:
        text += f" It passes 2 at rank {', '.join(above)}: the whole interval lies above."
    elif best.S.value > 2:
        text += " That is above 2, but not distinguishable from it with so few runs."
    else:
        reach = any(r.S.high >= 2 for r in known)
        text += " It passes 2 at no rank" + (", though intervals reach it." if reach else ".")
    if 1 < best.S.n < FEW_RUNS:
        text += f" With fewer than {FEW_RUNS} runs intervals are wide: ask for more with --runs."
    return f"{text} {without_correlation(best.S, best.S_product)}"


def without_correlation(s: Estimate, product: Estimate) -> str:
    """What S would be without it, and what it adds."""
    more = format_number(s.value - product.value)
    return (
        "With the same mean outcomes and no correlation it would be "
        f"{format_number(product.value)} (product baseline): correlation adds {more}."
    )


@as_matplotlib_comes
def draw(
    ranks: Sequence[Rank], backbone: str, ax: Axes | None = None, style: Style = LIGHT
) -> Axes:
    """Draw S with its intervals and runs, S on the training texts and the product baseline."""
    if not ranks:
        raise ValueError("a picture of S against rank needs a rank that is finished")
    looks: dict[str, dict[str, Any]] = {
        "S": {"color": style.ink, "linestyle": "-", "marker": "o"},
        "training S": {"color": style.alice, "linestyle": "-", "marker": "^"},
        "product": {"color": style.bob, "linestyle": (0, (3, 2)), "marker": "s"},
    }
    values = np.array([(r.S.value, r.S_train.value, r.S_product.value) for r in ranks]).T
    low, high = np.array([(r.S.low, r.S.high) for r in ranks]).T
    ax = _axes(ax, "S against the rank of the adapter", backbone, looks, style)
    place = np.arange(len(ranks))
    s_axis(ax, lowest([*values.ravel(), *low]), style)
    for look, of in zip(looks.values(), values, strict=True):
        # The baseline, an open square, is often where S is: both stay to be seen.
        square = look["marker"] == "s"
        size = {"markersize": 8, "markerfacecolor": "none"} if square else {"markersize": 4}
        ax.plot(place, of, zorder=3, **look, **size)
    for x, r in zip(place, ranks, strict=True):
        ax.plot([x + 0.14] * len(r.runs), r.runs, "o", color=style.ink, alpha=0.5, markersize=2.5)
    ax.vlines(place, low, high, color=style.ink, linewidth=1.2, alpha=0.6)
    ax.set_xlim(-0.5, len(ranks) - 0.5)
    ax.set_xticks(place, [str(r.rank) for r in ranks])
    named(ax, "rank of the adapter", style)
    return finished(ax)


def at_the_end(sweep: Sweep) -> Sweep:
    """Only the cells with the most steps: those of a finished training."""
    most = max(cell.steps for cell in sweep.finished)
    cells = tuple(cell for cell in sweep.finished if cell.steps == most)
    return Sweep(sweep.experiment, sweep.varied, cells, sweep.finished)


def curves(sweep: Sweep) -> dict[int, dict[int, Estimate]]:
    """Rank → steps → S with its 95 % interval over runs, both rising."""
    found: dict[int, dict[int, Estimate]] = {}
    for cell in sorted(sweep.finished, key=lambda of: (getattr(of, "rank", 0), of.steps)):
        s = _over_runs(sweep.finished[cell], "S")
        found.setdefault(getattr(cell, "rank", 0), {})[cell.steps] = s
    return found


@as_matplotlib_comes
def draw_steps(sweep: Sweep, about: str, ax: Axes | None = None) -> Axes:
    """Draw a line for each rank above 0 of a sweep over rank and steps, under the line `about`."""
    lines = {rank: line for rank, line in curves(sweep).items() if rank > 0}
    if not lines:
        raise ValueError("a picture of S against steps needs a rank above 0")
    shades = colormaps["cividis"](np.linspace(0.85, 0.0, len(lines)))
    looks: dict[str, dict[str, Any]] = {
        f"rank {rank}": {"color": color, "marker": mark}
        for rank, color, mark in zip(lines, shades, "osD^vP", strict=False)
    }
    drawn = list(zip(lines.values(), looks.values(), strict=False))
    ax = _axes(ax, "S against training steps, for each rank", about, looks, LIGHT)
    s_axis(ax, lowest([s.low for line, _ in drawn for s in line.values()]), LIGHT)
    last = max(step for line, _ in drawn for step in line)
    for k, (line, look) in enumerate(drawn):
        # The lines of two ranks stand a little apart: intervals stay visible.
        aside = 0.012 * last * (k - (len(drawn) - 1) / 2)
        steps = [step + aside for step in line]
        ax.plot(steps, [s.value for s in line.values()], zorder=3, markersize=4, **look)
        low, high = np.array([(s.low, s.high) for s in line.values()]).T
        ax.vlines(steps, low, high, color=look["color"], linewidth=1, alpha=0.7)
    steps_axis(ax, 0, last)
    ax.set_xlim(0, last * 1.05)
    named(ax, "training steps", LIGHT)
    return finished(ax)


def _axes(
    ax: Axes | None, title: str, about: str, looks: dict[str, dict[str, Any]], style: Style
) -> Axes:
    """Axes under a title, a line and a legend."""
    handles = [Line2D([], [], label=name, markersize=4, **look) for name, look in looks.items()]
    heading = Heading(title, (about,), 26, handles=handles)
    return start(ax, style, heading, 2.3, (0.44, right_of(style), 0.42))
