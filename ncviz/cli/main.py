"""The command line: ``ncviz run``; the other modules here add their commands."""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from ncviz import __version__
from ncviz.basics.checks import cut, did_you_mean, short
from ncviz.basics.computing import seen
from ncviz.basics.protocol import SETTINGS, TASK_NAMES
from ncviz.basics.writing import as_csv
from ncviz.cli import bert, classroom, notebooks, sweep
from ncviz.cli.output import add_fields, check_target, give, given, note, readable, to_json
from ncviz.experiment import Experiment
from ncviz.tasks import PAIRINGS

LONGEST = 1000  # letters of a message: what was given can have a hundred times as many


class _Parser(argparse.ArgumentParser):
    """One whose messages are short."""

    def error(self, message: str) -> NoReturn:
        super().error(cut(message, LONGEST))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0, or 2 after a message about a bad value."""
    parser = _Parser(
        prog="ncviz", description="Watch a small network pass, and explain, a Bell test."
    )
    parser.add_argument("--version", action="version", version=f"ncviz {__version__}")
    commands = parser.add_subparsers(required=True)
    notebooks.add_commands(commands)
    _add_run(commands)
    for module in (sweep, classroom, bert):
        module.add_commands(commands)
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and not words[0].startswith("-") and words[0] not in commands.choices:
        parser.error(f"unknown command {short(words[0])}{did_you_mean(words[0], commands.choices)}")
    chosen, rest = parser.parse_known_args(words)
    if rest and not getattr(chosen, "passes_on", False):
        parser.error(_unknown(rest, vars(chosen)))
    with readable():
        try:
            return int(chosen.command(chosen, rest))
        except (ValueError, OSError) as error:
            note(cut(f"ncviz: {error}", LONGEST))
            return 2


def _unknown(rest: Sequence[str], known: dict[str, Any]) -> str:
    """What to say of arguments that no command takes: each flag with the closest there is."""
    flags = [f"--{name.replace('_', '-')}" for name in known if name not in ("command", "words")]
    said = f"unknown arguments: {cut(' '.join(rest), 200)}"
    typos = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return said + (did_you_mean(typos[0], flags) if typos else "")


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="train one experiment and print its numbers",
        description="Train one experiment and print S with its interval, and what explains it.",
    )
    names = f"one of {', '.join(PAIRINGS)}; or four task names (default: {Experiment.pairing})"
    add_fields(run, Experiment, pairing={"nargs": "+", "help": names})
    run.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    run.add_argument("--csv", type=Path, metavar="PATH", help="write a row a run to this file")
    run.set_defaults(command=_run)


def _run(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    experiment = Experiment(**given(chosen, Experiment))
    check_target("csv", chosen.csv)
    result = _with_progress(experiment)
    text = _as_json(result) if chosen.json else _as_text(result)
    give(text, {"csv": (chosen.csv, lambda part: part.write_bytes(as_csv(result.runs)))})
    return 0


def _with_progress(experiment: Experiment) -> Any:
    """Train, with a bar on a terminal; none where the output goes to a file or a pipe."""
    from tqdm import tqdm

    from ncviz.sweeps.price import LONG, Price

    if (price := Price.of(experiment)) is not None and price.seconds > LONG:
        note(f"ncviz: this takes {price.words} of memory; Ctrl+C ends it")
    disable = None if seen() else True
    with tqdm(total=experiment.steps, unit="step", leave=False, disable=disable) as bar:
        for snapshot in experiment.stream():
            bar.update(snapshot.step - bar.n)
    return snapshot.result


def _as_json(result: Any) -> str:
    from ncviz.inference import p_above

    summary = result.summary
    told = {
        "experiment": asdict(result.experiment),
        "S": asdict(summary.s),
        "correlators": result.correlators.to_dict("index"),
        "marginals": result.marginals.to_dict("index"),
        "delta": summary.delta.value,
        "D": summary.D.value,
        "delta_interval": [summary.delta.low, summary.delta.high],
        "D_interval": [summary.D.low, summary.D.high],
        "D_ceiling": asdict(summary.ceiling),
        "influence": asdict(summary.influence),
        "least_influence": asdict(summary.least_influence),
        "hidden_influence": asdict(summary.hidden),
        "p_above_2": p_above(result.paired) if result.s.n else math.nan,
    }
    return to_json(told)


def _as_text(result: Any) -> str:
    from ncviz.meaning.verdict import SENSITIVE, verdict

    summary = result.summary
    correlators = zip(SETTINGS, summary.correlators, strict=True)
    means = [
        f"  {task}  {first:.3f} beside {of}1, {second:.3f} beside {of}2"
        for task, of, (first, second) in zip(TASK_NAMES, "BBAA", summary.marginals, strict=True)
    ]
    counted = ""
    if summary.influence.value > 0:
        counted = f": outcomes that change with the partner’s task at a fixed λ; {SENSITIVE}"
    lines = [
        result.experiment.code(),
        str(verdict(summary)),
        "",
        "Correlators",
        *(f"  C{setting}  {c:.3f}" for setting, c in correlators),
        "Mean outcomes",
        *means,
        f"Signalling δ = {summary.delta:.3f}",
        f"Excess D = s_odd − 2 − δ = {summary.D:.3f}",
        f"Measured influence 2Σf = {summary.influence:.3f}{counted}",
        f"  of which these means need max(δ, s_odd − 2) = {summary.least_influence:.3f}",
        f"  and hidden is the rest, {summary.hidden:.3f}",
        f"Ceiling of S − 2 − δ = {summary.ceiling:.3f}",
    ]
    return "\n".join(lines)
