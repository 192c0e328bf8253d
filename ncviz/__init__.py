"""ncviz: watch a small classical network pass, and explain, a Bell test.

``import ncviz`` loads numpy only; torch, pandas and the widgets when a name first needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment as Experiment

if TYPE_CHECKING:
    from ncviz import bell as bell
    from ncviz import figures as figures
    from ncviz import tasks as tasks
    from ncviz.engine.network import NCnet as NCnet
    from ncviz.regression import Regression as Regression
    from ncviz.regression import regress as regress
    from ncviz.sweeps import Sweep as Sweep
    from ncviz.sweeps import sweep as sweep
    from ncviz.widgets.explorer.explorer import Explorer as Explorer
    from ncviz.widgets.lesson.predict import Predict as Predict
    from ncviz.widgets.lesson.self_check import SelfCheck as SelfCheck
    from ncviz.widgets.views.change_trials import InterventionsView as InterventionsView
    from ncviz.widgets.views.change_trials import PlaceboView as PlaceboView
    from ncviz.widgets.views.counterfactual import CounterfactualView as CounterfactualView
    from ncviz.widgets.views.loss_trials import OscillationView as OscillationView
    from ncviz.widgets.views.loss_trials import SensingView as SensingView
    from ncviz.widgets.views.meaning import AccountView as AccountView
    from ncviz.widgets.views.meaning import AnswerView as AnswerView
    from ncviz.widgets.views.meaning import EvidenceView as EvidenceView
    from ncviz.widgets.views.meaning import InfluenceView as InfluenceView
    from ncviz.widgets.views.meaning import RegionView as RegionView
    from ncviz.widgets.views.net import CompetitionView as CompetitionView
    from ncviz.widgets.views.net import NetView as NetView
    from ncviz.widgets.views.regression import RegressionView as RegressionView
    from ncviz.widgets.views.sweep import CapacityView as CapacityView
    from ncviz.widgets.views.sweep import GuideView as GuideView
    from ncviz.widgets.views.sweep import RegimeView as RegimeView
    from ncviz.widgets.views.training import CorrelatorView as CorrelatorView
    from ncviz.widgets.views.training import LossView as LossView
    from ncviz.widgets.views.training import SignallingView as SignallingView
    from ncviz.widgets.views.training import SView as SView

__version__ = "0.1.0"

_HOMES = {
    "engine.network": "NCnet",
    "regression": "Regression regress",
    "sweeps": "Sweep sweep",
    "widgets.explorer.explorer": "Explorer",
    "widgets.lesson.predict": "Predict",
    "widgets.lesson.self_check": "SelfCheck",
    "widgets.views.change_trials": "InterventionsView PlaceboView",
    "widgets.views.counterfactual": "CounterfactualView",
    "widgets.views.loss_trials": "OscillationView SensingView",
    "widgets.views.meaning": "AccountView AnswerView EvidenceView InfluenceView RegionView",
    "widgets.views.net": "CompetitionView NetView",
    "widgets.views.regression": "RegressionView",
    "widgets.views.sweep": "CapacityView GuideView RegimeView",
    "widgets.views.training": "CorrelatorView LossView SignallingView SView",
}
_HOME = {name: f"ncviz.{home}" for home, names in _HOMES.items() for name in names.split()}
_ROOMS = ("bell", "figures", "tasks")

__all__ = sorted(["Experiment", *_ROOMS, *_HOME])


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"ncviz.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'ncviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
