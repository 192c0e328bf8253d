"""Made-up texts with four labels that are known, for tests of real-model code."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

WORDS = (("red", "blue"), ("cat", "fish"), ("runs", "sleeps"), ("now", "later"))
# An odd number of measured texts: no mean outcome is 0, so no sign can hide behind one.
TINY = {"n_train": 48, "n_test": 25, "n_pool": 160, "batch_size": 8, "max_length": 40}


def table(folder: Path, texts: int = 400, seed: int = 0) -> str:
    """A CSV of short sentences; each label is one of its words."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, (texts, 4))
    rows = [
        {
            "text": f"{k} the {WORDS[0][a]} {WORDS[1][b]} {WORDS[2][c]} {WORDS[3][d]}",
            **{"a": WORDS[0][a], "b": WORDS[1][b], "c": WORDS[2][c], "d": WORDS[3][d]},
        }
        for k, (a, b, c, d) in enumerate(labels)
    ]
    path = folder / "made.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return str(path)


def tasks(path: str) -> tuple[str, str, str, str]:
    return f"{path}:a", f"{path}:b", f"{path}:c", f"{path}:d"


@cache
def _missing(name: str) -> str:
    # A process of its own, since no test may reach beyond the machine.
    words = [sys.executable, "-m", "ncviz", "bert", "fetch", name]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def needs_package(*names: str) -> None:
    """Leave a test out, saying why, where a package cannot be had."""
    for name in names:
        if reason := _missing(name):
            pytest.skip(f"needs the package {name}: {reason}")
