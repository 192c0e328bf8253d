"""Slow motion: the net of the training, stepped by either head alone, and what is seen of it."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from ncviz import Experiment
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.chance import draw
from ncviz.engine.network import PARAMETERS, NCnet
from ncviz.mechanism.competition import competition
from ncviz.mechanism.neurons import Pulls, manner
from ncviz.mechanism.slow_motion import HEADS, WHO, SlowMotion, slow_motion_sentence
from strategies import experiments

SHORT = Experiment(steps=60, runs=3)
PLAIN = {"sampling": "minibatch", "shared_gradient": "sum", "shuffled": "none", "redrawn": "none"}


def numbers(net: NCnet) -> dict[str, Any]:
    return {name: getattr(net, name).detach().numpy().copy() for name in PARAMETERS}


def same(one: NCnet, other: NCnet) -> bool:
    pairs = zip(numbers(one).values(), numbers(other).values(), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def labelled(motion: SlowMotion, which: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The points of the run, and the labels of Alice's and Bob's task in the setting."""
    table = torch.as_tensor(getattr(draw(motion.experiment, motion.run), which))
    x, y = (int(digit) for digit in motion.setting)
    return table[:, :4], table[:, [3 + x, 5 + y]]


# The training itself


@settings(max_examples=15, deadline=None)
@given(experiment=experiments(outcome="correct", **PLAIN), data=st.data())
def test_steps_of_both_are_the_training_to_the_bit(experiment: Experiment, data: Any) -> None:
    run = data.draw(st.integers(0, experiment.runs - 1))
    setting = data.draw(st.sampled_from(SETTINGS))
    motion = SlowMotion(experiment, run, setting)
    motion.step("both", experiment.steps)
    assert motion.left == 0
    assert same(motion.net, experiment.run().net(run, setting))


def test_shuffled_labels_are_those_of_the_training() -> None:
    experiment = Experiment(steps=60, runs=2, shuffled="B2")
    motion = SlowMotion(experiment, 1, "12")
    motion.step("both", 60)
    assert same(motion.net, experiment.run().net(1, "12"))


# One head alone


@pytest.mark.parametrize("trunk", ["shared", "separate"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("setting", ["12", "21"])
@pytest.mark.parametrize("head", [0, 1])
def test_one_head_alone_descends_its_own_loss_as_autograd_has_it(
    trunk: str, activation: str, setting: str, head: int
) -> None:
    experiment = Experiment(steps=40, runs=2, trunk=trunk, activation=activation)
    motion = SlowMotion(experiment, 1, setting)
    points, labels = labelled(motion, "train")
    motion.step("both", 20)
    net = motion.net
    for batch in draw(experiment, 1).order[20:]:
        loss = binary_cross_entropy_with_logits(net(points[batch])[:, head], labels[batch, head])
        parameters = list(net.parameters())
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(experiment.learning_rate * gradient)
    motion.step(HEADS[head], 20)
    for name, expected in numbers(net).items():
        np.testing.assert_allclose(numbers(motion.net)[name], expected, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
@pytest.mark.parametrize("trunk", ["shared", "separate"])
def test_a_head_that_stands_still_keeps_its_memory(optimizer: str, trunk: str) -> None:
    experiment = Experiment(steps=40, trunk=trunk, optimizer=optimizer, learning_rate=0.02)
    motion = SlowMotion(experiment)
    points, labels = labelled(motion, "train")
    net = motion.net
    kinds = {"momentum": torch.optim.SGD, "adam": torch.optim.Adam}
    more = {"momentum": {"momentum": 0.9}, "adam": {}}

    # Torch leaves alone what has no gradient: each head's numbers as a parameter of their own.
    shared = trunk == "shared"
    parts = [torch.nn.Parameter(getattr(net, n)[k].detach().clone()) for n in PARAMETERS
             for k in range(len(getattr(net, n)))]  # fmt: skip
    stepper = kinds[optimizer](parts, lr=0.02, **more[optimizer])

    def logit(x: torch.Tensor, head: int) -> torch.Tensor:
        weights, biases = (parts[:1], parts[1:2]) if shared else (parts[:2], parts[2:4])
        first = len(weights) + len(biases)
        layer = head % len(weights)
        return (
            torch.tanh(x @ weights[layer].T + biases[layer]) @ parts[first + head]
            + (parts[first + 2 + head])
        )

    plan = [WHO[k] for k in (0, 0, 0, 1, 1, 1, 1, 2, 2, 0, 2, 1, 0, 2, 1, 0, 2, 1)]
    for who, batch in zip(plan, draw(experiment, 0).order, strict=False):
        heads = [head for head in (0, 1) if who in ("both", HEADS[head])]
        losses = [
            binary_cross_entropy_with_logits(logit(points[batch], head), labels[batch, head])
            for head in heads
        ]
        gradients = torch.autograd.grad(torch.stack(losses).sum(), parts, allow_unused=True)
        for part, gradient in zip(parts, gradients, strict=True):
            part.grad = gradient
        stepper.step()
        motion.step(who)
    found = [part for name in PARAMETERS for part in numbers(motion.net)[name]]
    for part, expected in zip(found, parts, strict=True):
        np.testing.assert_allclose(part, expected.detach().numpy(), rtol=2e-3, atol=2e-5)


def test_bobs_head_stands_still_while_alice_steps_and_the_other_way_round() -> None:
    motion = SlowMotion(SHORT)
    for head, other in ((0, 1), (1, 0)):
        before = numbers(motion.net)
        motion.step(HEADS[head], 5)
        after = numbers(motion.net)
        for name in ("head_weight", "head_bias"):
            assert np.array_equal(after[name][other], before[name][other])
            assert (after[name][head] != before[name][head]).all()
        assert (after["hidden_weight"] != before["hidden_weight"]).all()


def test_with_separate_trunks_a_head_alone_moves_nothing_of_the_other() -> None:
    experiment = Experiment(steps=60, trunk="separate")
    alone, both = SlowMotion(experiment), SlowMotion(experiment)
    alone.step("alice", 60)
    both.step("both", 60)
    start = SlowMotion(experiment).net
    for name in PARAMETERS:
        of_alone, of_both, at_first = (numbers(m)[name] for m in (alone.net, both.net, start))
        assert np.array_equal(of_alone[0], of_both[0])
        assert np.array_equal(of_alone[1], at_first[1])


# Moves


def test_a_round_is_so_many_of_alice_and_then_so_many_of_bob() -> None:
    motion, by_hand = SlowMotion(SHORT), SlowMotion(SHORT)
    motion.alternate(alice=3, bob=2, times=4)
    for _ in range(4):
        by_hand.step("alice", 3)
        by_hand.step("bob", 2)
    assert motion.history.who == (("alice",) * 3 + ("bob",) * 2) * 4
    assert same(motion.net, by_hand.net)
    np.testing.assert_array_equal(motion.history.losses, by_hand.history.losses)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_undo_goes_back_a_move_and_what_follows_is_as_if_it_had_not_been(optimizer: str) -> None:
    experiment = Experiment(steps=60, optimizer=optimizer, learning_rate=0.05)
    motion, straight = SlowMotion(experiment), SlowMotion(experiment)
    motion.step("both", 7)
    at_seven, history = motion.net, motion.history
    motion.alternate(alice=4, bob=1, times=3)
    motion.undo()
    assert same(motion.net, at_seven)
    assert motion.history.who == history.who
    np.testing.assert_array_equal(motion.history.losses, history.losses)
    motion.step("bob", 5)
    straight.step("both", 7)
    straight.step("bob", 5)
    assert same(motion.net, straight.net)
    for _ in range(3):
        motion.undo()
    assert same(motion.net, SlowMotion(experiment).net)
    assert motion.history.who == () and motion.left == 60 and motion.effects() == ()


def test_starting_again_forgets_everything() -> None:
    motion = SlowMotion(SHORT, run=2)
    motion.step("alice", 9)
    motion.reset()
    assert same(motion.net, SlowMotion(SHORT, run=2).net)
    assert motion.history.losses.shape == (1, 2, 2) and motion.left == 60
    motion.undo()
    motion.step("both", 60)
    assert same(motion.net, SHORT.run().net(2, "22"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.step("carol"), "who must be 'both' or 'alice' or 'bob', not 'carol'"),
        (lambda m: m.step("alice", 0), "times must be a whole number from 1 to 60, not 0"),
        (lambda m: m.step("alice", 51), "times must leave no more than 50 updates to make, not 51"),
        (lambda m: m.alternate(0, 1), "alice must be a whole number from 1 to 60, not 0"),
        (lambda m: m.alternate(1, 1.5), "bob must be a whole number from 1 to 60, not 1.5"),
        (lambda m: m.alternate(8, 1, 6), "times must leave no more than 50 updates"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(call: Any, words: str) -> None:
    motion = SlowMotion(SHORT)
    motion.step("both", 10)
    before = motion.net
    with pytest.raises(ValueError, match=re.escape(words)):
        call(motion)
    assert same(motion.net, before) and motion.left == 50


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"shared_gradient": "pcgrad"}, "shared_gradient must be 'sum' in slow motion"),
        ({"sampling": "full"}, "sampling must be 'minibatch' in slow motion, not 'full'"),
        ({"hidden": 25}, "hidden must be at most 24 in slow motion, not 25"),
        (
            {"n_train": 2000, "batch_size": 1025},
            "batch_size must be at most 1024 in slow motion, not 1025",
        ),
    ],
)
def test_an_experiment_of_another_kind_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SlowMotion(Experiment(**fields))


def test_there_must_be_such_a_run_and_setting() -> None:
    with pytest.raises(ValueError, match="run must be a whole number from 0 to 2, not 3"):
        SlowMotion(SHORT, run=3)
    with pytest.raises(ValueError, match="setting must be '11' or '12' or '21' or '22', not '33'"):
        SlowMotion(SHORT, setting="33")


# Losses, effects and pulls


def test_losses_and_accuracy_are_those_of_the_points() -> None:
    motion = SlowMotion(SHORT, run=1, setting="21")
    motion.alternate(alice=2, bob=1, times=9)
    for found, right, which in zip(motion.losses, motion.accuracy, ("train", "test"), strict=True):
        points, labels = labelled(motion, which)
        with torch.no_grad():
            logits = motion.net(points)
        loss = binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=0)
        np.testing.assert_allclose(found, loss.numpy(), rtol=1e-5)
        np.testing.assert_array_equal(right, ((logits > 0) == labels).double().mean(dim=0))


def test_the_held_out_losses_after_all_steps_are_those_of_the_result() -> None:
    motion = SlowMotion(SHORT, run=2, setting="12")
    motion.step("both", 60)
    table = SHORT.run().losses.query("run == 2 and setting == '12' and step == 60")
    expected = [table.query(f"head == '{head}'")["loss"].item() for head in ("alice", "bob")]
    np.testing.assert_allclose(motion.losses.test, expected, rtol=1e-4)


def test_an_effect_is_the_loss_after_less_the_loss_before() -> None:
    motion = SlowMotion(SHORT)
    motion.step("both", 20)
    before = motion.losses.train
    motion.step("bob")
    (effect,) = motion.effects()
    assert (effect.who, effect.updates) == ("bob", 1)
    np.testing.assert_array_equal(effect.change, motion.losses.train - before)


def test_the_effects_of_turns_add_up_to_the_change_of_the_losses() -> None:
    motion, by_hand = SlowMotion(SHORT), SlowMotion(SHORT)
    for each in (motion, by_hand):
        each.step("both", 10)
    before = motion.losses.train
    motion.alternate(alice=2, bob=3, times=4)
    alice, bob = motion.effects()
    assert (alice.who, alice.updates, bob.who, bob.updates) == ("alice", 8, "bob", 12)
    np.testing.assert_allclose(alice.change + bob.change, motion.losses.train - before, atol=1e-12)
    of_bob = np.zeros(2)
    for _ in range(4):
        by_hand.step("alice", 2)
        start = by_hand.losses.train
        by_hand.step("bob", 3)
        of_bob += by_hand.losses.train - start
    np.testing.assert_allclose(bob.change, of_bob, atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_pulls_go_down_the_losses_as_finite_differences_have_it(activation: str) -> None:
    motion = SlowMotion(Experiment(activation=activation, learning_rate=0.25), setting="21")
    motion.step("both", 30)
    points, labels = (part.double() for part in labelled(motion, "train"))
    start = {name: torch.tensor(n).double() for name, n in numbers(motion.net).items()}
    kind = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}[activation]

    def losses(unit: int, weight: int, by: float) -> Any:
        into, bias = start["hidden_weight"][0].clone(), start["hidden_bias"][0].clone()
        if weight < 4:
            into[unit, weight] += by
        else:
            bias[unit] += by
        logits = kind(points @ into.T + bias) @ start["head_weight"].T + start["head_bias"]
        each = binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return each.mean(dim=0).numpy()

    tiny = 1e-6
    for unit, weight in np.ndindex(3, 5):
        slope = (losses(unit, weight, tiny) - losses(unit, weight, -tiny)) / (2 * tiny)
        found = motion.pulls().step[:, 0, unit, weight]
        np.testing.assert_allclose(found, -0.25 * slope, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("trunk", ["shared", "separate"])
def test_cosines_are_those_of_gradient_competition(trunk: str) -> None:
    experiment = Experiment(steps=60, runs=2, trunk=trunk)
    motion = SlowMotion(experiment, run=1, setting="12")
    motion.step("both", 60)
    wishes = competition(experiment.run()).wishes
    pulls = motion.pulls()
    lengths = np.linalg.norm(pulls.step, axis=-1)
    norms = experiment.learning_rate * wishes.norm[-1, 1, 1]
    if trunk == "shared":
        np.testing.assert_allclose(pulls.cosine[0], wishes.cosine[-1, 1, 1], atol=1e-4)
        np.testing.assert_allclose(lengths[:, 0], norms, rtol=1e-4)
    else:
        assert np.isnan(pulls.cosine).all() and np.isnan(wishes.cosine[-1, 1, 1]).all()
        np.testing.assert_allclose(lengths[[0, 1], [0, 1]], norms, rtol=1e-4)
        assert not lengths[[0, 1], [1, 0]].any()


# Words


def pulling(*vectors: tuple[list[float], list[float]]) -> Pulls:
    """Pulls of Alice and of Bob at each neuron, along the first weights."""
    step = np.zeros((2, 1, len(vectors), 5))
    for unit, two in enumerate(vectors):
        step[:, 0, unit, :2] = two
    return Pulls.of(step)


def test_the_sentence_names_the_neuron_where_most_is_lost() -> None:
    motion = SlowMotion(Experiment(hidden=2))
    weak_but_opposed, strong = ([0.1, 0], [-0.1, 0]), ([3.0, 4], [-3.0, 0])
    said = slow_motion_sentence(motion, pulling(weak_but_opposed, strong))
    assert said == (
        "The fight is hardest at neuron 2: there Alice and Bob pull against each other "
        "(cosine −0.60)."
    )
    helped = slow_motion_sentence(motion, pulling(([1, 0], [1, 0]), ([0, 1], [1, 0])))
    assert helped == "Nowhere do Alice and Bob pull against each other."


@pytest.mark.parametrize(
    ("cosine", "word"), [(-0.8, "against"), (0.2, "across"), (0.5, "together"), (np.nan, "")]
)
def test_each_manner_of_two_pulls_is_a_third_of_all_angles(cosine: float, word: str) -> None:
    assert manner(cosine) == word


def test_the_sentence_tells_exactly_what_bobs_last_step_did_to_alice() -> None:
    motion = SlowMotion(Experiment())
    motion.step("both", 300)
    for _ in range(12):
        before = motion.losses.train[0]
        motion.step("bob")
        change = motion.losses.train[0] - before
        said = slow_motion_sentence(motion, motion.pulls())
        found = re.search(
            r"The last step of Bob (raised|lowered) Alice’s training loss by (\S+)", said
        )
        assert found and (found[1] == "raised") == (change > 0)
        assert float(found[2]) == pytest.approx(abs(change), rel=0.5, abs=0.0005)


def test_with_separate_trunks_bobs_step_changes_nothing_for_alice() -> None:
    motion = SlowMotion(Experiment(trunk="separate"))
    motion.step("bob", 7)
    assert slow_motion_sentence(motion, motion.pulls()).endswith(
        "The last 7 steps of Bob did not change Alice’s training loss."
    )
