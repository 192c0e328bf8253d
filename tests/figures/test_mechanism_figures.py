"""The mechanism in pictures: what is drawn and said of the fight, and of what comes of it."""

from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from ncviz import Experiment, figures
from ncviz.engine.chance import draw
from ncviz.mechanism import (
    Competition,
    Wishes,
    at_each_size,
    competition,
    interventions,
    what_removes_the_bump,
)
from ncviz.mechanism.bump import interventions_sentence
from ncviz.mechanism.fights import (
    STRONG,
    WEAK,
    Fight,
    fight_sentence,
    measured,
    opposition,
    strength,
)
from ncviz.mechanism.neurons import ownership
from ncviz.mechanism.oscillation import (
    OscillationIndex,
    oscillation_index,
    oscillation_sentence,
    single_task_control,
)
from ncviz.mechanism.sensing import sensing_by_size, sensing_sentence
from ncviz.mechanism.traces import loss_traces
from ncviz.results.result import Result

STYLES = {"light": figures.LIGHT, "dark": figures.DARK}


@pytest.fixture(scope="module")
def result() -> Result:
    return Experiment(runs=6, steps=300).run()


@pytest.fixture(scope="module")
def separate() -> Result:
    return Experiment(runs=3, steps=40, trunk="separate").run()


@pytest.fixture(scope="module")
def diverged() -> Result:
    r = Experiment(runs=3, steps=40, learning_rate=1e38).run()
    assert r.runs.diverged.all()
    return r


@pytest.fixture(scope="module")
def found(result: Result) -> Competition:
    return competition(result)


@pytest.fixture(scope="module")
def indices() -> tuple[OscillationIndex, OscillationIndex]:
    e = Experiment(runs=12, steps=400)
    both, alone = (loss_traces(each) for each in (e, single_task_control(e)))
    return oscillation_index(both, 19), oscillation_index(alone, 19)


@pytest.fixture(scope="module")
def told() -> pd.DataFrame:
    return sensing_by_size(Experiment(runs=20, steps=200), [1, 2, 4], progress=False)


@pytest.fixture(scope="module")
def trained() -> pd.DataFrame:
    small = Experiment(runs=6, steps=100, n_test=64)
    return interventions(small, [1, 3], ["separate trunk", "PCGrad"], progress=False)


def texts(ax: Axes) -> list[str]:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def synthetic(pulls: dict[tuple[int, int, int], tuple[float, float]], runs: int = 2) -> Competition:
    """At one record; a cosine and a length of both gradients by (run, setting, neuron), else 0."""
    cosine = np.zeros((1, runs, 4, 3))
    norm = np.full((1, runs, 4, 2, 3), 1e-9)
    for (run, setting, neuron), (cos, size) in pulls.items():
        cosine[0, run, setting, neuron] = cos
        norm[0, run, setting, :, neuron] = size
    flat = np.zeros((1, runs, 4))
    return Competition(np.array([100]), Wishes(cosine, norm, flat, flat, np.ones_like(norm)))


# The fight


def test_the_strength_of_a_pull_goes_by_its_logarithm() -> None:
    sizes = np.array([0, WEAK, np.sqrt(WEAK * STRONG), STRONG, 70 * STRONG])
    np.testing.assert_allclose(strength(sizes), [0, 0, 0.5, 1, 1], atol=1e-12)


def test_the_fight_of_a_run_is_that_of_its_gradients(found: Competition) -> None:
    fight, w = Fight.of_run(found, 2), found.wishes
    both = np.sqrt(w.norm[:, 2, :, 0] * w.norm[:, 2, :, 1])
    np.testing.assert_allclose(fight.size, both)
    np.testing.assert_allclose(fight.pull, w.cosine[:, 2] * strength(both))
    share = w.ownership[:, 2, :, 0] / (w.ownership[:, 2, :, 0] + w.ownership[:, 2, :, 1])
    np.testing.assert_allclose(fight.share, share)


def test_the_mean_orders_the_neurons_of_each_run_by_how_much_they_are_fought_over(
    found: Competition,
) -> None:
    w, mean = found.wishes, Fight.of_all(found)
    runs = w.cosine.shape[1]
    for setting in range(4):
        cosines = []
        for run in range(runs):
            inner = w.cosine[:, run, setting] * w.norm[:, run, setting].prod(axis=1)
            fought = [-np.minimum(inner[:, j], 0).mean() for j in range(3)]
            order = sorted(range(3), key=lambda j: -fought[j])
            cosines.append(w.cosine[:, run, setting][:, order])
        np.testing.assert_allclose(mean.cosine[:, setting], np.mean(cosines, axis=0), atol=1e-12)


def test_the_opposing_pull_is_the_mean_of_a_slow_sum(found: Competition) -> None:
    w, late = found.wishes, found.steps >= 225
    for setting, estimate in enumerate(opposition(found)):
        of_runs = []
        for run in range(6):
            of_records = []
            for record in np.flatnonzero(late):
                against = 0.0
                for j in range(3):
                    a, b = w.norm[record, run, setting, :, j]
                    against += max(0.0, -w.cosine[record, run, setting, j] * a * b)
                of_records.append(against**0.5)
            of_runs.append(np.mean(of_records))
        assert estimate.value == pytest.approx(np.mean(of_runs))
        assert estimate.low < estimate.value < estimate.high and estimate.n == 6


def test_the_fight_is_hardest_where_both_learn_xor_and_ends_with_more_neurons() -> None:
    at_3, at_6 = (
        [p.value for p in opposition(competition(Experiment(hidden=n, runs=16).run()))]
        for n in (3, 6)
    )
    assert np.argmax(at_3) == 3, "setting (A2, B2)"
    assert at_3[3] > 10 * at_3[0]
    assert at_3[3] > 10 * at_6[3]


def test_the_sentence_names_the_neuron_that_is_fought_over() -> None:
    pulls = {(0, 3, 1): (-0.8, 0.1), (0, 1, 0): (-0.9, 0.05), (0, 0, 2): (0.9, 3.0)}
    said = fight_sentence(synthetic(pulls), 0)
    assert said.startswith(
        "Run 0, step 100: in (A2, B2) the heads pull hardest against each other at neuron 2 "
        "(cosine −0.80, pull 0.1)."
    )
    assert "0.045 [0, " in said and "in (A2, B2) against 0 in (A1, B1)." in said
    calm = fight_sentence(synthetic(pulls), 1)
    assert calm.startswith("Run 1, step 100: no neuron is fought over")
    over_all = fight_sentence(synthetic(pulls), None)
    assert "On average over runs" in over_all and "at the neuron most fought over" in over_all


def test_where_there_is_no_fight_it_is_said_why(
    result: Result, separate: Result, diverged: Result
) -> None:
    assert measured(separate, 0) == (
        None,
        "Each head has a hidden layer of its own: there is no neuron to fight over.",
    )
    assert measured(diverged, 1)[1].startswith("Run 1 has diverged")
    assert measured(diverged, None)[1].startswith("Every run has diverged")
    for run in (-1, 6):
        with pytest.raises(ValueError, match="run must be a whole number from 0 to 5, not"):
            measured(result, run)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_the_ownership_of_one_net_is_that_of_its_own_weights(activation: str) -> None:
    r = Experiment(runs=2, steps=100, activation=activation).run()
    seen = draw(r.experiment, 1).train[:, :4].astype(np.float64)
    net = r.net(1, "21")
    first, bias, second, _ = (p.detach().double().numpy() for p in net.parameters())
    z = seen @ first[0].T + bias[0]
    functions: dict[str, Any] = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}
    units = functions.get(activation, lambda x: 1 / (1 + np.exp(-x)))(z)
    used = ownership(r.parameters(1, "21"), 3, activation, seen)
    np.testing.assert_allclose(used, np.abs(second) * units.std(axis=0), rtol=1e-4)
    np.testing.assert_allclose(used, competition(r).wishes.ownership[-1, 1, 2], rtol=1e-4)


# Its picture


@pytest.mark.parametrize("run", [1, None])
def test_the_map_shows_the_pulls_and_the_curves_beside_them(
    result: Result, found: Competition, run: int | None
) -> None:
    ax = figures.competition(result, run=run)
    fight = Fight.of_all(found) if run is None else Fight.of_run(found, run)
    for i in range(4):
        neurons, cosine, losses = ax.child_axes[3 * i : 3 * i + 3]
        (mesh,) = neurons.findobj(QuadMesh)
        np.testing.assert_allclose(mesh.get_array(), fight.pull[:, i].T)
        assert mesh.get_clim() == (-1, 1)
        np.testing.assert_allclose(cosine.lines[-1].get_ydata(), fight.layer_cosine[:, i])
        for head in (0, 1):
            of = result.recording.losses[:, :, i, head]
            expected = np.median(of, axis=1) if run is None else of[:, run]
            np.testing.assert_allclose(losses.lines[head].get_ydata(), expected, rtol=1e-6)


def test_of_a_wide_layer_the_first_neurons_are_drawn_and_that_is_said() -> None:
    ax = figures.competition(Experiment(hidden=40, runs=2, steps=20).run())
    (mesh,) = ax.child_axes[0].findobj(QuadMesh)
    assert mesh.get_array().shape[0] == 24
    assert "the first 24 of 40 neurons" in " ".join(" ".join(texts(ax)).split())


def test_without_a_fight_the_picture_is_a_sentence(separate: Result, diverged: Result) -> None:
    for r, words in ((separate, "no neuron to fight over"), (diverged, "Run 0 has diverged")):
        ax = figures.competition(r)
        assert not ax.child_axes
        assert words in " ".join(" ".join(texts(ax)).split())


# What comes of it


def test_the_correlations_stand_beside_chance_and_the_control(
    indices: tuple[OscillationIndex, OscillationIndex],
) -> None:
    index, control = indices
    rows = index.frame(control).iloc[::2]
    ax = figures.oscillation_index(index, control)
    settings = ["A1 · B1", "A1 · B2", "A2 · B1", "A2 · B2"]
    assert [name.get_text() for name in ax.get_yticklabels()] == settings
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    expected = np.column_stack([rows["correlation"], rows["correlation_alone"]]).ravel()
    np.testing.assert_allclose(marks, expected)
    nulls = [(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches]
    np.testing.assert_allclose(nulls, rows[["null_low", "null_high"]])
    lower = ax.figure.axes[1]
    marks = sorted(float(line.get_xdata()[0]) for line in lower.lines if len(line.get_xdata()) == 1)
    table = index.frame(control)
    np.testing.assert_allclose(marks, sorted([*table["amplitude"], *table["amplitude_alone"]]))


def test_only_what_lies_beyond_the_control_is_said_to_swing_against() -> None:
    table = pd.DataFrame(
        {
            "setting": np.repeat(["11", "12", "21", "22"], 2),
            "head": ["alice", "bob"] * 4,
            "correlation": np.repeat([-0.4, 0.2, -0.3, -0.5], 2),
            "correlation_low": -0.9,
            "correlation_high": -0.1,
            "p_holm": np.repeat([0.2, 0.01, 0.01, 0.01], 2),
            "difference": -0.1,
            "difference_high": np.repeat([-0.1, -0.1, 0.1, -0.1], 2),
            "ratio": [1, 2, 3, 4, 5, 6, 7, 250],
        }
    )
    said = oscillation_sentence(table)
    assert "in (A2, B2) (correlation −0.50 [−0.90, −0.10])." in said
    assert not any(pair in said for pair in ("(A1, B1)", "(A1, B2)", "(A2, B1)"))
    assert "Bob’s loss swings most beyond its control in (A2, B2): 250 times" in said
    without = oscillation_sentence(table.drop(columns="difference"))
    assert "(A2, B1)" in without and "alone" not in without
    assert "in no setting" in oscillation_sentence(table.assign(p_holm=1.0))


def test_the_accuracies_and_bits_are_those_of_the_table(told: pd.DataFrame) -> None:
    ax = figures.sensing(told)
    assert len(ax.child_axes) == 6
    for k, evidence in enumerate(["whole training", "late level", "late oscillation"]):
        for down, quantity in enumerate(["accuracy", "bits"]):
            cell = ax.child_axes[2 * k + down]
            lines = [line for line in cell.lines if len(line.get_xdata()) == 3]
            for line, task in zip(lines, ["A1", "A2", "B1", "B2"], strict=True):
                of = told[(told["task"] == task) & (told["evidence"] == evidence)]
                np.testing.assert_allclose(line.get_ydata(), of[quantity])


def test_sensing_is_told_at_its_best_and_denied_at_chance(told: pd.DataFrame) -> None:
    said = sensing_sentence(told)
    best = told[told["evidence"] == "whole training"]["accuracy"].max()
    assert f"{100 * best:.0f} % of traces" in said and said.endswith("Chance is 50 %.")
    assert "exactly one half" in sensing_sentence(told.assign(accuracy=0.5))
    assert "cannot be told better than chance" in sensing_sentence(told.assign(p_holm=1.0))


def test_each_intervention_is_drawn_beside_none(trained: pd.DataFrame) -> None:
    ax = figures.interventions(trained)
    table = at_each_size(trained)
    assert len(ax.child_axes) == 2
    none = table[table["intervention"] == "none"]["S"]
    for cell, name in zip(ax.child_axes, ["separate trunk", "PCGrad"], strict=True):
        drawn = [line.get_ydata() for line in cell.lines if len(line.get_ydata()) == 2][-2:]
        np.testing.assert_allclose(drawn[0], none)
        np.testing.assert_allclose(drawn[1], table[table["intervention"] == name]["S"])
        assert name in [t.get_text().replace("\n", " ") for t in cell.texts]


def test_what_removes_the_bump_is_told_apart(trained: pd.DataFrame) -> None:
    found = what_removes_the_bump(trained)
    found["says"] = [
        "S still passes 2, with 3 hidden units: the bump stays.",
        "No CHSH form passes 2 at any of these sizes: the bump is gone.",
        "S does not pass 2, but another CHSH form does (2.5): the bump only takes another form.",
    ]
    assert interventions_sentence(found) == (
        "It only takes another form with PCGrad. None is found with separate trunk."
    )
    found.loc[0, "says"] = "No CHSH form is clearly above 2 at any of these sizes."
    assert interventions_sentence(found).startswith("Without any intervention no bump is certain")


# What all pictures have in common


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_all_are_drawn_on_given_axes_without_global_traces(
    result: Result,
    indices: tuple[OscillationIndex, OscillationIndex],
    told: pd.DataFrame,
    trained: pd.DataFrame,
    style: figures.Style,
) -> None:
    before = dict(matplotlib.rcParams)
    for function, what in (
        (figures.competition, (result,)),
        (figures.oscillation_index, indices),
        (figures.sensing, (told,)),
        (figures.interventions, (trained,)),
    ):
        ax = Figure((5, 7)).add_axes((0.2, 0.1, 0.7, 0.6))
        assert function(*what, ax=ax, style=style) is ax
        alone = function(*what, style=style).figure
        assert to_hex(alone.get_facecolor()) == style.background
        assert figures.png(alone, dpi=50)[1:4] == b"PNG"
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (figures.competition, "Snapshot or a Result"),
        (figures.oscillation_index, "index must be an OscillationIndex"),
        (figures.sensing, "table must be a DataFrame"),
        (figures.interventions, "runs must be a DataFrame"),
    ],
)
def test_something_else_is_refused(function: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        function(3)


def test_a_control_of_another_experiment_is_refused(
    indices: tuple[OscillationIndex, OscillationIndex],
) -> None:
    index, control = indices
    other = replace(control, experiment=replace(control.experiment, seed=5))
    with pytest.raises(ValueError, match="control must be of single_task_control"):
        figures.oscillation_index(index, other)
