"""The settled pictures of sweeps: the numbers they draw, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from ncviz import Experiment, Sweep, figures, sweep
from ncviz.figures.capacity import capacity, capacity_signalling
from ncviz.figures.regimes import regimes

BASE = Experiment(runs=8, steps=60, n_test=64)
RATES = [0.1, 0.5, 2.0]


@pytest.fixture(scope="module")
def one() -> Sweep:
    """One learning rate."""
    return sweep(BASE, hidden=range(1, 6), progress=False)


@pytest.fixture(scope="module")
def grid() -> Sweep:
    return sweep(BASE, hidden=[1, 2, 3], learning_rate=RATES, progress=False)


@pytest.fixture(scope="module")
def half(grid: Sweep) -> Sweep:
    """The same, of which four cells are finished."""
    finished = dict([*grid.finished.items()][:4])
    return Sweep(grid.experiment, grid.varied, grid.cells, finished)


@pytest.fixture(scope="module")
def diverged() -> Sweep:
    return sweep(replace(BASE, learning_rate=1e38), hidden=[1, 2], progress=False)


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.get_figure(root=True).findobj(Text) if t.get_text()]


def errorbars(ax: Axes) -> list[ErrorbarContainer]:
    return [c for c in ax.containers if isinstance(c, ErrorbarContainer)]


def ends(bar: ErrorbarContainer) -> np.ndarray:
    """Lower and upper ends of intervals, as drawn."""
    (lines,) = bar[2]
    return np.array([segment[:, 1] for segment in lines.get_segments()])


def boxes_overlap(figure: Figure) -> list[tuple[str, str]]:
    figures.png(figure, dpi=figure.dpi)
    words = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    extents = [t.get_window_extent().padded(-1) for t in words]
    return [
        (words[i].get_text(), words[k].get_text())
        for i, box in enumerate(extents)
        for k in range(i)
        if box.overlaps(extents[k])
    ]


# The capacity curve


def test_the_curve_is_the_summary(one: Sweep) -> None:
    ax = capacity(one)
    (bar,) = errorbars(ax)
    np.testing.assert_allclose(bar[0].get_xdata(), one.summary.hidden)
    np.testing.assert_allclose(bar[0].get_ydata(), one.summary.S)
    np.testing.assert_allclose(ends(bar), one.summary[["S_low", "S_high"]])
    upper, lower = ax.get_figure(root=True).axes
    assert upper is ax and lower.get_xlim() == upper.get_xlim()
    names = [label.get_text() for label in lower.get_xticklabels()]
    assert names == ["1", "2", "3", "4", "5"]


def test_below_it_stand_delta_and_d_on_the_same_sizes(one: Sweep) -> None:
    _, lower = capacity(one).get_figure(root=True).axes
    for ax in (lower, capacity_signalling(one)):
        for bar, name in zip(errorbars(ax), ("delta", "D"), strict=True):
            np.testing.assert_allclose(bar[0].get_ydata(), one.summary[name])
            np.testing.assert_allclose(ends(bar), one.summary[[f"{name}_low", f"{name}_high"]])
            np.testing.assert_allclose(bar[0].get_xdata(), one.summary.hidden, atol=0.1)


def test_every_run_is_a_dot_near_its_size(one: Sweep) -> None:
    ax = capacity(one)
    dots = np.concatenate([c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 8])
    assert len(dots) == len(one.runs)
    np.testing.assert_array_equal(np.round(dots[:, 0]), one.runs.hidden)
    np.testing.assert_allclose(dots[:, 1], one.runs.S)
    low, high = ax.get_ylim()
    assert low < one.runs.S.min() and high > one.runs.S.max()


def test_the_bounds_in_range_are_drawn(one: Sweep) -> None:
    ax = capacity(one)
    levels = [line.get_ydata()[0] for line in ax.lines if list(line.get_xdata()) == [0, 1]]
    assert [2, 2 * np.sqrt(2)] == pytest.approx(levels[:2])
    assert ("4 any signalling" in texts(ax)) == (ax.get_ylim()[1] >= 4)
    frames = {cell: frame.copy() for cell, frame in one.finished.items()}
    frames[one.cells[0]].loc[0, "S"] = 4.0
    high = capacity(Sweep(one.experiment, one.varied, one.cells, frames))
    assert "4 any signalling" in texts(high) and high.get_ylim()[1] > 4


def test_the_marks_stand_in_words_above(one: Sweep) -> None:
    frames = {}
    for cell, mean in zip(one.cells, (0.5, 1.0, 2.4, 2.0, 2.0), strict=True):
        frames[cell] = one.finished[cell].assign(S=mean + np.linspace(-0.02, 0.02, 8))
    words = texts(capacity(Sweep(one.experiment, one.varied, one.cells, frames)))
    assert "reaches 2, peak 2.40" in words and "settled" in words


def test_each_combination_is_a_line_of_its_own(grid: Sweep) -> None:
    ax = capacity(grid)
    bars = errorbars(ax)
    assert len({to_hex(bar[0].get_color()) for bar in bars}) == 3
    assert len({bar[0].get_marker() for bar in bars}) == 3
    for rate, bar in zip(RATES, bars, strict=True):
        part = grid.summary[grid.summary.learning_rate == rate]
        np.testing.assert_allclose(bar[0].get_ydata(), part.S)
    legend = ax.get_legend()
    assert {t.get_text() for t in legend.get_texts()} == {"0.1", "0.5", "2"}
    figures.png(ax.get_figure(root=True))
    assert not legend.get_window_extent().overlaps(ax.get_window_extent())


def test_where_chooses_one_line(grid: Sweep) -> None:
    (bar,) = errorbars(capacity(grid, where={"learning_rate": 0.5}))
    part = grid.summary[grid.summary.learning_rate == 0.5]
    np.testing.assert_allclose(bar[0].get_ydata(), part.S)


def test_one_run_has_no_interval() -> None:
    ax = capacity(sweep(replace(BASE, runs=1), hidden=[1, 2], progress=False))
    assert "one run a size: no interval" in " ".join(texts(ax))
    assert "nan" not in " ".join(texts(ax))
    (bar,) = errorbars(ax)
    np.testing.assert_allclose(np.ptp(ends(bar), axis=1), 0)


# The regime map


def cells_of(ax: Axes) -> np.ndarray:
    """The values behind the colours, NaN where a cell has none; the lowest rate last."""
    mesh = ax.collections[0].get_array()
    return np.ma.filled(np.ma.reshape(mesh, (len(ax.get_yticks()), -1)), np.nan)


def test_the_map_is_coloured_by_s_and_writes_it(grid: Sweep) -> None:
    ax = regimes(grid)
    table = grid.summary.pivot(index="learning_rate", columns="hidden", values="S")[::-1]
    np.testing.assert_allclose(cells_of(ax), table)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["2", "0.5", "0.1"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3"]
    for value in table.to_numpy().ravel():
        assert f"{value:.2f}".replace("-", "−") in texts(ax)
    low, high = ax.collections[0].get_clim()
    assert (low + high) / 2 == pytest.approx(2) and high == pytest.approx(2 * np.sqrt(2))


def test_the_map_is_coloured_by_what_the_training_does(grid: Sweep) -> None:
    frames = dict(grid.finished)
    first, second = grid.cells[:2]  # one neuron, rates 0.1 and 0.5
    frames[first] = frames[first].assign(swing=0.5)
    frames[second] = frames[second].assign(diverged=True)
    changed = Sweep(grid.experiment, grid.varied, grid.cells, frames)
    ax = regimes(changed, by="regime")
    codes = {"converges": 0, "oscillates": 1, "diverges": 2}
    table = changed.summary.pivot(index="learning_rate", columns="hidden", values="regime")[::-1]
    assert table.iloc[2, 0] == "oscillates" and table.iloc[1, 0] == "diverges"
    np.testing.assert_array_equal(cells_of(ax), table.map(codes.get))
    assert {"oscillates ~", "diverges ×", "converges —"} <= set(texts(ax))


def hatched(ax: Axes) -> list[tuple[int, int]]:
    patches = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_hatch()]
    return sorted((int(p.get_x()), int(p.get_y())) for p in patches)


def test_cells_that_are_not_finished_are_hatched(half: Sweep) -> None:
    ax = regimes(half)
    # Four of (hidden, rate) are there: all of 1, and the lowest rate of 2.
    assert hatched(ax) == [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    assert np.isnan(cells_of(ax)).sum() == 5
    assert "not finished" in texts(ax)


def test_a_ring_is_where_the_user_is(grid: Sweep) -> None:
    here = replace(BASE, hidden=2, learning_rate=2.0, seed=7, runs=100)
    ax = regimes(grid, here=here)
    rings = [p for p in ax.patches if isinstance(p, Rectangle) and not p.get_fill()]
    assert [(int(r.get_x()), int(r.get_y())) for r in rings] == [(1, 0)]
    assert "you are here" in texts(ax)
    assert "you are here" not in texts(regimes(grid, here=replace(here, hidden=9)))


def test_one_rate_is_one_row(one: Sweep) -> None:
    ax = regimes(one, here=BASE)
    assert cells_of(ax).shape == (1, 5)
    assert boxes_overlap(ax.get_figure(root=True)) == []


# All alike

Draw = Callable[..., Axes]
EVERY: list[Draw] = [capacity, capacity_signalling, regimes]
every_figure = pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)


@every_figure
@pytest.mark.parametrize("style", [figures.LIGHT, figures.DARK], ids=["light", "dark"])
def test_text_is_inside_and_covers_no_other(
    draw: Draw, style: figures.Style, one: Sweep, grid: Sweep, half: Sweep
) -> None:
    for s in (one, grid, half):
        figure = draw(s, style=style).get_figure(root=True)
        assert boxes_overlap(figure) == []
        for text in figure.findobj(Text):
            if text.get_text() and text.get_visible():
                box, (width, height) = text.get_window_extent(), figure.bbox.size
                assert box.x0 >= 0 and box.y0 >= 0, text
                assert box.x1 <= width + 1 and box.y1 <= height + 1, text
        assert to_hex(figure.get_facecolor()) == style.background


@every_figure
def test_figures_draw_on_given_axes(draw: Draw, one: Sweep) -> None:
    figure = Figure((5, 4))
    ax = figure.add_subplot()
    assert draw(one, ax) is ax
    assert figure.axes == [ax]


@every_figure
def test_a_sweep_without_a_finished_cell_is_drawn_too(draw: Draw, half: Sweep) -> None:
    ax = draw(Sweep(half.experiment, half.varied, half.cells, {}))
    assert "No cell is finished yet." in texts(ax)


@every_figure
def test_where_every_run_diverged_it_says_so(draw: Draw, diverged: Sweep) -> None:
    words = " ".join(texts(draw(diverged)))
    assert "diverge" in words and "nan" not in words.lower()


@every_figure
def test_the_same_sweep_makes_the_same_picture(draw: Draw, grid: Sweep) -> None:
    before, chance = dict(matplotlib.rcParams), np.random.get_state()[1].copy()
    first, second = (figures.png(draw(grid).get_figure(root=True)) for _ in range(2))
    assert first == second
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []
    np.testing.assert_array_equal(np.random.get_state()[1], chance)


@every_figure
@pytest.mark.parametrize("wrong", [None, BASE])
def test_what_is_no_sweep_is_refused(draw: Draw, wrong: Any) -> None:
    with pytest.raises(ValueError, match="must be a Sweep"):
        draw(wrong)


def test_bad_wishes_are_refused(grid: Sweep, one: Sweep) -> None:
    with pytest.raises(ValueError, match="by must be 'S' or 'regime', not 'loss'"):
        regimes(grid, by="loss")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="here must be an Experiment"):
        regimes(grid, here=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="learning_rate must be one of"):
        capacity(grid, where={"learning_rate": 3})
    rates = Sweep(BASE, ("learning_rate",), (BASE,), {})
    with pytest.raises(ValueError, match="needs a sweep over hidden"):
        capacity(rates)
