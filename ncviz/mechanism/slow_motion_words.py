"""What slow motion shows now, in words."""

import numpy as np

from ncviz.inference import format_number
from ncviz.mechanism.ownership import Pulls
from ncviz.mechanism.slow_motion import Effect, SlowMotion

NAMES = ("Alice", "Bob")


def manner(cosine: float) -> str:
    """How two pulls with this cosine go: a third of all angles each; empty if one is missing.

    Examples
    --------
    >>> from ncviz.mechanism.slow_motion_words import manner
    >>> manner(-0.8), manner(0.2), manner(0.5)
    ('against', 'across', 'together')
    """
    if not np.isfinite(cosine):
        return ""
    if cosine <= -0.5:
        return "against"
    return "together" if cosine >= 0.5 else "across"


def slow_motion_sentence(motion: SlowMotion, pulls: Pulls) -> str:
    """Where the heads pull hardest against each other, and what the last move did.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.slow_motion import SlowMotion
    >>> from ncviz.mechanism.slow_motion_words import slow_motion_sentence
    >>> motion = SlowMotion(Experiment(trunk="separate"))
    >>> motion.step("alice")
    >>> print(slow_motion_sentence(motion, motion.pulls())[:60])
    Each head has neurons of its own, at which only it can pull.
    """
    parts = [_pull_words(motion, pulls), *(_effect_words(motion, e) for e in motion.effects())]
    return " ".join(parts)


def diverged(motion: SlowMotion) -> bool:
    """Whether the net's losses are no longer finite numbers."""
    return not bool(np.isfinite(motion.losses.train).all())


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


def _effect_words(motion: SlowMotion, effect: Effect) -> str:
    steps = "step" if effect.updates == 1 else f"{effect.updates} steps"
    if effect.who == "both":
        alice, bob = (_change_words(change) for change in effect.change)
        return (
            f"The last {steps} of both {alice[0]} Alice’s training loss{alice[1]} and {bob[0]} "
            f"Bob’s{bob[1]}."
        )
    own = ("alice", "bob").index(effect.who)
    other = 1 - own
    verb, amount = _change_words(effect.change[other])
    return f"The last {steps} of {NAMES[own]} {verb} {NAMES[other]}’s training loss{amount}."


def _change_words(change: float) -> tuple[str, str]:
    """("raised", " by 0.030 nats")."""
    if change == 0:
        return "did not change", ""
    size = abs(change)
    amount = format(size, ".3f") if size >= 0.0095 else format(size, ".1g")
    return ("raised" if change > 0 else "lowered"), f" by {amount} nats"
