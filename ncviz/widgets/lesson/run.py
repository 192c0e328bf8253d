"""What a lesson runs: an experiment, several of them, or a function."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot

Run = Experiment | Sequence[Experiment] | Mapping[Any, Experiment] | Callable[[], Any]

Progress = tuple[float | None, str]
"""The share that is done, 0 to 1, or None where nobody knows; and what is being done."""

Tell = Callable[[Progress], None]

Steps = Generator[None, None, Any]
"""Ends with what was found."""


def checked(run: object) -> Run:
    """What can be run, as it is now."""
    if isinstance(run, Experiment) or callable(run):
        return run
    if isinstance(run, Mapping) and run and all(map(_is_experiment, run.values())):
        return dict(run)
    if isinstance(run, Sequence) and run and all(map(_is_experiment, run)):
        return tuple(run)
    raise ValueError(
        "run must be an Experiment, a sequence or dict of experiments, or a function, "
        f"not {short(run)}"
    )


def carried_out(run: Run, show: Callable[[Snapshot], None], tell: Tell) -> Steps:
    """Run it, a step at a time; who closes the generator ends it."""
    if isinstance(run, Experiment):
        return (yield from _trained(run, show, tell))
    if isinstance(run, Mapping):
        results = yield from _all_trained(run.values(), len(run), tell)
        return dict(zip(run, results, strict=True))
    if isinstance(run, Sequence):
        return (yield from _all_trained(run, len(run), tell))
    tell((None, "working…"))
    yield
    return run()


def _all_trained(experiments: Iterable[Experiment], count: int, tell: Tell) -> Steps:
    results = []
    for number, experiment in enumerate(experiments):
        steps = _trained(experiment, lambda _snapshot: None, tell, number, count)
        results.append((yield from steps))
    return results


def _trained(
    experiment: Experiment,
    show: Callable[[Snapshot], None],
    tell: Tell,
    number: int = 0,
    count: int = 1,
) -> Steps:
    """Train the experiment that stands at `number` of `count`."""
    which = f"experiment {number + 1} of {count}, " if count > 1 else ""
    result: Result | None = None
    with closing(experiment.stream()) as snapshots:
        for snapshot in snapshots:
            show(snapshot)
            result = snapshot.result
            share = (number + snapshot.step / experiment.steps) / count
            tell((share, f"{which}step {snapshot.step} of {experiment.steps}"))
            yield
    return result


def _is_experiment(value: object) -> bool:
    return isinstance(value, Experiment)
