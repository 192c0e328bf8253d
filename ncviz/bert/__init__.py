"""The same CHSH test on pretrained networks, with adapters of low rank on real texts.

Needs the extra: ``pip install 'ncviz[bert]'``. ``import ncviz`` never comes here; torch and
the widgets are loaded when a name that needs them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.fetching import fetch
from ncviz.bert.networks import Backbone, backbone

if TYPE_CHECKING:
    from ncviz.bert.explorer.explorer import LoraExplorer
    from ncviz.bert.result import LoraResult

__all__ = ["Backbone", "LoraExperiment", "LoraExplorer", "LoraResult", "backbone", "fetch"]

_HOME = {"LoraExplorer": "explorer.explorer", "LoraResult": "result"}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"ncviz.bert.{_HOME[name]}"), name)
    raise AttributeError(f"module 'ncviz.bert' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
