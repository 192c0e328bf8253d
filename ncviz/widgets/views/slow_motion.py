"""Slow motion: step Alice's head, Bob's or both, and see the layer that they share move."""

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets

from ncviz.basics.protocol import SETTINGS
from ncviz.engine.network import PARAMETERS
from ncviz.experiment import Experiment
from ncviz.mechanism import neurons
from ncviz.mechanism.slow_motion import WHO, SlowMotion, slow_motion_sentence, unsuited
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.view import Frame, Shown, css, esm, figure_of, packed
from ncviz.widgets.views.trial import experiment_of

CELLS = 48  # cells of a map along each side
FINENESS = 32767  # what stands for 1 in the maps, which are sent as whole numbers of 16 bits
# Updates after which a loss is drawn: more than a chart has pixels for would be lost.
MOST_DRAWN = 500
# Steps at a press of a button, and turns of one head for one of the other, that are offered.
MOST_TIMES, MOST_TURNS = 100, 8


class SlowMotionView(Shown):
    """Buttons that step one net, and pictures of its hidden layer between the two heads."""

    FIGURE = "net"
    UNSHOWN = "an experiment must be shown before there is a figure of its net"
    _esm = esm(
        "base", "chart", "controls", "net_drawing", "slow_motion_layer", "slow_motion_plane",
        "slow_motion_losses", "slow_motion",
    )  # fmt: skip
    _css = css("base", "chart", "controls", "net_view", "slow_motion")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)
    setting = traitlets.Enum(SETTINGS, "22").tag(sync=True, from_page=True)
    # "": the pair of bits that matters to the tasks.
    pair = traitlets.Enum(("", *(f"{a + 1}{b + 1}" for a, b in neurons.PAIRS)), "").tag(
        sync=True, from_page=True
    )
    others = traitlets.Enum(("00", "01", "10", "11"), "00").tag(sync=True, from_page=True)

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        # Messages of one widget can come on two threads at once.
        self._lock = threading.RLock()
        self._experiment: Experiment | None = None
        self.motion: SlowMotion | None = None
        super().__init__(**traits)
        self.add_class("ncviz-slow-motion")
        on_message(self, self._move, {"move": str}, {"times": int, "alice": int, "bob": int})
        self.observe(lambda _change: self._begin(), ["run", "setting"])
        self.observe(lambda _change: self.redraw(), ["pair", "others"])
        if experiment is not None:
            self.show(experiment)

    def show(self, moment: Experiment | Moment, rough: bool = False) -> None:
        """Follow to an experiment; where it trains the same nets as before, nothing changes."""
        experiment = experiment_of(moment)
        with self._lock:
            before, self._experiment = self._experiment, experiment
            if before is None or self._nets(before) != self._nets(experiment):
                self._begin()

    def redraw(self) -> None:
        """Show `motion` as it is now."""
        with self._lock:
            if self._experiment is not None:
                self.frame = self._drawn(self._experiment)

    def _settled(self) -> Any:
        return figure_of(self._by_figure(self.motion.net)) if self.motion else None

    def _nets(self, experiment: Experiment) -> Experiment:
        """The experiment, without what does not change this run's net."""
        run = min(self.run, experiment.runs - 1)
        plain = {"outcome": "correct", "threshold": 0.0, "device": "cpu"}
        return replace(experiment, runs=run + 1, **plain)  # type: ignore[arg-type]

    def _begin(self) -> None:
        with self._lock:
            if (e := self._experiment) is not None:
                run = min(self.run, e.runs - 1)
                self.motion = None if unsuited(e) else SlowMotion(e, run, self.setting)
                self.redraw()

    def _move(self, move: str, times: int = 1, alice: int = 1, bob: int = 1) -> None:
        """Do what a button asks for, as far as there are batches left."""
        offered = 1 <= times <= MOST_TIMES and {alice, bob} <= set(range(1, MOST_TURNS + 1))
        with self._lock:
            motion = self.motion
            if motion is None or not offered:
                return
            if move == "reset":
                motion.reset()
            elif move == "undo":
                motion.undo()
            elif move == "turns":
                if times := min(times, motion.left // (alice + bob)):
                    motion.alternate(alice, bob, times)
            elif move in WHO and (times := min(times, motion.left)):
                motion.step(move, times)
            self.redraw()

    def _drawn(self, experiment: Experiment) -> Frame:
        frame: Frame = {"last_run": experiment.runs - 1, "problem": "", "lost": ""}
        motion = self.motion
        if motion is None:
            problem = f"No slow motion here: {unsuited(experiment)}."
            return {**frame, "problem": problem, "caption": problem}
        x, y = (int(digit) for digit in motion.setting)
        tasks = (experiment.tasks[x - 1], experiment.tasks[y + 1])
        frame |= {
            "run": motion.run,
            "setting": motion.setting,
            "tasks": list(tasks),
            "left": motion.left,
            "steps": experiment.steps,
            **_losses(motion),
        }
        if not np.isfinite(motion.losses.train).all():
            lost = "The net has diverged: its losses are no longer finite numbers."
            return {**frame, "lost": lost, "caption": lost}
        pulls = motion.pulls()
        pair = tuple(int(bit) - 1 for bit in self.pair) or neurons.pair_of(tasks)
        plane = neurons.Plane(pair, tuple(int(bit) for bit in self.others))  # type: ignore[arg-type]
        return {
            **frame,
            **_layer(motion, pulls),
            **_plane(plane, motion, pulls),
            "caption": slow_motion_sentence(motion, pulls),
        }


def _losses(motion: SlowMotion) -> Frame:
    history = motion.history
    updates = len(history.who)
    drawn = np.unique(np.linspace(0, updates, min(updates + 1, MOST_DRAWN)).astype(int))
    found = [motion.losses.train, motion.losses.test, motion.accuracy.train, motion.accuracy.test]
    return {
        "updates": updates,
        "who": "".join(who[0] if who != "both" else "2" for who in history.who),
        "at": packed(drawn),
        "losses": packed(history.losses[drawn].reshape(len(drawn), 4).T),
        "scores": [[float(x) if np.isfinite(x) else None for x in two] for two in found],
    }


def _layer(motion: SlowMotion, pulls: neurons.Pulls) -> Frame:
    """What the net's drawing needs, as `NetView` has it, and how the pulls go."""
    net = motion.net
    cosines = pulls.cosine[0] if len(pulls.cosine) == 1 else np.array([])
    return {
        "trunks": len(net.hidden_bias),
        "hidden": net.hidden,
        "drawn": net.hidden,
        "weights": packed(
            np.concatenate([getattr(net, name).detach().numpy().ravel() for name in PARAMETERS])
        ),
        "cosines": [float(cosine) if np.isfinite(cosine) else None for cosine in cosines],
        "manners": [neurons.manner(cosine) for cosine in cosines],
        "strengths": pulls.strength[0].tolist(),
    }


def _plane(plane: neurons.Plane, motion: SlowMotion, pulls: neurons.Pulls) -> Frame:
    """The picture of input space."""
    net, corners = motion.net, motion.corners()
    lines = neurons.neuron_lines(plane, net, pulls)
    # 2p − 1, from −1 to 1; 0 where the weights of a net are so huge that it answers ∞ − ∞.
    sure = np.nan_to_num(np.tanh(plane.logits(net, CELLS) / 2))
    return {
        "pair": list(plane.pair),
        "fixed": list(plane.fixed),
        "reach": neurons.REACH,
        "cells": CELLS,
        "maps": np.rint(FINENESS * sure).astype("<i2").tobytes(),
        "lines": [
            {"trunk": line.trunk, "index": line.index}
            | {name: getattr(line, name).tolist() for name in ("ends", "feet", "pushes")}
            for line in lines
        ],
        "gain": neurons.magnification(lines),
        "rate": motion.experiment.learning_rate,
        "labels": corners.labels.astype(int).tolist(),
        "says": corners.says.astype(int).tolist(),
        "inside": plane.inside.tolist(),
    }
