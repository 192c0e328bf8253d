"""Random experiments for property tests: small, but of every kind."""

from typing import Any

from hypothesis import strategies as st

from ncviz import Experiment, tasks
from ncviz.fields import CHOICES

task_names = st.sampled_from(sorted(tasks.TASKS))
tables = st.text("01", min_size=16, max_size=16).map("table {}".format)
pairings = st.one_of(
    st.sampled_from(sorted(tasks.PAIRINGS)),
    st.tuples(*[st.one_of(task_names, tables)] * 4),
)


def experiments(**fixed: object) -> st.SearchStrategy[Experiment]:
    """Experiments that train in a few milliseconds, tame and chaotic learning rates alike.

    At the smallest rate losses hardly change, so that the last bit can decide an oscillation.
    """
    fields = {
        "hidden": st.integers(1, 6),
        "pairing": pairings,
        "learning_rate": st.sampled_from([1e-6, 0.03, 0.5, 3.0, 30.0]),
        "steps": st.integers(1, 120),
        "batch_size": st.integers(1, 12),
        "runs": st.integers(1, 5),
        "seed": st.integers(0, 2**64 - 1),
        "noise": st.sampled_from([0.0, 0.2, 1.0]),
        "n_train": st.integers(12, 40),
        "n_test": st.integers(1, 70),
        "optimizer": st.sampled_from(["sgd", "momentum", "adam"]),
        "activation": st.sampled_from(["tanh", "relu", "sigmoid"]),
        "trunk": st.sampled_from(["shared", "separate"]),
        "outcome": st.sampled_from(["correct", "success", "oscillation"]),
        "threshold": st.sampled_from([0.0, 0.5, 0.75, 0.95, 1.0]),
        "shared_gradient": st.sampled_from(CHOICES["shared_gradient"]),
        "sampling": st.sampled_from(CHOICES["sampling"]),
        "shuffled": st.sampled_from(CHOICES["shuffled"]),
        "redrawn": st.sampled_from(CHOICES["redrawn"]),
    }
    fields |= {name: st.just(value) for name, value in fixed.items()}
    return st.builds(possible, **fields)


def possible(**fields: Any) -> Experiment:
    """The experiment; with separate trunks, gradients meet nowhere."""
    if fields["trunk"] == "separate":
        fields["shared_gradient"] = "sum"
    return Experiment(**fields)
