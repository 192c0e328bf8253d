"""Build without Docker what mybinder.org builds; run as a script, pin what binder/ installs.

repo2docker prints its plan without an engine. What the plan does, is done here in a fresh
environment: its frozen base, the requirements, the checkout, postBuild. Not the same are the
Linux around it, Node.js, and that uv takes the base's releases from PyPI, where the plan takes
them from conda-forge.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from fresh import Fresh
from lab import NOT_COPIED, ROOT, Server, serve

REPOSITORY = "OWNER/ncviz"
"""Where the project is on GitHub: a placeholder, for nobody has put it there yet."""

REQUIREMENTS = ROOT / "binder" / "requirements.txt"
HASHED = ROOT / "binder" / "hashed.txt"
OPENED = {
    "lab/tree": "notebooks/01-a-bell-test-for-a-network.ipynb",
    "voila/render": "notebooks/explorer.ipynb",
}
"""What the README's badges open: a server's view, and the notebook in it."""
PYPI_NAMES = {
    "brotli-python": "brotli",
    "jupyterhub-base": "jupyterhub",
    "nbconvert-core": "nbconvert",
    "python-fastjsonschema": "fastjsonschema",
}
"""Packages of the base that have another name on PyPI than on conda-forge."""


@dataclass(frozen=True)
class Image:
    """What a visitor of Binder is given: an environment, and the checkout that went into it."""

    fresh: Fresh
    checkout: Path

    @contextmanager
    def lab(self, settings: Path) -> Iterator[Server]:
        """Run its JupyterLab on one processor, with the start script of the checkout."""
        one = str(min(os.sched_getaffinity(0)))

        def command(flags: str) -> list[str]:
            start = self.checkout / "binder" / "start"
            return ["taskset", "-c", one, str(start), "jupyter", "lab", *flags.split()]

        # Lab's settings are those of the image, not those that silence it in other tests.
        variables = self.fresh.variables | {"JUPYTERLAB_SETTINGS_DIR": str(settings / "none")}
        with serve(command, self.checkout, self.checkout, settings, **variables) as server:
            yield server


def badges() -> list[str]:
    """Return the README's badges, which point at the tag of this release."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    start = f"https://mybinder.org/v2/gh/{REPOSITORY}/v{version}?urlpath="
    picture = "https://mybinder.org/badge_logo.svg"
    links = [start + quote(f"{view}/{path}", safe="") for view, path in OPENED.items()]
    names = ("Lesson 1 on Binder", "The Explorer on Binder")
    return [f"[![{name}]({picture})]({link})" for name, link in zip(names, links, strict=True)]


def plan() -> str:
    """Return the Dockerfile that repo2docker would build from."""
    words = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def frozen_file(plan: str) -> Path:
    """Return the file of repo2docker in which a plan's base environment is written down."""
    found = re.search(
        r"^COPY \S+ build_script_files/(\S+)-\w+ /tmp/env/environment.lock$", plan, re.M
    )
    if not found:
        raise ValueError("repo2docker's plan names no frozen environment")
    return Path(re.sub(r"-([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), found[1]))


def frozen(plan: str) -> list[str]:
    """Return the Python packages of a plan's base environment, as pinned requirements."""
    # …/noarch/ipykernel-7.0.1-pyha191276_0.conda#…; what is no Python package has no "py" there.
    form = re.compile(r"/([^/]+)-([^-/]+)-py(?:h|\d+h)\w+\.(?:conda|tar\.bz2)(?:#|$)")
    packages = map(form.search, frozen_file(plan).read_text().splitlines())
    return [f"{PYPI_NAMES.get(p[1], p[1])}=={p[2]}" for p in packages if p]


def build(folder: Path) -> Image:
    """Do in a folder what repo2docker's plan does in an image."""
    steps = plan()
    fresh = base(folder, steps)
    fresh.install(REQUIREMENTS.read_text())
    checkout = folder / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for script in re.findall(r"^RUN (\./\S+)$", steps, re.M):
        fresh.run(script, cwd=checkout, NB_PYTHON_PREFIX=str(fresh.folder))
    return Image(fresh, checkout)


def base(folder: Path, plan: str) -> Fresh:
    """Make an environment of exactly the Python packages with which a plan begins."""
    found = re.search(r"environment\.py-([\d.]+)-", frozen_file(plan).name)
    if not found:
        raise ValueError(f"no Python version in {frozen_file(plan).name}")
    fresh = Fresh(folder, found[1])
    fresh.pip("install", "--no-deps", *frozen(plan))
    return fresh


def pin() -> None:
    """Write anew what binder/ pins: all that ncviz adds to the frozen base.

    PyTorch alone stands in requirements.txt, all else with its hashes in hashed.txt. Packages that
    the base has, and in a release that will do, are not pinned: other packages of a later base may
    need a later release of them.
    """
    head, hashed_head = (
        [line for line in path.read_text().splitlines() if line.startswith(("#", "-"))]
        for path in (REQUIREMENTS, HASHED)
    )
    # hatchling builds ncviz itself, in postBuild.
    wanted = [f"{ROOT}[voila]", "hatchling", (ROOT / "constraints.txt").read_text()]
    with TemporaryDirectory() as folder:
        fresh = base(Path(folder), plan())
        # Not only wheels: ncviz itself is a checkout.
        said = fresh.install("\n".join([head[-1], *wanted]), "--dry-run")
        pins = sorted(re.findall(r"^ \+ (\S+==\S+)$", said, re.M))
        torch = [line for line in pins if re.fullmatch(r"torch==\S+\+cpu", line)]
        if not torch:
            sys.exit("No build of PyTorch for the CPU is to be had here")
        hashed = hashes(fresh, [line for line in pins if line not in torch])
    REQUIREMENTS.write_text("\n".join([*head, *torch]) + "\n")
    HASHED.write_text("\n".join([*hashed_head, hashed]))


def hashes(fresh: Fresh, pins: list[str]) -> str:
    """Return pinned requirements with the SHA-256 of all their wheels, as pip checks them."""
    wish, found = fresh.home / "pins.txt", fresh.home / "hashed.txt"
    wish.write_text("\n".join(pins) + "\n")
    flags = "--no-deps --generate-hashes --only-binary :all: --no-header --no-annotate"
    fresh.pip("compile", *flags.split(), "--output-file", found, wish)
    return found.read_text()


if __name__ == "__main__":
    pin()
