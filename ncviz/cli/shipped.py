"""What comes with the package beside its modules: the notebooks, and a template for Voila."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from ncviz.basics.writing import written_whole

NOTEBOOK = "explorer.ipynb"
"""The notebook that a server opens."""

SHARE = Path(__file__).parents[1] / "share"
"""A data folder in Jupyter's sense, with the template in it."""


def lay_out_notebooks() -> None:
    """Put the Explorer, the lessons and the teacher's guide into this folder unless they are there.

    Examples
    --------
    >>> import os, tempfile
    >>> from ncviz.cli.shipped import NOTEBOOK, lay_out_notebooks
    >>> before = os.getcwd()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.chdir(folder)
    ...     lay_out_notebooks()
    ...     print(NOTEBOOK in os.listdir())
    ...     os.chdir(before)
    True
    """
    with as_file(_notebooks()) as folder:
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


def _notebooks() -> Any:
    shipped = files("ncviz") / "notebooks"
    if shipped.is_dir():
        return shipped
    # In a checkout the notebooks are beside the package; only a wheel has them inside.
    return Path(__file__).parents[2] / "notebooks"
