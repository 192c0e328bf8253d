"""Environments made from nothing, by uv, which is quick enough to do so in a test."""

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch's builds without CUDA are, which are a tenth of the others' size."""

UNWANTED = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
"""What this process may have in its environment that a new one must not know of."""


class Fresh:
    """A new virtual environment, with a home folder of its own beside it."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.folder, self.home = folder / "environment", folder / "home"
        self.home.mkdir(parents=True)
        self._scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        uv("venv", "--no-python-downloads", "--python", python, self.folder)

    @property
    def variables(self) -> dict[str, str]:
        """The variables that make this environment the one in use."""
        path = f"{self._scripts}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.home), "PYTHONPATH": ""}

    def pip(self, command: str, *words: object, **variables: str) -> str:
        """Run one of uv's pip commands on this environment, and return what it said."""
        python = self._scripts / "python"
        return uv("pip", command, "--python", python, *words, **variables)

    def install(self, requirements: str, *flags: str) -> str:
        """Install requirements, PyTorch from elsewhere where an index that they name is silent."""
        # pip takes the best of all indexes, uv by default the first that knows the name.
        words = [*flags, "--index-strategy", "unsafe-best-match", "--requirement"]
        path = self.home / "requirements.txt"
        path.write_text(requirements)
        index = re.compile(r"^--extra-index-url (\S+)$", re.M)
        try:
            return self.pip("install", *words, path, UV_HTTP_RETRIES="1")
        except RuntimeError as error:
            silent = [url for url in index.findall(requirements) if f"fetch: {url}" in str(error)]
            if not silent:
                raise
        warnings.warn(f"{silent[0]} did not answer: PyTorch is taken from elsewhere", stacklevel=2)
        # The same release; of its builds +cpu comes first where the other sources have it.
        path.write_text(index.sub("", requirements).replace("+cpu", ""))
        return self.pip("install", *words, path)

    def run(self, *words: object, cwd: Path, **variables: str) -> str:
        """Run a command in this environment, and return what it printed."""
        inherited = {name: text for name, text in os.environ.items() if name not in UNWANTED}
        return _run(words, inherited | self.variables | variables, cwd).stdout


def uv(*words: object, **variables: str) -> str:
    """Run uv, which is told of the folders of wheels that pip knows of; return what it said."""
    variables["UV_FIND_LINKS"] = os.environ.get("PIP_FIND_LINKS", "")
    command = (sys.executable, "-m", "uv", "--no-progress", *words)
    done = _run(command, os.environ | variables)
    return done.stdout + done.stderr


def _run(
    words: tuple[object, ...], env: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = list(map(str, words))
    done = subprocess.run(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done
