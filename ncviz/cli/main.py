"""The command line: ``ncviz lab`` and ``ncviz run``; the other `cli_` modules add theirs."""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

from ncviz import __version__
from ncviz.basics.checks import cut, did_you_mean, short
from ncviz.basics.protocol import SETTINGS, TASK_NAMES
from ncviz.basics.steps import seen
from ncviz.basics.writing import as_csv
from ncviz.cli import bert as cli_bert
from ncviz.cli import classroom as cli_class
from ncviz.cli import dashboard as cli_dashboard
from ncviz.cli import sweep as cli_sweep
from ncviz.cli.output import check_target, give, note, readable
from ncviz.cli.shipped import NOTEBOOK, lay_out_notebooks
from ncviz.cli.sweep import help_of
from ncviz.experiment import Experiment
from ncviz.tasks import PAIRINGS

LONGEST = 1000
"""Letters of a message: what was given can have a hundred times as many."""


class _Parser(argparse.ArgumentParser):
    """One whose messages are short."""

    def error(self, message: str) -> NoReturn:
        super().error(cut(message, LONGEST))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of the process by default.

    Returns
    -------
    int
        The exit status: 0, or 2 after a message about a bad value.
    """
    parser = _Parser(
        prog="ncviz", description="Watch a small network pass, and explain, a Bell test."
    )
    parser.add_argument("--version", action="version", version=f"ncviz {__version__}")
    commands = parser.add_subparsers(required=True)
    _add_lab(commands)
    cli_dashboard.add_command(commands)
    _add_run(commands)
    cli_sweep.add_commands(commands)
    cli_class.add_command(commands)
    cli_bert.add_command(commands)
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


def _add_lab(commands: Any) -> None:
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the Explorer",
        description=(
            "Open JupyterLab on the Explorer. It, the lessons and the teacher's guide are put into "
            "this folder unless they are there. Further arguments go to the server."
        ),
    )
    lab.set_defaults(command=_lab, passes_on=True)


def _lab(_chosen: argparse.Namespace, rest: Sequence[str]) -> int:
    lay_out_notebooks()
    # Nothing that merely lies in this folder is run: not as a module (-P), and not as settings.
    words = [sys.executable, "-P", "-m", "jupyterlab", NOTEBOOK]
    words.append("--ServerApp.kernel_spec_manager_class=ncviz.cli.kernel_specs.InstalledFirst")
    if Path("voila.py").exists() or Path("voila.json").exists():
        # Voila, which comes into JupyterLab by itself where it is installed, would read them.
        words.append("--ServerApp.jpserver_extensions=voila.server_extension=False")
    return subprocess.call([*words, *rest])


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="train one experiment and print its numbers",
        description="Train one experiment and print S with its interval, and what explains it.",
    )
    for field in fields(Experiment):
        if field.name == "pairing":
            names = ", ".join(PAIRINGS)
            run.add_argument(
                "--pairing",
                nargs="+",
                help=f"one of {names}; or four task names (default: {field.default})",
            )
        else:
            flag = f"--{field.name.replace('_', '-')}"
            run.add_argument(flag, help=help_of(field.name, field.default))
    run.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    run.add_argument("--csv", type=Path, metavar="PATH", help="write a row a run to this file")
    run.set_defaults(command=_run)


def _run(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    given = {f.name: getattr(chosen, f.name) for f in fields(Experiment)}
    names = given.pop("pairing")
    changes: dict[str, Any] = {
        name: Experiment.read_field(name, text) for name, text in given.items() if text is not None
    }
    if names is not None:
        changes["pairing"] = names[0] if len(names) == 1 else tuple(names)
    experiment = Experiment(**changes)
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
    summary = result.summary
    return json.dumps(
        {
            "experiment": asdict(result.experiment),
            "S": _estimate(summary.s),
            "correlators": _table(result.correlators),
            "marginals": _table(result.marginals),
            "delta": _number(summary.delta.value),
            "D": _number(summary.D.value),
            "delta_interval": _ends(summary.delta),
            "D_interval": _ends(summary.D),
            "D_ceiling": _estimate(summary.ceiling),
            "influence": _estimate(summary.influence),
            "least_influence": _estimate(summary.least_influence),
            "hidden_influence": _estimate(summary.hidden),
            "p_above_2": _number(_p_above_2(result)),
        },
        indent=2,
    )


def _p_above_2(result: Any) -> float:
    from ncviz.inference import p_above

    return p_above(result.paired) if result.s.n else math.nan


def _estimate(estimate: Any) -> dict[str, Any]:
    """A number with its 95 % interval and the runs that it is from, for JSON."""
    ends = {name: _number(getattr(estimate, name)) for name in ("value", "low", "high")}
    return {**ends, "n": estimate.n}


def _ends(estimate: Any) -> list[float | None]:
    """The ends of a 95 % interval."""
    return [_number(estimate.low), _number(estimate.high)]


def _table(frame: Any) -> dict[str, dict[str, float | None]]:
    return {
        row: {column: _number(frame.loc[row, column]) for column in frame.columns}
        for row in frame.index
    }


def _number(value: float) -> float | None:
    """A number for JSON, which has no NaN."""
    return float(value) if math.isfinite(value) else None


def _as_text(result: Any) -> str:
    from ncviz.meaning.verdict import SENSITIVE, verdict

    summary = result.summary
    pairs = [
        f"  {task}  {first:.3f} beside {partner}1, {second:.3f} beside {partner}2"
        for task, partner, (first, second) in zip(
            TASK_NAMES, "BBAA", summary.marginals, strict=True
        )
    ]
    correlators = [
        f"  C{setting}  {c:.3f}" for setting, c in zip(SETTINGS, summary.correlators, strict=True)
    ]
    counted = ""
    if summary.influence.value > 0:
        counted = f": outcomes that change with the partner’s task at a fixed λ; {SENSITIVE}"
    return "\n".join(
        [
            result.experiment.code(),
            str(verdict(summary)),
            "",
            "Correlators",
            *correlators,
            "Mean outcomes",
            *pairs,
            f"Signalling δ = {summary.delta:.3f}",
            f"Excess D = s_odd − 2 − δ = {summary.D:.3f}",
            f"Measured influence 2Σf = {summary.influence:.3f}{counted}",
            f"  of which these means need max(δ, s_odd − 2) = {summary.least_influence:.3f}",
            f"  and hidden is the rest, {summary.hidden:.3f}",
            f"Ceiling of S − 2 − δ = {summary.ceiling:.3f}",
        ]
    )
