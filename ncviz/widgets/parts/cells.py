"""The kernel and the cell that make a widget; a cell run again closes what it made before."""

import sys
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ipywidgets import Widget


class Run(NamedTuple):
    """One run of a cell."""

    cell: str
    request: str


# In which run each was made; of those that are still there.
_MADE: WeakKeyDictionary[Widget, Run] = WeakKeyDictionary()


def close_former(widget: Widget, run: Run | None) -> None:
    """Close what the same cell made when it was run before; nothing where no cell is known."""
    if run is None:
        return
    for other, made in list(_MADE.items()):
        if made.cell == run.cell and made.request != run.request:
            _MADE.pop(other, None)
            other.close()
    _MADE[widget] = run


def this_run() -> Run | None:
    """The run of a cell that is under way; None where that is not known."""
    shell = _shell()
    request: Any = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (request.get("metadata") or {}).get("cellId")
    number = (request.get("header") or {}).get("msg_id")
    return Run(cell, number) if isinstance(cell, str) and isinstance(number, str) else None


def process() -> str:
    """What a kernel signs its messages with, another one after each restart; empty outside."""
    kernel = getattr(_shell(), "kernel", None)
    return str(kernel.session.session) if kernel else ""


def _shell() -> Any:
    # Whoever runs in a kernel has loaded it.
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
