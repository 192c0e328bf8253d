"""The same CHSH test on pretrained networks, with adapters of low rank on real texts.

Needs the extra: ``pip install 'ncviz[bert]'``. ``import ncviz`` never comes here.
"""

from ncviz.bert.backbones import backbone
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.fetching import fetch
from ncviz.bert.networks import Backbone
from ncviz.bert.result import LoraResult

__all__ = ["Backbone", "LoraExperiment", "LoraResult", "backbone", "fetch"]
