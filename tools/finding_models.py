"""The part of the findings that is shipped: pretrained networks; nothing is trained here."""

from pathlib import Path
from typing import Any

import pandas as pd
import scipy

from finding_parts import DIGITS, Found, rounded, three
from ncviz import Experiment
from ncviz.bert.real_models import kept, shipped


def real_models(_folder: Path, _e: Experiment) -> Found:
    """S by rank and steps, its product baseline, and the search for a bump."""
    found: Found = {}
    for name in ("multilingual", "mixed", "monolingual"):
        for cell, runs, row in cells_of(name):
            here = found.setdefault(name, {}).setdefault(str(cell.rank), {})
            here[str(cell.steps)] = three(row, "S")
            if runs.S_train.notna().all():  # the end of a training
                here["product"], here["train"] = rounded(runs.S_product.mean(), runs.S_train.mean())
                here["above"] = t_interval(runs.S - runs.S_product)
    s = {(cell.rank, cell.steps): runs.S for cell, runs, _ in cells_of("multilingual")}
    early, late = (s[16, steps] - s[1, steps] for steps in (60, 240))
    found["gap"] = {
        name: t_interval(values)
        for name, values in (("early", early), ("late", late), ("shrinks", early - late))
    }
    (dealt,) = (one.permuted for one in kept("mixed") if one.experiment.rank == 4)
    found["dealt"] = rounded(dealt["mean"], dealt["sd"])
    search: Found = {name: {} for name in WITH}
    for cell, runs, _ in cells_of("search"):
        if cell.steps == 120:
            search[setup_of(cell)][str(cell.bottleneck)] = round(runs.S.mean(), DIGITS)
    found["search"] = search
    found["confirmed"] = [
        {
            "tasks": setup_of(cell),
            "units": cell.bottleneck,
            "product": round(runs.S_product.mean(), DIGITS),
            **{column: three(row, column) for column in ("S", "delta", "D")},
        }
        for cell, runs, row in cells_of("confirmed")
        if cell.steps == 120
    ]
    return found


WITH = {"multilingual": "chatterbot:script", "monolingual": "vader:domain", "mixed": "vader:news"}
"""The first task of each setup of real models."""


def setup_of(cell: Any) -> str:
    (name,) = (name for name, first in WITH.items() if first in cell.tasks)
    return name


def cells_of(name: str) -> list[tuple[Any, pd.DataFrame, Any]]:
    """The experiments of a setup, each with its runs and its row of the summary."""
    setup = shipped(name)
    rows = setup.summary.to_dict("records")
    return [(c, f, row) for (c, f), row in zip(setup.finished.items(), rows, strict=True)]


def t_interval(values: Any) -> list[float]:
    ends = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    return rounded(values.mean(), *ends)
