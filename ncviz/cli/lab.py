"""``ncviz lab``, and the notebooks that come with the package."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from ncviz.basics.writing import written_whole

NOTEBOOK = "explorer.ipynb"  # the notebook that a server opens


def add_command(commands: Any) -> None:
    """Add it to the command line."""
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


def lay_out_notebooks() -> None:
    """Put Explorer, lessons and the teacher's guide into this folder unless they are there."""
    shipped: Any = files("ncviz") / "notebooks"
    if not shipped.is_dir():  # in a checkout they are beside the package; only a wheel has them
        shipped = Path(__file__).parents[2] / "notebooks"
    with as_file(shipped) as folder:
        for source in folder.iterdir():
            if source.suffix not in (".ipynb", ".md"):
                continue
            data, target = source.read_bytes(), Path(source.name)
            # What is there already may be somebody's work, unless it is the beginning of ours.
            if not target.exists() or (target.is_file() and _begins(data, target.read_bytes())):
                with written_whole(target) as part:
                    part.write_bytes(data)


def _begins(whole: bytes, some: bytes) -> bool:
    return len(some) < len(whole) and whole.startswith(some)
