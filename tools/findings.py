"""Trains what the pages say was found, and writes it into them.

    python tools/findings.py                   trains what build/findings does not hold yet,
                                               then writes docs/findings.json and the pages
    python tools/findings.py --only placebo    this part alone
    python tools/findings.py --pages           trains nothing: only writes the pages anew
    python tools/findings.py --folder F --runs 20    a trial into F; no page is touched

What is finished is kept in the folder, so that an interrupted run goes on where it was; delete it
(`make clean`) when the engine has changed. Sentences and tables are in findings.jinja.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import finding_parts as parts
from finding_models import real_models
from finding_pages import FINDINGS, ROOT, renew
from finding_parts import Found
from ncviz import Experiment
from ncviz.basics.writing import written_whole


@dataclass(frozen=True)
class Part:
    """How a part is trained, with how many runs, and for about how long on a free core."""

    train: Callable[[Path, Experiment], Found]
    runs: int
    minutes: float


PARTS = {
    "capacity": Part(parts.capacity, 400, 2),
    "generalisation": Part(parts.generalisation, 400, 2),  # most of it the runs of capacity
    "interventions": Part(parts.whose_bump, 300, 6),
    "conflict": Part(parts.conflict, 300, 0.2),
    "oscillation": Part(parts.oscillation, 300, 2.5),
    "sensing": Part(parts.sensed, 300, 0.5),
    "placebo": Part(parts.sensitivity, 300, 0.2),
    "variants": Part(parts.variants, 400, 1),
    "real_models": Part(real_models, 5, 0),
}


def trained(name: str, folder: Path, runs: int | None) -> Found:
    """A part as the folder holds it; trained first if it does not."""
    part = PARTS[name]
    e = Experiment(runs=runs or part.runs)
    path = folder / f"{name}.json"
    if path.exists():
        found: Found = json.loads(path.read_text(encoding="utf-8"))
        if found["about"]["runs"] != e.runs:
            raise SystemExit(f"{path} has {found['about']['runs']} runs, not {e.runs}: delete it")
        print(f"{name}: there already")
        return found
    minutes = part.minutes * e.runs / part.runs
    print(f"{name}: {e.runs} runs, about {minutes:.1f} minutes of a free core", flush=True)
    start = time.process_time()
    # What was begun with other runs is left alone.
    numbers = part.train(folder / f"{e.runs}-runs", e)
    about = {"runs": e.runs, "seed": e.seed, "commit": commit()}
    found = {"about": about | {"measured": date.today().isoformat()}, **numbers}
    save(path, found)
    print(f"{name}: done after {(time.process_time() - start) / 60:.1f} minutes", flush=True)
    return found


def commit() -> str:
    words = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def save(path: Path, found: Found) -> None:
    text = json.dumps(found, indent=1, ensure_ascii=False)
    # A list of numbers is one line.
    text = re.sub(r"\[[^][{}]*\]", lambda several: " ".join(several[0].split()), text)
    with written_whole(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Train what the pages say was found.")
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    parser.add_argument("--pages", action="store_true", help="train nothing, write the pages anew")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "findings")
    parser.add_argument("--runs", type=int, help="a trial with so many runs; no page is touched")
    words = parser.parse_args()
    found = json.loads(FINDINGS.read_text(encoding="utf-8"))
    if not words.pages:
        words.folder.mkdir(parents=True, exist_ok=True)
        for name in [words.only] if words.only else PARTS:
            found[name] = trained(name, words.folder, words.runs)
        if words.runs:
            return 0
        save(FINDINGS, found)
    for wrong in renew(found):
        print(wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
