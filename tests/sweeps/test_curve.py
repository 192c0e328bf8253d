"""What capacity curves and regime maps say, on summaries that were made up for it."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncviz import Experiment, Sweep
from ncviz.sweeps.curve import MOST_CURVES, Curve, curves, curves_sentence, regime_map
from ncviz.sweeps.grid import grid, groups, summaries

NAN = float("nan")


def row(value: float, reach: float = 0.1, **more: Any) -> dict[str, Any]:
    """A cell's summary with S given, and the rest of little interest."""
    found = {"S": value, "S_low": value - reach, "S_high": value + reach, "n": 50}
    for name, middle in (("delta", 0.2), ("D", -0.3)):
        found |= {name: middle, f"{name}_low": middle - 0.1, f"{name}_high": middle + 0.1}
    return {**found, "regime": "converges", "diverged": 0, **more}


def curve_of(means: Mapping[int, float], reach: float = 0.1) -> Curve:
    """The curve through these means, whose intervals reach so far to both sides."""
    cells = [Experiment(hidden=n) for n in means]
    return Curve.of(cells, {cell: row(means[cell.hidden], reach) for cell in cells})


def asked(**varied: Any) -> Sweep:
    """A sweep of which no cell is finished."""
    return Sweep(Experiment(), tuple(varied), tuple(grid(Experiment(), varied)), {})


# The curve


def test_it_reaches_two_where_the_upper_end_first_does() -> None:
    means = {1: 0.5, 2: 1.85, 3: 1.95, 4: 2.3, 5: 2.0}
    assert curve_of(means, reach=0.1).first_reaches == 3
    assert curve_of(means, reach=0.15).first_reaches == 2
    assert curve_of(means, reach=0.0).first_reaches == 4
    assert curve_of({1: 0.5, 2: 1.2}).first_reaches is None


def test_with_one_run_the_value_itself_must_reach_two() -> None:
    means = {1: 1.99, 2: 2.0, 3: 2.4}
    curve = curve_of(means, reach=NAN)
    assert curve.first_reaches == 2
    assert "it first reaches 2 at 2 hidden neurons" in curve.sentence
    assert "its interval" not in curve.sentence


def test_the_peak_is_the_largest_mean_and_the_first_of_equal_ones() -> None:
    assert curve_of({1: 0.5, 2: 2.4, 3: 2.1}).peak == 2
    assert curve_of({1: 0.5, 2: 2.4, 3: 2.4}).peak == 2
    assert curve_of({1: NAN, 2: 1.0, 3: NAN}).peak == 2
    assert curve_of({1: NAN, 2: NAN}).peak is None


def test_it_has_settled_from_where_on_every_mean_is_near_two() -> None:
    assert curve_of({1: 2.0, 2: 2.4, 3: 2.04, 4: 1.96}).settled == 3
    assert curve_of({1: 2.0, 2: 2.0, 3: 2.06}).settled is None
    assert curve_of({1: 2.0, 2: 2.0, 3: NAN}).settled is None
    assert curve_of({3: 1.0, 4: 2.01, 5: 2.2, 6: 1.99}).settled == 6


@given(st.dictionaries(st.integers(1, 20), st.floats(0, 4), min_size=1), st.floats(0, 1))
def test_the_marks_are_their_definitions(means: dict[int, float], reach: float) -> None:
    curve = curve_of(means, reach)
    sizes = sorted(means)
    assert curve.hidden == tuple(sizes)
    assert curve.first_reaches == min((n for n in sizes if means[n] + reach >= 2), default=None)
    assert means[curve.peak or 0] == max(means.values())
    near = [n for n in sizes if all(abs(means[m] - 2) <= 0.05 for m in sizes if m >= n)]
    assert curve.settled == min(near, default=None)


def test_sizes_rise_whatever_the_order_of_the_cells() -> None:
    curve = curve_of({5: 2.0, 1: 0.5, 3: 2.2})
    assert curve.hidden == (1, 3, 5)
    assert [s.value for s in curve.S] == [0.5, 2.2, 2.0]
    assert curve.delta[0].value == 0.2 and curve.D[0].low == pytest.approx(-0.4)


def test_marks_at_one_size_share_their_words() -> None:
    curve = curve_of({1: 0.5, 2: 2.4, 3: 2.0})
    assert curve.marks == ((2, "reaches 2, peak 2.40"), (3, "settled"))
    assert curve_of({1: 0.5}).marks == ((1, "peak 0.50"),)


def test_the_sentence_says_what_there_is_to_see() -> None:
    whole = curve_of({1: 0.5, 2: 2.4, 3: 2.0}).sentence
    assert "largest at 2 hidden neurons, 2.40 [2.30, 2.50]" in whole
    assert "its interval first reaches 2 at 2 hidden neurons;" in whole
    assert "of 2 from 3 hidden neurons on" in whole
    low = curve_of({1: 0.5, 2: 1.0}).sentence
    assert "its interval stays below 2 up to 2 hidden neurons;" in low
    assert "not settled at 2 by 2 hidden neurons" in low
    assert curve_of({}).sentence == "no cell is finished yet"
    assert curve_of({1: NAN}).sentence == "every run has diverged"
    assert "one size makes no curve" in curve_of({1: 0.5}).sentence


def test_several_curves_are_counted_and_the_highest_named() -> None:
    one, two = curve_of({1: 0.5, 2: 2.4, 3: 2.0}), curve_of({1: 0.4, 2: 0.9, 3: 1.2})
    drawn = [
        replace(curve, label=label, others="learning rate")
        for curve, label in ((one, "0.5"), (two, "0.1"))
    ]
    said = curves_sentence(drawn)
    assert said.startswith("Of 2 lines the intervals of 1 reach 2, the means of 1 settle at it")
    assert said.endswith("2.40 [2.30, 2.50], at 2 hidden neurons and learning rate 0.5.")
    assert curves_sentence(drawn[:1]) == f"{one.sentence[0].upper()}{one.sentence[1:]}."


# Which cells


def test_each_combination_of_the_other_fields_is_a_curve() -> None:
    s = asked(hidden=[1, 2], learning_rate=[0.1, 0.5], pairing=["xornet", "chain"])
    labels = [curve.label for curve in curves(s)]
    assert labels == ["0.1, xornet", "0.1, chain", "0.5, xornet", "0.5, chain"]
    assert [curve.label for curve in curves(s, {"pairing": "chain"})] == [
        "0.1, chain",
        "0.5, chain",
    ]
    cells = groups(s, ("hidden",), {"pairing": "chain", "learning_rate": 0.5})["0.5, chain"]
    assert [(c.hidden, c.learning_rate, c.pairing) for c in cells] == [
        (1, 0.5, "chain"),
        (2, 0.5, "chain"),
    ]


def test_own_pairings_have_short_labels() -> None:
    own = ("s1 AND s2", "s1 XOR s2", "s3 AND s4", "s3 XOR s4")
    (label,) = groups(asked(hidden=[1], pairing=[own]), ("hidden",))
    assert label == "s1 AND s2 | s1 XOR s2 |…"


@pytest.mark.parametrize(
    ("varied", "where", "words"),
    [
        ({"learning_rate": [0.1, 0.5]}, None, "needs a sweep over hidden"),
        ({"hidden": [1], "seed": range(7)}, None, "at most 6 lines, not 7: choose a value of seed"),
        ({"hidden": [1]}, {"seed": 3}, "varies hidden, not 'seed'"),
        ({"hidden": [1], "seed": [1, 2]}, {"seed": 3}, r"seed must be one of \[1, 2\], not 3"),
    ],
)
def test_what_makes_no_curve_is_refused(
    varied: dict[str, Any], where: dict[str, Any] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        curves(asked(**varied), where)


def test_six_curves_are_allowed_and_one_can_be_chosen_of_more() -> None:
    assert len(curves(asked(hidden=[1], seed=range(MOST_CURVES)))) == MOST_CURVES
    (only,) = curves(asked(hidden=[1], seed=range(9)), {"seed": 8})
    assert only.label == "8"


def test_only_a_sweep_has_summaries() -> None:
    with pytest.raises(ValueError, match="must be a Sweep"):
        summaries([Experiment()])  # type: ignore[arg-type]
    assert summaries(asked(hidden=[1, 2])) == {}


# The map


def test_the_map_has_a_row_a_rate_and_a_column_a_size() -> None:
    s = asked(hidden=[2, 1], learning_rate=[0.5, 0.1])
    done = {cell: row(cell.hidden + cell.learning_rate) for cell in s.cells if cell.hidden == 2}
    found = regime_map(s, found=done)
    assert (found.hidden, found.rates) == ((1, 2), (0.1, 0.5))
    values = [[place and place.S and place.S.value for place in row] for row in found.rows]
    assert values == [[None, 2.1], [None, 2.5]]
    assert found.find(Experiment(hidden=2, learning_rate=0.1, seed=9, runs=3)) == (0, 1)
    assert found.find(Experiment(hidden=2, learning_rate=0.2)) is None
    assert found.find(Experiment(hidden=2, learning_rate=0.1, pairing="chain")) is None
    assert found.find(None) is None


def test_a_sampled_grid_leaves_places_out() -> None:
    whole = grid(Experiment(), {"hidden": [1, 2], "learning_rate": [0.1, 0.5]})
    s = Sweep(Experiment(), ("hidden", "learning_rate"), tuple(whole[:3]), {})
    assert regime_map(s).rows[1][1] is None
    assert len(regime_map(s).places) == 3


def test_the_map_counts_what_the_training_does() -> None:
    s = asked(hidden=range(1, 5))
    regimes = ("converges", "oscillates", "oscillates", "diverges")
    done = {
        cell: row(value, regime=regime, diverged=30 * (regime == "diverges"))
        for cell, value, regime in zip(s.cells, (0.5, 2.2, 1.9, NAN), regimes, strict=True)
    }
    found = regime_map(s, found=done)
    assert found.sentence == (
        "Of 4 finished cells 1 converges, 2 oscillate, 1 diverges; "
        "S is largest, 2.20 [2.10, 2.30], at 2 hidden neurons and a learning rate of 0.5."
    )
    said = [place.sentence for place in found.places]
    assert said[0] == "1 hidden neuron, learning rate 0.5: S = 0.50 [0.40, 0.60], converges"
    assert said[3].endswith("S = –, diverges, 30 of 50 runs diverged")
    assert regime_map(s, found={}).sentence == "No cell is finished yet."
    assert regime_map(s, found={}).places[0].sentence.endswith(": not finished")


def test_a_map_is_over_sizes_and_rates_only() -> None:
    s = asked(hidden=[1, 2], seed=[0, 1])
    with pytest.raises(ValueError, match="choose a value of seed"):
        regime_map(s)
    assert {place.cell.seed for place in regime_map(s, {"seed": 1}).places} == {1}
    rates = regime_map(asked(learning_rate=[0.1, 0.2])).rates
    assert all(a < b for a, b in pairwise(rates))
    assert np.shape(regime_map(asked(steps=[10])).rows) == (1, 1)
