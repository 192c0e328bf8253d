"""How sure: intervals, p-values and tests, each for the designs in which it is valid."""

from ncviz.inference.designs import Array, Counts, Design, PairedRuns, RandomSettings
from ncviz.inference.estimates import (
    ERROR,
    Estimate,
    all_agree,
    estimates,
    format_number,
    many_ties,
    mean_intervals,
    needs_bounds,
    p_of_means,
)
from ncviz.inference.intervals import (
    CLEARLY,
    bootstrap_t,
    estimates_of_s,
    intervals_of_s,
    largest_s,
    p_of_s,
    s_interval,
    standard_error,
)
from ncviz.inference.loophole_free import prediction_ratio_p, s_given_no_signalling
from ncviz.inference.no_signalling import NoSignalling, NullBand, delta_null_band, no_signalling
from ncviz.inference.p_values import (
    any_time_p,
    any_time_p_of_trials,
    holm,
    p_above,
    power,
    runs_needed,
)

__all__ = ["Array", "Counts", "Design", "PairedRuns", "RandomSettings"]
__all__ += ["ERROR", "Estimate", "all_agree", "estimates", "format_number", "many_ties"]
__all__ += ["mean_intervals", "needs_bounds", "p_of_means"]
__all__ += ["CLEARLY", "bootstrap_t", "estimates_of_s", "intervals_of_s", "largest_s", "p_of_s"]
__all__ += ["prediction_ratio_p", "s_given_no_signalling", "s_interval", "standard_error"]
__all__ += ["NoSignalling", "NullBand", "delta_null_band", "no_signalling"]
__all__ += ["any_time_p", "any_time_p_of_trials", "holm", "p_above", "power", "runs_needed"]
