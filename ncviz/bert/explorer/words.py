"""What the LoraExplorer says of an answer, in sentences and in the table of its tasks."""

import numpy as np

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.tasks import SETS
from ncviz.bert.result import LoraResult, Provenance
from ncviz.inference import format_number

COLUMNS = ("", "answer 1 | answer 0", "right", "majority")
"""Of the table: task, what its two answers stand for, accuracy, and that of the majority class."""

FEW = 5
"""Runs below which intervals are wide whatever the nets do."""


def about(result: LoraResult) -> list[str]:
    """What S of a LoRA experiment is made of, and what it rests on, a sentence or two each.

    Parameters
    ----------
    result : LoraResult

    Returns
    -------
    list of str
    """
    e, used = result.experiment, result.provenance
    if not np.isfinite(result.s.value):
        return ["Every run has diverged: there is no S.", _paths(e), _network(used)]
    return [_correlation(result), _training_texts(result), _pairing(result), _paths(e),
            _network(used), _texts(used, e)]  # fmt: skip


def where(experiment: LoraExperiment) -> str:
    """An experiment in a few words, as what an old answer belongs to."""
    e = experiment
    names = {four: name for name, four in SETS.items()}
    rank = f"rank {e.rank}" if e.rank else "no adapter"
    bottleneck = f", bottleneck {e.bottleneck}" if e.bottleneck else ""
    return (
        f"{rank}, {names.get(e.tasks, 'own')} tasks, rate {e.learning_rate:g}, {e.steps} steps, "
        f"{e.runs} {'run' if e.runs == 1 else 'runs'}, {e.heads} heads{bottleneck}"
    )


def rows(
    tasks: tuple[str, ...], meaning: tuple[str, ...], result: LoraResult | None
) -> list[list[str]]:
    """A row a task: what it asks, how often the nets are right, and the majority class."""
    shares = [["–", "–"]] * 4
    if result is not None:
        kept = result.accuracy[["accuracy", "majority"]].to_numpy()
        shares = [[_percent(share) for share in pair] for pair in kept]
    short = [task.rsplit("/", 1)[-1] for task in tasks]  # of a file, not the folders
    named = [f"{name} {task}" for name, task in zip(TASK_NAMES, short, strict=True)]
    asked = meaning or ("…",) * 4
    return [[a, b, *c] for a, b, c in zip(named, asked, shares, strict=True)]


def _correlation(result: LoraResult) -> str:
    s, product = result.s, result.s_product
    more = format_number(s.value - product.value)
    text = (
        f"On {result.experiment.measured_on} texts S = {s}. With the same mean outcomes and no "
        f"correlation it would be {format_number(product.value)} (product baseline): correlation "
        f"adds {more}."
    )
    if s.n < FEW:
        runs = "one run has no interval" if s.n == 1 else f"with {s.n} runs the interval is wide"
        text += f" {runs[0].upper()}{runs[1:]}: move “Runs” up for more."
    return text


def _training_texts(result: LoraResult) -> str:
    return f"On the training texts, from which the nets have learned, S = {result.s_train}."


def _pairing(result: LoraResult) -> str:
    if result.provenance.common:
        return "Alice and Bob are asked about the same text each time."
    low, high = np.quantile(result.permuted(), [0.025, 0.975])
    inside = low <= result.s.value <= high
    return (
        "Alice and Bob read different texts, paired by index: no correlation can be meant. With "
        "Bob’s outcomes dealt out anew, 95 % of S lie in "
        f"[{format_number(low)}, {format_number(high)}], and S lies "
        f"{'among' if inside else 'outside of'} them."
    )


def _paths(experiment: LoraExperiment) -> str:
    """By what anything can be learned."""
    e = experiment
    if not e.learns:
        return "Nothing is trained: there is no adapter, and the heads stay as they were drawn."
    paths = [f"the adapter of rank {e.rank}"] if e.rank else []
    paths += [f"a layer of {e.bottleneck}"] if e.bottleneck else []
    if e.heads == "trained":
        beside = f" beside {' and '.join(paths)}" if paths else ""
        return (
            f"The heads learn too{beside}, each from the whole network: so S need not move with "
            "the rank."
        )
    only = f"{' and '.join(paths)} {'are' if len(paths) > 1 else 'is'} the only way to learn"
    shared = "both heads share it" if len(paths) == 1 else "both heads share them"
    if e.trunk == "separate":
        shared = "each head has its own"
    return f"The heads stay as they were drawn: {only}, and {shared}."


def _network(used: Provenance) -> str:
    parts = [used.backbone, used.note, used.revision, used.licence]
    return f"Network: {'; '.join(part for part in parts if part)}; sha256 {used.sha256[:12]}…"


def _texts(used: Provenance, experiment: LoraExperiment) -> str:
    return (
        f"Texts: {'; '.join(used.texts)}; {used.n_texts} are used, {used.cut} of these cut after "
        f"{experiment.max_length} tokens."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%" if np.isfinite(share) else "–"
