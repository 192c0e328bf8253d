"""What one cell of a sweep says, from its frame."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.experiment import SETTINGS, Experiment
from ncviz.inference import estimates, estimates_of_s
from ncviz.signalling import LIMITS, signalling_estimates, signalling_rows

if TYPE_CHECKING:
    import pandas as pd

MANY = 0.5
"""Share of diverged runs from which a cell is said to diverge."""

SWINGING = 0.02
"""Late swing of the losses (nats) from which a cell is said to oscillate."""


def cell_summary(experiment: Experiment, frame: "pd.DataFrame") -> dict[str, Any]:
    """The headline numbers of a cell, each with the ends of its 95 % interval over runs.

    Parameters
    ----------
    experiment : Experiment
    frame : DataFrame
        A row a run, as `frame_of` makes it.

    Returns
    -------
    dict
        S, S_low, S_high, n (runs used), above (share of them with S > 2), delta, delta_low,
        delta_high, D, D_low, D_high (of the behavior averaged over runs), test_error, swing
        (means over runs), diverged (runs) and regime: "diverges" where at least half of the runs
        diverged, "oscillates" where the mean swing is at least 0.02 nats, else "converges".
    """
    s = frame["S"].to_numpy()
    correlators = frame[[f"C{k}" for k in SETTINGS]].to_numpy().reshape(-1, 2, 2)
    marginals = np.stack(
        [frame[[f"{head}{k}" for k in SETTINGS]].to_numpy().reshape(-1, 2, 2) for head in "AB"],
        axis=1,
    )
    (of_s,) = estimates_of_s(s[None], experiment.trunk)
    rows = signalling_rows(correlators, marginals)
    _, delta, D = signalling_estimates(estimates(rows, *np.transpose(LIMITS)))
    good = np.isfinite(s)
    n = int(good.sum())

    def mean(name: str) -> float:
        return float(frame[name].to_numpy()[good].mean()) if n else np.nan

    swing, diverged = mean("swing"), int(frame["diverged"].sum())
    regime = "oscillates" if swing >= SWINGING else "converges"
    if diverged >= MANY * len(frame):
        regime = "diverges"
    return {
        **{"S": of_s.value, "S_low": of_s.low, "S_high": of_s.high, "n": n},
        "above": float((s[good] > 2).mean()) if n else np.nan,
        **{"delta": delta.value, "delta_low": delta.low, "delta_high": delta.high},
        **{"D": D.value, "D_low": D.low, "D_high": D.high},
        **{"test_error": mean("test_error"), "swing": swing},
        **{"diverged": diverged, "regime": regime},
    }
