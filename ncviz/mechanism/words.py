"""What the indices of the mechanism say, in sentences."""

from typing import TYPE_CHECKING

from ncviz.inference import ERROR, format_number
from ncviz.mechanism.fights import pair

if TYPE_CHECKING:
    import pandas as pd

NONE, STAYS, FORM = "none", "the bump stays", "another form"

UNSURE = (
    "Without any intervention no bump is certain either: more runs, or other sizes, are needed."
)


def oscillation_sentence(table: "pd.DataFrame") -> str:
    """Where the losses swing against each other, and how much more than the heads alone.

    Parameters
    ----------
    table : DataFrame
        Of `OscillationIndex.frame`, with a control or without.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.oscillation import oscillation_index
    >>> from ncviz.mechanism.traces import loss_traces
    >>> from ncviz.mechanism.words import oscillation_sentence
    >>> index = oscillation_index(loss_traces(Experiment(runs=8, steps=400)), surrogates=19)
    >>> oscillation_sentence(index.frame())[:16]
    'Late in training'
    """
    rows = table[table["head"] == "alice"]
    if not rows["correlation"].notna().any():
        return "Every run has diverged: there are no losses to compare."
    alone = "difference" in table
    against = rows[(rows["correlation"] < 0) & (rows["p_holm"] <= ERROR)]
    if alone:  # the batches that both heads share correlate their losses, too
        against = against[against["difference_high"] < 0]
    than = ", more than the same heads alone" if alone else ""
    if against.empty:
        first = f"Late in training the losses swing against each other in no setting{than}."
    else:
        told = ", ".join(_correlation(row) for _, row in against.iterrows())
        first = f"Late in training the losses swing against each other{than}: in {told}."
    if not alone:
        return first
    most = table.loc[table["ratio"].fillna(0).idxmax()]
    return (
        f"{first} {most['head'].title()}’s loss swings most beyond its control in "
        f"{pair(most['setting'])}: {_times(most['ratio'])} times as much as alone."
    )


def sensing_sentence(table: "pd.DataFrame") -> str:
    """How well the partner's task can be told at best, and from what.

    Parameters
    ----------
    table : DataFrame
        Of `sensing_by_size`.
    """
    if (table["accuracy"] == 0.5).all():
        return "Nothing can be told: every accuracy is exactly one half, and 0 bits."
    said = []
    for evidence, rows in table.groupby("evidence", sort=False):
        best = rows.loc[rows["bits"].idxmax()]
        clear = rows[rows["p_holm"] <= ERROR]
        if clear.empty:
            said.append(f"From the {evidence} the partner’s task cannot be told better than chance")
            continue
        alike = ""
        if evidence == "late oscillation" and best["alike_runs"]:
            alike = (
                f" ({100 * best['alike']:.0f} % in the {best['alike_runs']} runs "
                "whose two losses have the same level)"
            )
        said.append(
            f"From the {evidence} of {best['head'].title()} on {best['task']} the partner’s task "
            f"is told in {100 * best['accuracy']:.0f} % of traces ({best['bits']:.2f} bits) with "
            f"{_units(best['hidden'])}{alike}, the most of any size"
        )
    return f"{'. '.join(said)}. Chance is 50 %."


def interventions_sentence(found: "pd.DataFrame") -> str:
    """Which interventions left the bump, and which did not.

    Parameters
    ----------
    found : DataFrame
        Of `what_removes_the_bump`.
    """
    others = found[found["intervention"] != NONE]
    if others.empty:
        says = found["says"].iloc[0]
        return f"Without any intervention: {says[:1].lower()}{says[1:]}"
    before = found[found["intervention"] == NONE]["says"].iloc[0]
    unsure = "" if STAYS in before else f"{UNSURE} "
    stays = others["says"].str.contains(STAYS)
    form = others["says"].str.contains(FORM)
    parts = [
        ("The bump stays with", others[stays]),
        ("It only takes another form with", others[form]),
        ("None is found with", others[~stays & ~form]),
    ]
    told = [f"{what} {', '.join(some['intervention'])}." for what, some in parts if len(some)]
    return unsure + " ".join(told)


def _correlation(row: "pd.Series[float]") -> str:
    low, high = format_number(row["correlation_low"]), format_number(row["correlation_high"])
    value = format_number(row["correlation"])
    return f"{pair(str(row['setting']))} (correlation {value} [{low}, {high}])"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):.0f}"


def _units(hidden: int) -> str:
    hidden = int(hidden)
    return f"{hidden} hidden neuron{'s' * (hidden != 1)}"
