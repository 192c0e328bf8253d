"""A folder full of modules that nobody asked for, each of which tells that it was run."""

import pkgutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

TRIED = ("sitecustomize", "usercustomize", "ipykernel_launcher", "triton", "numba", "cupy")
SETTINGS = ("jupyter_config", "jupyter_server_config", "jupyter_lab_config", "ipython_config")
OPEN = '{"Voila": {"ip": "0.0.0.0", "token": "", "auto_token": false}}'


def installed() -> set[str]:
    """Names of modules that can be imported here."""
    names = {*sys.stdlib_module_names, *(module.name for module in pkgutil.iter_modules())}
    return {name for name in names if find_spec(name)} - {"ncviz"}


def everything() -> set[str]:
    """Names of modules that something might try to import."""
    return installed() | set(sys.stdlib_module_names) | set(TRIED)


def plant(folder: Path, names: Iterable[str]) -> None:
    """Lay modules with these names into a folder, and settings that open every server."""
    note = folder / "ran.txt"
    for name in {*names, *SETTINGS}:
        told = f"open({str(note)!r}, 'a').write({name + chr(10)!r})"
        (folder / f"{name}.py").write_text(f"{told}\nraise ImportError({name!r})\n")
    for name in ("voila", *SETTINGS):
        (folder / f"{name}.json").write_text(
            OPEN.replace("Voila", "Voila" if name == "voila" else "ServerApp")
        )


def ran(folder: Path) -> list[str]:
    """What of it was run."""
    note = folder / "ran.txt"
    return note.read_text().split() if note.exists() else []
