"""ncviz: watch a small classical network pass, and explain, a Bell test.

``import ncviz`` itself loads numpy and the standard library only; torch, pandas and the widgets
are loaded when a name that needs them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment

if TYPE_CHECKING:
    from ncviz import bell, figures, tasks
    from ncviz.engine.network import NCnet
    from ncviz.regression import Regression, regress
    from ncviz.sweeps import Sweep, sweep
    from ncviz.widgets.explorer.explorer import Explorer
    from ncviz.widgets.lesson.predict import Predict
    from ncviz.widgets.lesson.self_check import SelfCheck
    from ncviz.widgets.views.change_trials import InterventionsView, PlaceboView
    from ncviz.widgets.views.counterfactual import CounterfactualView
    from ncviz.widgets.views.loss_trials import OscillationView, SensingView
    from ncviz.widgets.views.meaning import (
        AccountView,
        AnswerView,
        EvidenceView,
        InfluenceView,
        RegionView,
    )
    from ncviz.widgets.views.net import CompetitionView, NetView
    from ncviz.widgets.views.regression import RegressionView
    from ncviz.widgets.views.sweep import CapacityView, GuideView, RegimeView
    from ncviz.widgets.views.training import CorrelatorView, LossView, SignallingView, SView

__version__ = "0.1.0"

__all__ = [
    "AccountView",
    "AnswerView",
    "CapacityView",
    "CompetitionView",
    "CorrelatorView",
    "CounterfactualView",
    "EvidenceView",
    "Experiment",
    "Explorer",
    "GuideView",
    "InfluenceView",
    "InterventionsView",
    "LossView",
    "NCnet",
    "NetView",
    "OscillationView",
    "PlaceboView",
    "Predict",
    "RegimeView",
    "RegionView",
    "Regression",
    "RegressionView",
    "SView",
    "SelfCheck",
    "SensingView",
    "SignallingView",
    "Sweep",
    "bell",
    "figures",
    "regress",
    "sweep",
    "tasks",
]

_HOME = {
    "NCnet": "ncviz.engine.network",
    "Regression": "ncviz.regression",
    "regress": "ncviz.regression",
    "Sweep": "ncviz.sweeps",
    "sweep": "ncviz.sweeps",
    "Explorer": "ncviz.widgets.explorer.explorer",
    "LossView": "ncviz.widgets.views.training",
    "OscillationView": "ncviz.widgets.views.loss_trials",
    "NetView": "ncviz.widgets.views.net",
    "CorrelatorView": "ncviz.widgets.views.training",
    "SensingView": "ncviz.widgets.views.loss_trials",
    "SView": "ncviz.widgets.views.training",
    "SignallingView": "ncviz.widgets.views.training",
    "AccountView": "ncviz.widgets.views.meaning",
    "AnswerView": "ncviz.widgets.views.meaning",
    "CompetitionView": "ncviz.widgets.views.net",
    "CapacityView": "ncviz.widgets.views.sweep",
    "CounterfactualView": "ncviz.widgets.views.counterfactual",
    "EvidenceView": "ncviz.widgets.views.meaning",
    "GuideView": "ncviz.widgets.views.sweep",
    "InterventionsView": "ncviz.widgets.views.change_trials",
    "InfluenceView": "ncviz.widgets.views.meaning",
    "RegimeView": "ncviz.widgets.views.sweep",
    "RegionView": "ncviz.widgets.views.meaning",
    "RegressionView": "ncviz.widgets.views.regression",
    "PlaceboView": "ncviz.widgets.views.change_trials",
    "Predict": "ncviz.widgets.lesson.predict",
    "SelfCheck": "ncviz.widgets.lesson.self_check",
}


def __getattr__(name: str) -> Any:
    if name in ("bell", "figures", "tasks"):
        return import_module(f"ncviz.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'ncviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
