"""Numbers and names as the pictures write them."""

from textwrap import wrap

import numpy as np

from ncviz.basics.protocol import TASK_NAMES
from ncviz.inference import Array, Estimate, format_number
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment

DIRECTIONS = np.deg2rad([45, 0, -45, 90, 180, 135, -135, -90])
FAR = (8.0, 12.0, 17.0, 22.0)
"""Where a number may stand about its mark: directions, and distances in points."""


def said(moment: Moment) -> list[str]:
    """S with its interval, what it is over, and what it rests on, as lines of a heading."""
    line = verdict(moment.summary)
    return [f"{line.value} {line.interval}", *wrap(line.note, 62)]


def tasks(moment: Moment) -> list[str]:
    """A1, A2, B1, B2, each with the name of the task on one or two lines below."""
    return [
        "\n".join([letter, *wrap(name, 13, max_lines=2, placeholder="…")])
        for letter, name in zip(TASK_NAMES, moment.experiment.tasks, strict=True)
    ]


def interval(estimate: Estimate) -> str:
    """Such as "[0.78, 0.92]", or nothing without an interval."""
    if not np.isfinite(estimate.low):
        return ""
    return f"[{format_number(estimate.low)}, {format_number(estimate.high)}]"


def places_beside(at: Array, marks: Array, leftmost: float, highest: float) -> list[Array]:
    """Where to write each number, from its mark, in points: near it, and on nothing else.

    Above the highest place stands the name of the axis, left of the leftmost stand its numbers.
    """
    written: list[Array] = []
    shifts: list[Array] = []
    for point in at:
        around = [far * np.array([np.cos(a), np.sin(a)]) for far in FAR for a in DIRECTIONS]
        free = (
            shift
            for shift in around
            if point[0] + shift[0] >= leftmost
            and point[1] + shift[1] <= highest
            and np.hypot(*(marks - point - shift).T).min() > 7
            and all(np.hypot(*(other - point - shift)) > 8.5 for other in written)
        )
        shift = next(free, around[0])
        shifts.append(shift)
        written.append(point + shift)
    return shifts
