"""Where more than a quarter of the runs have the same S, the pictures show the runs themselves."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection

from ncviz import Experiment, SView, figures, sweep
from ncviz.figures.capacity import capacity
from ncviz.figures.s import across
from ncviz.meaning.verdict import agreeing_sentence
from ncviz.results.result import Moment
from ncviz.widgets.views.sweep import CapacityView

AGREE = np.repeat([2.0, 1.75, 2.5, 1.5], [7, 1, 1, 1])
DIFFER = np.linspace(1.5, 2.5, 10)


def with_s(s: np.ndarray) -> Moment:
    """A result whose runs have a given S."""
    r = Experiment(runs=len(s), steps=20).run()
    r.__dict__["per_run"] = replace(r.per_run, S=s)
    return r


def test_the_sentence_counts_the_runs_that_agree() -> None:
    assert agreeing_sentence(AGREE).startswith("7 of 10 runs have the same S, 2: dots side by side")
    assert agreeing_sentence(np.append(AGREE, [np.nan, 2.0])).startswith("8 of 11 runs")
    assert agreeing_sentence(DIFFER) == ""
    quarter = np.append(np.repeat(2.0, 5), np.linspace(1, 1.9, 15))
    assert agreeing_sentence(quarter) == ""  # more than a quarter, not a quarter


def test_runs_that_agree_are_a_bar_as_long_as_their_share() -> None:
    bar = across(AGREE, tied=True)[:7]
    np.testing.assert_allclose(np.diff(bar), 0.7 / 6)
    assert bar[0] == pytest.approx(0.15) and bar[-1] == pytest.approx(0.85)
    np.testing.assert_array_equal(across(np.full(1, 2.0), True), [0])
    assert np.ptp(across(np.full(50, 2.0), True)) == pytest.approx(1)


def test_all_other_runs_keep_their_place() -> None:
    np.testing.assert_array_equal(across(AGREE, True)[7:], across(AGREE, False)[7:])
    np.testing.assert_array_equal(across(DIFFER, True), across(DIFFER, False))


def test_s_while_it_trains_has_no_slab_but_a_dot_for_every_run() -> None:
    ax = figures.s_training(with_s(AGREE))
    assert not [c for c in ax.collections if isinstance(c, FillBetweenPolyCollection)]
    (dots,) = (c for c in ax.collections if isinstance(c, PathCollection))
    places = np.asarray(dots.get_offsets())
    np.testing.assert_array_equal(places[:, 1], AGREE)
    assert len(np.unique(places, axis=0)) == len(AGREE)
    assert 20 < places[:, 0].min() and places[:, 0].max() < ax.get_xlim()[1]
    assert len([line for line in ax.lines if line.get_linewidth() < 1]) == 2  # low and high


def test_a_band_stays_where_runs_differ() -> None:
    ax = figures.s_training(with_s(DIFFER))
    assert [c for c in ax.collections if isinstance(c, FillBetweenPolyCollection)]
    assert not [c for c in ax.collections if isinstance(c, PathCollection)]


def test_the_live_view_is_told_and_says_so() -> None:
    for s, tied in ((AGREE, True), (DIFFER, False)):
        view = SView(with_s(s))
        assert view.frame["tied"] is tied
        assert ("7 of 10 runs have the same S, 2" in view.describe()) is tied
        view.close()


def test_the_capacity_curve_tells_its_sizes_apart() -> None:
    # Copies of bits are learned by all runs at three neurons, and by none at none.
    easy = Experiment(pairing="easy", steps=1000, noise=0.0, runs=8)
    trained = sweep(easy, hidden=[1, 8], progress=False)
    assert (trained.finished[trained.cells[1]]["S"] == 2).sum() > 2
    tied = [bool(agreeing_sentence(trained.finished[c]["S"].to_numpy())) for c in trained.cells]
    view = CapacityView(trained)
    sizes = " and ".join(str(c.hidden) for c, t in zip(trained.cells, tied, strict=True) if t)
    assert f"At {sizes} more than a quarter of the runs have the same S" in view.frame["caption"]
    view.close()
    ax = capacity(trained)
    thin = [c for c in ax.collections if isinstance(c, LineCollection) and c.get_linewidth()[0] < 1]
    assert sum(len(lines.get_segments()) for lines in thin) == sum(tied)
    dots = [c for c in ax.collections if isinstance(c, PathCollection)]
    assert [d.get_zorder() > 4 for d in dots] == tied
