"""The placebo of influence: one head starts anew, all else of λ stays; what changes is counted."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from explorers import SMALL, control, finished, part, send
from lab import wait_for
from ncviz import Experiment, Explorer, PlaceboView, figures
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.chance import draw
from ncviz.inference import Estimate
from ncviz.meaning import placebo_sentence
from ncviz.mechanism import placebo
from ncviz.mechanism.interventions import NUMBERS, train_placebo
from ncviz.results.result import Result
from ncviz.sweeps.cell import batches, run_cells
from ncviz.tasks import sample_points
from ncviz.widgets.parts.layout import Tabs

OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "sgd"},
    {"optimizer": "momentum", "learning_rate": 0.1},
    {"optimizer": "adam", "learning_rate": 0.03},
]
FEW = Experiment(runs=6, steps=150, n_test=64)


# What is drawn


def test_without_it_the_draws_are_those_of_the_first_five_streams() -> None:
    e = Experiment(seed=3, shuffled="B1")
    λ = draw(e, 2)
    weights, points, order, noise, labels = np.random.SeedSequence(3, spawn_key=(2,)).spawn(5)
    rng = np.random.default_rng(weights)
    assert np.array_equal(λ.hidden_weight, 0.5 * rng.standard_normal((3, 4)))
    assert np.array_equal(λ.head_weight, rng.standard_normal((2, 3)) / np.sqrt(3))
    rng = np.random.default_rng(points)
    assert np.array_equal(λ.train[:, :4], sample_points(rng, e.n_train, e.noise)[1])
    assert np.array_equal(λ.test[:, :4], sample_points(rng, e.n_test, e.noise)[1])
    taken = np.random.default_rng(order).integers(0, e.n_train, size=(e.steps, e.batch_size))
    assert np.array_equal(λ.order, taken)
    assert np.array_equal(λ.noise.generate_state(4), noise.generate_state(4))
    true = draw(replace(e, shuffled="none"), 2).train[:, 6]
    assert np.array_equal(λ.train[:, 6], np.random.default_rng(labels).permutation(true))


@pytest.mark.parametrize(("head", "k"), [("alice", 0), ("bob", 1)])
def test_one_heads_start_is_another_and_nothing_else(head: str, k: int) -> None:
    plain, redrawn = (draw(Experiment(seed=5, redrawn=name), 7) for name in ("none", head))
    for name in ("hidden_weight", "train", "test", "test_bits", "order"):
        assert np.array_equal(getattr(plain, name), getattr(redrawn, name)), name
    assert np.array_equal(plain.noise.generate_state(4), redrawn.noise.generate_state(4))
    assert (plain.head_weight[k] != redrawn.head_weight[k]).all()
    assert np.array_equal(plain.head_weight[1 - k], redrawn.head_weight[1 - k])
    sixth = np.random.SeedSequence(5, spawn_key=(7,)).spawn(6)[5]
    anew = np.random.default_rng(sixth).standard_normal((2, 3)) / np.sqrt(3)
    assert np.array_equal(redrawn.head_weight[k], anew[k])


def test_starts_drawn_anew_have_the_law_of_the_first_ones_and_do_not_depend_on_them() -> None:
    experiments = [Experiment(hidden=8, n_train=8, n_test=1, redrawn=h) for h in ("none", "alice")]
    first, anew = (
        np.stack([draw(e, run).head_weight[0] for run in range(2000)]) for e in experiments
    )
    for weights in (first, anew):
        assert abs(weights.mean()) < 5 * np.sqrt(1 / 8 / weights.size)
        assert weights.var() == pytest.approx(1 / 8, rel=5 * np.sqrt(2 / weights.size))
    assert abs(np.corrcoef(first.ravel(), anew.ravel())[0, 1]) < 5 / np.sqrt(first.size)


# What is trained


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind["optimizer"])
@pytest.mark.parametrize(("head", "partner"), [("alice", 1), ("bob", 0)])
def test_with_separate_trunks_the_partner_learns_the_same_to_the_bit(
    kind: dict[str, Any], head: str, partner: int
) -> None:
    e = replace(FEW, trunk="separate", **kind)
    plain, redrawn = e.run(), replace(e, redrawn=head).run()
    for run in range(e.runs):
        for setting in SETTINGS:
            one, other = (r.net(run, setting) for r in (plain, redrawn))
            for name in ("hidden_weight", "hidden_bias", "head_weight", "head_bias"):
                mine, its = (getattr(net, name) for net in (one, other))
                mine, its = (p[partner if len(p) == 2 else 0] for p in (mine, its))
                assert mine.equal(its), name
            assert not one.head_weight[1 - partner].equal(other.head_weight[1 - partner])
    assert np.array_equal(plain.outcomes[:, :, partner], redrawn.outcomes[:, :, partner])
    assert (plain.outcomes[:, :, 1 - partner] != redrawn.outcomes[:, :, 1 - partner]).any()


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind["optimizer"])
def test_with_separate_trunks_influence_and_placebo_are_exactly_0(kind: dict[str, Any]) -> None:
    table = placebo(replace(FEW, trunk="separate", **kind))
    assert (table[[*NUMBERS]] == 0).all(axis=None)
    assert "Nothing crosses" in placebo_sentence(table)


def test_redrawn_runs_are_the_same_alone_among_others_and_in_a_sweep() -> None:
    e = replace(FEW, runs=20, redrawn="bob")
    among, alone = e.run(), replace(e, runs=1).run()
    assert np.array_equal(among.outcomes[0], alone.outcomes[0])
    cells = [replace(e, runs=5, redrawn=head) for head in ("none", "alice", "bob")]
    assert batches(cells) == [cells]
    for cell, frame in zip(cells, run_cells(cells), strict=True):
        assert_frame_equal(frame, run_cells([cell])[0], check_exact=True)


# What is counted


def by_hand(e: Experiment) -> pd.DataFrame:
    """The same shares, point by point."""
    plain, alice, bob = (replace(e, redrawn=h).run().outcomes for h in ("none", "alice", "bob"))
    rows = []
    for head, other in ((0, bob), (1, alice)):
        for own in (1, 2):
            names = [f"{own}{k}" if head == 0 else f"{k}{own}" for k in (1, 2)]
            before = [plain[:, SETTINGS.index(name), head] for name in names]
            after = [other[:, SETTINGS.index(name), head] for name in names]
            f = (before[0] != before[1]).mean()
            p = [(b != a).mean() for b, a in zip(before, after, strict=True)]
            rows.append([f, *p, f - sum(p) / 2])
    return pd.DataFrame(rows, columns=list(NUMBERS))


@pytest.mark.parametrize("outcome", ["correct", "success", "oscillation"])
def test_the_table_is_counted_point_by_point(outcome: str) -> None:
    e = replace(FEW, outcome=outcome, threshold=0.8)
    table, result = placebo(e), e.run()
    np.testing.assert_allclose(table[[*NUMBERS]], by_hand(e), atol=1e-12)
    measured = result.influence[["A1", "A2", "B1", "B2"]].mean()
    np.testing.assert_allclose(table["influence"], measured, atol=1e-12)
    assert table["task"].tolist() == ["A1", "A2", "B1", "B2"] and (table["runs"] == 6).all()
    for name in NUMBERS:
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()


def test_a_run_that_diverges_in_one_of_the_three_is_left_out_of_all() -> None:
    e = Experiment(runs=8, steps=40, learning_rate=150.0, activation="relu", n_test=16)
    three: list[Result] = [replace(e, redrawn=h).run() for h in ("none", "alice", "bob")]
    bad = np.array([r.runs["diverged"] for r in three])
    table = placebo(e)
    assert 0 < bad.any(axis=0).sum()
    assert (table["runs"] == 8 - bad.any(axis=0).sum()).all()


def test_where_every_run_diverges_it_is_said() -> None:
    table = placebo(Experiment(runs=3, steps=20, learning_rate=1e38, n_test=8))
    assert (table["runs"] == 0).all() and table["influence"].isna().all()
    assert placebo_sentence(table) == "No outcomes to compare: every run has diverged."
    assert figures.png(figures.placebo(table).figure)


def test_a_head_that_is_redrawn_already_has_no_placebo() -> None:
    with pytest.raises(ValueError, match="redrawn must be 'none', not 'bob'"):
        placebo(Experiment(redrawn="bob"))


def test_its_work_can_be_seen_and_cancelled() -> None:
    shares = list(train_placebo(FEW))
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    training = train_placebo(Experiment(steps=10**6))
    next(training)
    training.close()


# (partner's other task, placebo beside its first and its second), on A2, as an independent
# implementation found it. Its sampling error is taken for no larger than ours.
AUDIT = {3: (0.209, 0.113, 0.165), 4: (0.080, 0.040, 0.097)}


@pytest.mark.long("ncviz/engine", "ncviz/mechanism", "ncviz/experiment.py")
@pytest.mark.parametrize("hidden", list(AUDIT))
def test_the_shares_are_those_of_an_independent_implementation(hidden: int) -> None:
    e = Experiment(hidden=hidden, runs=300, seed=1)
    plain, bob = (replace(e, redrawn=head).run().outcomes[:, :, 0] for head in ("none", "bob"))
    runs = [
        (one != other).mean(axis=1)
        for one, other in (
            (plain[:, 2], plain[:, 3]),
            (plain[:, 2], bob[:, 2]),
            (plain[:, 3], bob[:, 3]),
        )
    ]
    found = placebo(e).iloc[1]
    for name, shares, audit in zip(NUMBERS[:3], runs, AUDIT[hidden], strict=True):
        assert found[name] == pytest.approx(shares.mean(), abs=1e-12)
        assert abs(shares.mean() - audit) < 3.5 * np.sqrt(2) * shares.std(ddof=1) / np.sqrt(300)


# What is said


def table_of(influence: float, first: float, second: float, half: float = 0.01) -> pd.DataFrame:
    """Numbers on A2, and a tenth of them elsewhere."""
    numbers = [influence, first, second, influence - (first + second) / 2]
    columns: dict[str, Any] = {"task": ["A1", "A2", "B1", "B2"]}
    for name, value in zip(NUMBERS, numbers, strict=True):
        four = np.array([0.1, 1, 0.1, 0.1]) * value
        columns |= {name: four, f"{name}_low": four - half, f"{name}_high": four + half}
    return pd.DataFrame(columns | {"runs": 50})


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0.2, 0.1, 0.12), "the task does more than such a start, by 9.0 [8.0, 10.0] points."),
        ((0.2, 0.3, 0.32), "the task does less than such a start, by −11.0 [−12.0, −10.0] points."),
        ((0.2, 0.2, 0.19), "with 50 runs the task does not clearly do more than such a start."),
    ],
)
def test_the_sentence_follows_the_interval_of_the_difference(
    numbers: tuple[float, float, float], said: str
) -> None:
    sentence = placebo_sentence(table_of(*numbers)).replace("\u00a0", " ")
    assert sentence.startswith("Bob’s other task changes 20 % [19, 21] of Alice’s outcomes on A2;")
    assert sentence.endswith(said)


def test_of_one_run_nothing_is_claimed() -> None:
    said = placebo_sentence(placebo(replace(FEW, runs=1, steps=600)))
    assert "with 1 run the task does not clearly do more" in said
    assert format(Estimate(0.2, np.nan, np.nan, 1)) not in said


@pytest.mark.parametrize(
    "bad",
    [
        pd.DataFrame({"task": ["A1"]}),
        table_of(0.2, 0.1, 0.1).iloc[:3],
        table_of(0.2, 0.1, 0.1).iloc[::-1],
    ],
    ids=["columns", "rows", "order"],
)
def test_another_table_is_refused(bad: pd.DataFrame) -> None:
    for takes in (placebo_sentence, figures.placebo):
        with pytest.raises(ValueError, match=r"^table (must|has no column)"):
            takes(bad)


@pytest.mark.parametrize("style", [figures.LIGHT, figures.DARK])
def test_the_picture_holds_all_twelve_shares(style: figures.Style) -> None:
    table = table_of(0.2, 0.1, 0.12)
    ax = figures.placebo(table, style=style)
    assert [name.get_text() for name in ax.get_yticklabels()] == ["A1", "A2", "B1", "B2"]
    marks = [line.get_xdata()[0] for line in ax.lines]
    np.testing.assert_allclose(marks, 100 * table[[*NUMBERS[:3]]].to_numpy().ravel())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A1", "A2", "B1", "B2"]
    low, high = ax.get_xlim()
    assert low == 0 and high > 21


# In the Explorer


@pytest.fixture
def view() -> Iterator[PlaceboView]:
    view = PlaceboView(FEW)
    yield view
    view.close()


def done(view: PlaceboView) -> None:
    wait_for(lambda: view.state not in ("idle", "running"))


def test_the_card_waits_and_then_shows_what_python_finds(view: PlaceboView) -> None:
    assert (view.state, view.describe(), view.frame) == ("idle", "", {})
    send(view, start={"runs": "6"})
    done(view)
    assert view.state == "done" and view.note == ""
    assert_frame_equal(view.table, placebo(FEW))
    assert view.describe() == placebo_sentence(view.table)
    assert [row["cells"][0] for row in view.frame["rows"]] == ["A1", "A2", "B1", "B2"]
    assert all(f"'{task}'" in str(view.frame["svg"]) for task in ("A1", "A2", "B1", "B2"))
    view.show(replace(FEW, hidden=4))
    assert "Found with" in view.note


def test_the_card_refuses_bad_numbers_and_a_redrawn_head(view: PlaceboView) -> None:
    send(view, start={"runs": "3"})
    assert view.state == "idle" and "from 4 to 400" in view.wrong["runs"]
    view.show(replace(FEW, redrawn="alice"))
    view.start(runs=4)
    done(view)
    assert view.state == "failed" and "redrawn must be 'none', not 'alice'" in view.status


def test_the_card_can_be_stopped(view: PlaceboView) -> None:
    view.show(Experiment(steps=40_000))
    view.start(runs=400)
    wait_for(lambda: view.share > 0)
    send(view, cancel=True)
    done(view)
    assert view.state == "cancelled" and view.table is None


def test_the_card_stands_under_the_influence_and_ends_with_the_explorer() -> None:
    explorer = Explorer(runs=4, **SMALL)
    finished(explorer)
    part(explorer, Tabs).chosen = "meaning"
    kinds = [type(view).__name__ for view in control(explorer, "meaning").children]
    assert kinds[kinds.index("InfluenceView") + 1] == "PlaceboView"
    trial = part(explorer, PlaceboView)
    trial.show(Experiment(steps=40_000))
    trial.start(runs=400)
    wait_for(lambda: trial.share > 0)
    explorer.close()
    assert not [t for t in threading.enumerate() if t.name == "ncviz-PlaceboView"]
