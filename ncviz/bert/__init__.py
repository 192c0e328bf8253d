"""The same CHSH test on pretrained networks, with adapters of low rank on real texts.

Needs the extra: ``pip install 'ncviz[bert]'``. ``import ncviz`` never comes here; the rest is
loaded when a name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ncviz.bert.experiment import LoraExperiment
    from ncviz.bert.explorer.explorer import LoraExplorer
    from ncviz.bert.material.fetching import fetch
    from ncviz.bert.networks import Backbone, backbone
    from ncviz.bert.result import LoraResult

__all__ = ["Backbone", "LoraExperiment", "LoraExplorer", "LoraResult", "backbone", "fetch"]

_HOME = {
    "Backbone": "networks",
    "LoraExperiment": "experiment",
    "LoraExplorer": "explorer.explorer",
    "LoraResult": "result",
    "backbone": "networks",
    "fetch": "material.fetching",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"ncviz.bert.{_HOME[name]}"), name)
    raise AttributeError(f"module 'ncviz.bert' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
