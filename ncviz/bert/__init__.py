"""The same CHSH test on pretrained networks, with adapters of low rank on real texts.

Needs the extra: ``pip install 'ncviz[bert]'``. ``import ncviz`` never comes here; the widgets are
loaded when `LoraExplorer` is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncviz.bert.backbones import backbone
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.fetching import fetch
from ncviz.bert.networks import Backbone
from ncviz.bert.result import LoraResult

if TYPE_CHECKING:
    from ncviz.widgets.lora_explorer import LoraExplorer

__all__ = ["Backbone", "LoraExperiment", "LoraExplorer", "LoraResult", "backbone", "fetch"]


def __getattr__(name: str) -> Any:
    if name == "LoraExplorer":
        return import_module("ncviz.widgets.lora_explorer").LoraExplorer
    raise AttributeError(f"module 'ncviz.bert' has no attribute {name!r}")
