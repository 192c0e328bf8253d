"""ncviz: watch a small classical network pass, and explain, a Bell test.

``import ncviz`` itself loads numpy and the standard library only; torch, pandas and the widgets
are loaded when a name that needs them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment

if TYPE_CHECKING:
    from ncviz import bell, figures, tasks
    from ncviz.network import NCnet
    from ncviz.regression import Regression, regress
    from ncviz.sweeps import Sweep, sweep
    from ncviz.widgets.account_view import AccountView
    from ncviz.widgets.answer_view import AnswerView
    from ncviz.widgets.capacity_view import CapacityView
    from ncviz.widgets.competition_view import CompetitionView
    from ncviz.widgets.correlator_view import CorrelatorView
    from ncviz.widgets.counterfactual_view import CounterfactualView
    from ncviz.widgets.evidence_view import EvidenceView
    from ncviz.widgets.explorer import Explorer
    from ncviz.widgets.guide_view import GuideView
    from ncviz.widgets.influence_view import InfluenceView
    from ncviz.widgets.interventions_view import InterventionsView
    from ncviz.widgets.loss_view import LossView
    from ncviz.widgets.net_view import NetView
    from ncviz.widgets.oscillation_view import OscillationView
    from ncviz.widgets.placebo_view import PlaceboView
    from ncviz.widgets.predict import Predict
    from ncviz.widgets.regime_view import RegimeView
    from ncviz.widgets.region_view import RegionView
    from ncviz.widgets.regression_view import RegressionView
    from ncviz.widgets.s_view import SView
    from ncviz.widgets.self_check import SelfCheck
    from ncviz.widgets.sensing_view import SensingView
    from ncviz.widgets.signalling_view import SignallingView

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
    "NCnet": "ncviz.network",
    "Regression": "ncviz.regression",
    "regress": "ncviz.regression",
    "Sweep": "ncviz.sweeps",
    "sweep": "ncviz.sweeps",
    "Explorer": "ncviz.widgets.explorer",
    "LossView": "ncviz.widgets.loss_view",
    "OscillationView": "ncviz.widgets.oscillation_view",
    "NetView": "ncviz.widgets.net_view",
    "CorrelatorView": "ncviz.widgets.correlator_view",
    "SensingView": "ncviz.widgets.sensing_view",
    "SView": "ncviz.widgets.s_view",
    "SignallingView": "ncviz.widgets.signalling_view",
    "AccountView": "ncviz.widgets.account_view",
    "AnswerView": "ncviz.widgets.answer_view",
    "CompetitionView": "ncviz.widgets.competition_view",
    "CapacityView": "ncviz.widgets.capacity_view",
    "CounterfactualView": "ncviz.widgets.counterfactual_view",
    "EvidenceView": "ncviz.widgets.evidence_view",
    "GuideView": "ncviz.widgets.guide_view",
    "InterventionsView": "ncviz.widgets.interventions_view",
    "InfluenceView": "ncviz.widgets.influence_view",
    "RegimeView": "ncviz.widgets.regime_view",
    "RegionView": "ncviz.widgets.region_view",
    "RegressionView": "ncviz.widgets.regression_view",
    "PlaceboView": "ncviz.widgets.placebo_view",
    "Predict": "ncviz.widgets.predict",
    "SelfCheck": "ncviz.widgets.self_check",
}


def __getattr__(name: str) -> Any:
    if name in ("bell", "figures", "tasks"):
        return import_module(f"ncviz.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'ncviz' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
