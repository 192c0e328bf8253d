"""Numbers and names as the pictures write them."""

from textwrap import wrap

import numpy as np

from ncviz.basics.protocol import TASK_NAMES
from ncviz.inference import Estimate, format_number
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment


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
