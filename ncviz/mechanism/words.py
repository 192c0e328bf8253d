"""What the indices of the mechanism, and slow motion, show: in sentences."""

from typing import TYPE_CHECKING

import numpy as np

from ncviz.inference import ERROR, format_number
from ncviz.mechanism.fights import pair
from ncviz.mechanism.neurons import Pulls
from ncviz.mechanism.slow_motion import Effect, SlowMotion

if TYPE_CHECKING:
    import pandas as pd


def oscillation_sentence(table: "pd.DataFrame") -> str:
    """Where the losses swing against each other; with a control, how much more than alone."""
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
    ratio = most["ratio"]
    times = f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):.0f}"
    return (
        f"{first} {most['head'].title()}’s loss swings most beyond its control in "
        f"{pair(most['setting'])}: {times} times as much as alone."
    )


def _correlation(row: "pd.Series[float]") -> str:
    value, low, high = (format_number(row[f"correlation{end}"]) for end in ("", "_low", "_high"))
    return f"{pair(str(row['setting']))} (correlation {value} [{low}, {high}])"


def sensing_sentence(table: "pd.DataFrame") -> str:
    """How well the partner's task can be told at best, and from what, by `sensing_by_size`."""
    if (table["accuracy"] == 0.5).all():
        return "Nothing can be told: every accuracy is exactly one half, and 0 bits."
    said = []
    for evidence, rows in table.groupby("evidence", sort=False):
        best = rows.loc[rows["bits"].idxmax()]
        if not (rows["p_holm"] <= ERROR).any():
            said.append(f"From the {evidence} the partner’s task cannot be told better than chance")
            continue
        alike = ""
        if evidence == "late oscillation" and best["alike_runs"]:
            alike = (
                f" ({100 * best['alike']:.0f} % in the {best['alike_runs']} runs "
                "whose two losses have the same level)"
            )
        hidden = int(best["hidden"])
        said.append(
            f"From the {evidence} of {best['head'].title()} on {best['task']} the partner’s task "
            f"is told in {100 * best['accuracy']:.0f} % of traces ({best['bits']:.2f} bits) with "
            f"{hidden} hidden neuron{'s' * (hidden != 1)}{alike}, the most of any size"
        )
    return f"{'. '.join(said)}. Chance is 50 %."


def interventions_sentence(found: "pd.DataFrame") -> str:
    """Which interventions left the bump, and which did not, by `what_removes_the_bump`."""
    none = found["intervention"] == "none"
    others = found[~none]
    if others.empty:
        says = found["says"].iloc[0]
        return f"Without any intervention: {says[:1].lower()}{says[1:]}"
    unsure = (
        "Without any intervention no bump is certain either: more runs, or other sizes, are needed."
    )
    told = [] if "the bump stays" in found[none]["says"].iloc[0] else [unsure]
    stays = others["says"].str.contains("the bump stays")
    form = others["says"].str.contains("another form")
    for what, some in (
        ("The bump stays with", others[stays]),
        ("It only takes another form with", others[form]),
        ("None is found with", others[~stays & ~form]),
    ):
        if len(some):
            told.append(f"{what} {', '.join(some['intervention'])}.")
    return " ".join(told)


# Slow motion


def manner(cosine: float) -> str:
    """How two pulls with this cosine go: a third of all angles each; empty if one is missing."""
    if not np.isfinite(cosine):
        return ""
    if cosine <= -0.5:
        return "against"
    return "together" if cosine >= 0.5 else "across"


def slow_motion_sentence(motion: SlowMotion, pulls: Pulls) -> str:
    """Where the heads pull hardest against each other, and what the last move did."""
    return " ".join([_pull_words(motion, pulls), *map(_effect_words, motion.effects())])


def _pull_words(motion: SlowMotion, pulls: Pulls) -> str:
    if motion.experiment.trunk == "separate":
        return "Each head has neurons of its own, at which only it can pull."
    inner = pulls.step.prod(axis=0).sum(axis=-1)[0]
    worst = int(np.argmin(inner))
    if not inner[worst] < 0:
        return "Nowhere do Alice and Bob pull against each other."
    cosine = pulls.cosine[0, worst]
    partly = "" if manner(cosine) == "against" else "partly "
    how = f"pull {partly}against each other (cosine {format_number(cosine)})"
    if len(inner) == 1:
        return f"Alice and Bob {how} at the only neuron."
    return f"The fight is hardest at neuron {worst + 1}: there Alice and Bob {how}."


def _effect_words(effect: Effect) -> str:
    steps = "step" if effect.updates == 1 else f"{effect.updates} steps"
    if effect.who == "both":
        alice, bob = (_change_words(change) for change in effect.change)
        return (
            f"The last {steps} of both {alice[0]} Alice’s training loss{alice[1]} and {bob[0]} "
            f"Bob’s{bob[1]}."
        )
    own, other = ("Alice", "Bob") if effect.who == "alice" else ("Bob", "Alice")
    verb, amount = _change_words(effect.change[int(own == "Alice")])
    return f"The last {steps} of {own} {verb} {other}’s training loss{amount}."


def _change_words(change: float) -> tuple[str, str]:
    """("raised", " by 0.030 nats")."""
    if change == 0:
        return "did not change", ""
    size = abs(change)
    amount = format(size, ".3f") if size >= 0.0095 else format(size, ".1g")
    return ("raised" if change > 0 else "lowered"), f" by {amount} nats"
