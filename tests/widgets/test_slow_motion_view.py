"""Slow motion as it is seen: input space with the neurons in it, and the view with its buttons."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget

from explorers import alive, displayed, send
from ncviz import Experiment
from ncviz.engine.network import PARAMETERS
from ncviz.mechanism.neurons import (
    PAIRS,
    REACH,
    Plane,
    chord,
    magnification,
    neuron_lines,
    pair_of,
    push,
)
from ncviz.mechanism.slow_motion import SlowMotion, slow_motion_sentence
from ncviz.tasks import POINTS, find
from ncviz.widgets.views.slow_motion import CELLS, FINENESS, SlowMotionView

SHORT = Experiment(steps=60, runs=3)


def weights_of(motion: SlowMotion | None) -> Any:
    """All numbers of the net, one after another."""
    assert motion is not None
    return np.concatenate([getattr(motion.net, n).detach().numpy().ravel() for n in PARAMETERS])


# Input space


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("others", [(0, 1), (1, 1)])
def test_a_map_is_what_the_net_answers_in_the_plane(
    pair: tuple[int, int], others: tuple[int, int]
) -> None:
    net = SlowMotion(SHORT).net
    plane = Plane(pair, others)
    logits = plane.logits(net, cells=7)
    for row, column in np.ndindex(7, 7):
        point = np.empty(4)
        point[list(pair)] = [REACH * ((2 * k + 1) / 7 - 1) for k in (column, row)]
        point[[k for k in range(4) if k not in pair]] = [2 * bit - 1 for bit in others]
        np.testing.assert_allclose(
            logits[:, row, column], net(point).detach().numpy(), rtol=1e-4, atol=1e-6
        )
    at = POINTS[plane.inside]
    assert len(at) == 4
    assert (at[:, [k for k in range(4) if k not in pair]] == others).all()


@pytest.mark.parametrize("trunk", ["shared", "separate"])
def test_on_its_line_a_neuron_receives_nothing(trunk: str) -> None:
    motion = SlowMotion(Experiment(hidden=8, trunk=trunk))
    motion.step("both", 50)
    plane = Plane((1, 3), (1, 0))
    found = neuron_lines(plane, motion.net, motion.pulls())
    assert len(found) > 4
    for line in found:
        for x, y in (*line.ends, *line.feet):
            point = np.array([1, x, -1, y])
            weight = motion.net.hidden_weight[line.trunk, line.index].detach().numpy()
            bias = motion.net.hidden_bias[line.trunk, line.index].item()
            assert abs(weight @ point + bias) < 1e-6
            assert max(abs(x), abs(y)) <= REACH + 1e-6


@given(st.tuples(*[st.floats(-3, 3)] * 3))
def test_a_chord_ends_at_the_frame_and_only_lines_outside_have_none(line: Any) -> None:
    a, b, c = line
    ends = chord(np.array(line))
    corners = [a * x + b * y + c for x in (-REACH, REACH) for y in (-REACH, REACH)]
    if ends is None:
        assert min(corners) >= -1e-6 or max(corners) <= 1e-6
    else:
        np.testing.assert_allclose(np.abs(ends).max(axis=1), REACH)
        np.testing.assert_allclose(ends @ [a, b] + c, 0, atol=1e-6)


def test_a_push_is_where_the_line_goes_when_the_step_is_made() -> None:
    line, step = np.array([0.8, -0.5, 0.3]), np.array([0.4, 0.9, -0.7])
    at = np.array([0.5, 1.4])  # on the line
    normal = line[:2] / np.linalg.norm(line[:2])
    tiny = 1e-6
    a, b, c = line + tiny * step
    # How far along the normal the moved line is met.
    far = -(a * at[0] + b * at[1] + c) / (a * normal[0] + b * normal[1])
    np.testing.assert_allclose(push(line, step, at), far / tiny * normal, rtol=1e-4)


def test_arrows_are_enlarged_by_a_round_number_and_stay_short() -> None:
    motion = SlowMotion(SHORT)
    for _ in range(5):
        lines = neuron_lines(Plane(), motion.net, motion.pulls())
        gain = magnification(lines)
        most = gain * max(np.linalg.norm(line.pushes, axis=-1).max() for line in lines)
        assert 0.2 < most <= 0.6
        assert f"{gain:.0e}"[0] in "125" and float(f"{gain:.0e}") == pytest.approx(gain)
        motion.step("both", 12)
    assert magnification([]) == 1


def test_the_bits_that_matter_are_those_of_alice_then_of_bob() -> None:
    assert pair_of(("s3 XOR s4", "s1")) == (2, 3)
    assert pair_of(("s2", "s4")) == (1, 3)
    assert pair_of(("table " + "0" * 16, "s3")) == (0, 2)


def test_there_must_be_such_a_plane() -> None:
    with pytest.raises(ValueError, match="pair must be one of"):
        Plane((1, 0))
    with pytest.raises(ValueError, match="others must be two bits, each 0 or 1"):
        Plane((0, 1), (0, 2))


# The view


@pytest.fixture
def view() -> Iterator[SlowMotionView]:
    view = SlowMotionView(Experiment(steps=200))
    yield view
    view.close()


def press(view: SlowMotionView, move: str, times: int = 1, alice: int = 3, bob: int = 1) -> None:
    """As the browser does."""
    send(view, move=move, times=times, alice=alice, bob=bob)


def test_the_buttons_step_the_net(view: SlowMotionView) -> None:
    expected = SlowMotion(Experiment(steps=200))
    press(view, "alice", 10)
    press(view, "turns", 2)
    press(view, "bob")
    press(view, "undo")
    press(view, "both", 3)
    expected.step("alice", 10)
    expected.alternate(3, 1, 2)
    expected.step("both", 3)
    assert np.array_equal(weights_of(view.motion), weights_of(expected))
    assert (view.frame["updates"], view.frame["left"]) == (21, 179)
    assert view.frame["who"] == "a" * 10 + "aaab" * 2 + "222"
    assert view.describe() == slow_motion_sentence(expected, expected.pulls())
    press(view, "reset")
    assert view.frame["updates"] == 0


def test_the_buttons_step_no_further_than_the_training(view: SlowMotionView) -> None:
    press(view, "both", 100)
    press(view, "turns", 100)
    assert view.frame["left"] == 0
    press(view, "alice", 1)
    press(view, "undo")
    press(view, "alice", 98)
    press(view, "turns", 10)  # two batches are left, and a round takes four
    assert view.frame["left"] == 2
    press(view, "bob", 10)
    assert view.frame["left"] == 0


def test_the_picture_is_that_of_the_net(view: SlowMotionView) -> None:
    press(view, "both", 100)
    frame, motion = view.frame, view.motion
    assert motion is not None
    weights = np.frombuffer(frame["weights"], "<f4")
    np.testing.assert_array_equal(weights, weights_of(motion))
    losses = np.frombuffer(frame["losses"], "<f4").reshape(4, -1).T
    np.testing.assert_allclose(losses, motion.history.losses.reshape(-1, 4), rtol=1e-6)
    maps = np.frombuffer(frame["maps"], "<i2").reshape(2, CELLS, CELLS) / FINENESS
    logits = Plane((0, 1), (0, 0)).logits(motion.net, CELLS)
    np.testing.assert_allclose((1 + maps) / 2, 1 / (1 + np.exp(-logits)), atol=1e-4)
    says = (motion.net(2.0 * POINTS - 1) > 0).int().tolist()
    assert frame["says"] == says
    assert frame["labels"] == np.stack([find(t)(POINTS) for t in frame["tasks"]], axis=1).tolist()


def test_another_plane_changes_the_picture_and_not_the_net(view: SlowMotionView) -> None:
    press(view, "both", 5)
    before = weights_of(view.motion)
    view.pair, view.others = "13", "10"
    assert (view.frame["pair"], view.frame["fixed"]) == ([0, 2], [1, 3])
    assert view.frame["inside"] == ((POINTS[:, 1] == 1) & (POINTS[:, 3] == 0)).tolist()
    assert np.array_equal(weights_of(view.motion), before)


def test_another_run_or_setting_starts_anew(view: SlowMotionView) -> None:
    press(view, "both", 5)
    view.run, view.setting = 4, "12"
    assert view.frame["updates"] == 0
    assert view.frame["tasks"] == ["s1 AND s2", "s3 XOR s4"]
    assert np.array_equal(weights_of(view.motion), weights_of(SlowMotion(Experiment(), 4, "12")))


def test_it_follows_to_another_net_and_stays_with_the_same(view: SlowMotionView) -> None:
    press(view, "alice", 5)
    for snapshot in Experiment(steps=200, runs=2, outcome="success").stream(every=100):
        view.show(snapshot, rough=True)
    assert view.frame["updates"] == 5
    view.show(Experiment(steps=200, hidden=4))
    assert (view.frame["updates"], view.frame["hidden"]) == (0, 4)
    view.show(Experiment(steps=200, sampling="full"))
    assert "sampling" in view.describe()
    view.show(Experiment(steps=200))
    assert (view.frame["problem"], view.frame["hidden"]) == ("", 3)


def test_an_experiment_of_another_kind_is_explained() -> None:
    view = SlowMotionView(Experiment(hidden=25))
    assert view.describe() == (
        "No slow motion here: hidden must be at most 24 in slow motion, not 25."
    )
    assert view.motion is None
    press(view, "alice")
    view.close()


def test_fewer_runs_show_the_last_one() -> None:
    view = SlowMotionView(Experiment(steps=20, runs=9), run=7)
    view.show(Experiment(steps=20, runs=2))
    assert (view.frame["run"], view.frame["last_run"]) == (1, 1)
    view.show(Experiment(steps=20, runs=9))
    assert view.frame["run"] == 7
    view.close()


def test_a_net_that_diverges_is_said_to_and_can_be_taken_back() -> None:
    view = SlowMotionView(Experiment(steps=200, activation="relu", learning_rate=1e30))
    moves = 0
    while not view.frame["lost"]:
        press(view, "both")
        moves += 1
    assert "diverged" in view.describe() and "maps" not in view.frame
    assert moves < 50 and view.frame["scores"][0] == [None, None]
    press(view, "undo")
    assert "maps" in view.frame and not view.frame["lost"]
    view.close()


def test_it_shows_experiments_only() -> None:
    view = SlowMotionView()
    assert view.describe() == "" and view.frame == {}
    press(view, "alice")
    view.redraw()
    with pytest.raises(ValueError, match="experiment must be an Experiment, a Snapshot or a Res"):
        view.show(3)  # type: ignore[arg-type]
    view.close()


def test_closing_leaves_nothing_behind() -> None:
    before = alive()
    view: Widget = SlowMotionView(Experiment(steps=20))
    view.close()
    assert alive() == before


def test_without_a_kernel_the_net_is_still_seen_as_it_is_now() -> None:
    view = SlowMotionView(Experiment())
    before = displayed(view)
    view.motion.step("both", 20)
    after = displayed(view)
    assert b64decode(before["image/png"])[:4] == b"\x89PNG"
    assert before["image/png"] != after["image/png"]
    view.close()
    empty = SlowMotionView()
    with pytest.raises(ValueError, match="must be shown before"):
        empty.figure()
    empty.close()
