"""What S does with the rank of the adapter: a row a rank, a sentence, a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ncviz.figures.parts.output import as_matplotlib_comes
from ncviz.inference import Estimate, estimates_of_s, format_number
from ncviz.inference.means import FEW_RUNS
from ncviz.sweeps import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "S against the rank of the adapter"
BAR = 32
"""Characters from 0 to 4 in the chart of a terminal."""

BOTH = "◉"
"""Where the mean and the product baseline fall into one place of that chart."""


@dataclass(frozen=True)
class Rank:
    """The numbers of one rank; estimates with their 95 % intervals over runs.

    Parameters
    ----------
    rank : int
    S : Estimate
        On the texts that are measured on.
    S_train : Estimate
        On the training texts.
    S_product : Estimate
        What S would be with the same mean outcomes and no correlation.
    delta, D : Estimate
        Signalling and excess of the behavior averaged over runs.
    accuracy, majority : float
        Shares of right answers, means over tasks and runs: the nets', and those of the more
        frequent label alone.
    diverged : int
        Runs that are left out.
    runs : tuple of float
        S of every other run.
    """

    rank: int
    S: Estimate
    S_train: Estimate
    S_product: Estimate
    delta: Estimate
    D: Estimate
    accuracy: float
    majority: float
    diverged: int
    runs: tuple[float, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any], frame: Any) -> Self:
        """From a row of `Sweep.summary` and the runs of its cell."""
        n = int(row["n"])

        def kept(name: str) -> Estimate:
            return Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"], n)

        def over_runs(name: str) -> Estimate:
            (found,) = estimates_of_s(frame[name].to_numpy()[None])
            return found

        return cls(
            int(row["rank"]),
            kept("S"),
            over_runs("S_train"),
            over_runs("S_product"),
            kept("delta"),
            kept("D"),
            1 - float(row["test_error"]),
            float(frame["majority"].mean()),
            int(row["diverged"]),
            tuple(frame.loc[~frame["diverged"], "S"].tolist()),
        )


def ranks_of(sweep: Sweep) -> list[Rank]:
    """The finished ranks of a sweep of LoRA experiments over `rank`, rising."""
    frames = dict(list(sweep.runs.groupby("rank"))) if len(sweep.runs) else {}
    rows = sweep.summary.to_dict("records")
    return sorted((Rank.of(row, frames[row["rank"]]) for row in rows), key=lambda found: found.rank)


def table(ranks: Sequence[Rank]) -> str:
    """A line a rank, with a bar for S and its interval."""
    head = ("rank", "S", "training S", "product", "δ", "D", "accuracy", "majority", "runs")
    rows = [head]
    for r in ranks:
        numbers = (f"{r.S}", f"{r.S_train.value:.2f}", f"{r.S_product.value:.2f}")
        shares = (f"{r.delta.value:.2f}", f"{r.D.value:.2f}", f"{r.accuracy:.3f}")
        runs = f"{r.S.n}" + (f" ({r.diverged} diverged)" if r.diverged else "")
        rows.append((f"{r.rank}", *numbers, *shares, f"{r.majority:.3f}", runs))
    width = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(t.rjust(w) for t, w in zip(row, width, strict=True)) for row in rows]
    return "\n".join(line.replace("-", "−") for line in lines)


def chart(ranks: Sequence[Rank]) -> str:
    """S against rank in plain characters: ● the mean, ○ the product baseline, | the bound 2.

    Examples
    --------
    >>> from ncviz.bert.ranks import BAR, chart
    >>> chart([]).index("2") == len("rank  ") + BAR // 2
    True
    """
    lines = [
        "rank  " + f"{'0':<{BAR // 2}}{'2':<{BAR // 2}}4   ● S  ○ product baseline  {BOTH} both"
    ]
    for r in ranks:
        line = ["·"] * (BAR + 1)
        line[BAR // 2] = "|"
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
        return "Every run has diverged: there is no S."
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
    baseline = best.S_product.value
    more = format_number(best.S.value - baseline)
    return (
        f"{text} With the same mean outcomes and no correlation it would be "
        f"{format_number(baseline)} (product baseline): correlation adds {more}."
    )


@as_matplotlib_comes
def draw(ranks: Sequence[Rank], backbone: str, ax: "Axes | None" = None) -> "Axes":
    """Draw S with its intervals and runs, S on the training texts and the product baseline.

    Parameters
    ----------
    ranks : sequence of Rank
        At least one.
    backbone : str
        What to say above the picture.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Raises
    ------
    ValueError
        If there is no rank.
    """
    from matplotlib.lines import Line2D

    from ncviz.figures.parts.frame import Heading, finished, start
    from ncviz.figures.parts.style import LIGHT, RIGHT, lowest, named, s_axis

    if not ranks:
        raise ValueError("a picture of S against rank needs a rank that is finished")
    style = LIGHT
    looks: tuple[tuple[str, str, Any, str], ...] = (
        ("S", style.ink, "-", "o"),
        ("training S", style.alice, "-", "^"),
        ("product", style.bob, (0, (3, 2)), "s"),
    )
    series = [[r.S for r in ranks], [r.S_train for r in ranks], [r.S_product for r in ranks]]
    handles = [
        Line2D([], [], color=color, linestyle=dashes, marker=mark, markersize=4, label=name)
        for name, color, dashes, mark in looks
    ]
    ax = start(
        ax, style, Heading(TITLE, (backbone,), 26, handles=handles), 2.3, (0.44, RIGHT, 0.42)
    )
    place = np.arange(len(ranks))
    values = [[e.value for e in of] for of in series]
    s_axis(ax, lowest(np.ravel([values, [[r.S.low for r in ranks]] * 3])), style)
    for (_, color, dashes, mark), of in zip(looks, values, strict=True):
        # The baseline, an open square, is often where S is: both stay to be seen.
        open_ = {"markersize": 8, "markerfacecolor": "none"} if mark == "s" else {"markersize": 4}
        ax.plot(place, of, color=color, linestyle=dashes, marker=mark, zorder=3, **open_)
    for x, r in zip(place, ranks, strict=True):
        ax.plot([x + 0.14] * len(r.runs), r.runs, "o", color=style.ink, alpha=0.5, markersize=2.5)
    low, high = np.array([(r.S.low, r.S.high) for r in ranks]).T
    ax.vlines(place, low, high, color=style.ink, linewidth=1.2, alpha=0.6)
    ax.set_xlim(-0.5, len(ranks) - 0.5)
    ax.set_xticks(place, [str(r.rank) for r in ranks])
    named(ax, "rank of the adapter", style)
    return finished(ax)
