"""The pictures of a regression: what they draw is what statsmodels says, and what they refuse."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from ncviz import figures, regress
from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.figures.guide import guide, in_words
from ncviz.figures.parts.regression_parts import group_lines, pooled_line
from ncviz.figures.regression import draw as draw_picture
from ncviz.figures.regression import influences, panes_of, regression, residuals
from ncviz.inference import Estimate
from ncviz.regression import Guide, Regression
from ncviz.widgets.parts.still import DOTS
from ncviz.widgets.views.regression import NARROWEST

SIZES = (1, 2, 3)


def runs(slope: float = -4.0, n: int = 40, seed: int = 0) -> pd.DataFrame:
    """S falls with the error and with it alone; three sizes, each run at all of them."""
    rng = np.random.default_rng(seed)
    hidden = np.repeat(SIZES, n)
    error = rng.uniform(0.02, 0.1, len(hidden)) + 0.08 * (3 - hidden)
    noise = rng.normal(0, 0.1, len(hidden))
    return pd.DataFrame(
        {
            "hidden": hidden,
            "seed": 0,
            "run": np.tile(np.arange(n), 3),
            "S": 2.6 + slope * error + noise,
            "test_error": error,
        }
    )


@pytest.fixture(scope="module")
def found() -> Regression:
    return regress(runs(), "S ~ test_error", within="hidden", cov="cluster")


@pytest.fixture(scope="module")
def one_size() -> Regression:
    frame = runs()
    return regress(frame[frame.hidden == 2], "S ~ test_error", within="hidden")


@pytest.fixture(scope="module")
def bent() -> Regression:
    frame = runs()
    frame["S"] += 5 * np.maximum(0, frame.test_error - 0.12)
    return regress(frame, "S ~ test_error", within="hidden", kind="hinge")


@pytest.fixture(scope="module")
def every(found: Regression, one_size: Regression, bent: Regression) -> list[Regression]:
    frame = runs()
    mixed = regress(frame, "S ~ test_error", within="hidden", kind="mixed")
    return [found, one_size, bent, mixed, regress(frame, "S ~ test_error")]


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.get_figure(root=True).findobj(Text) if t.get_text()]


def black(ax: Axes) -> Any:
    """The line over all runs."""
    (line,) = [line for line in ax.lines if line.get_linewidth() == 2.0]
    return line


# Lines


def test_the_line_and_its_band_are_those_of_statsmodels(found: Regression) -> None:
    frame = runs()
    fit = smf.ols("S ~ test_error", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame.run}, use_t=True
    )
    line = pooled_line(found)
    told = fit.get_prediction(pd.DataFrame({"test_error": line.x})).summary_frame()
    np.testing.assert_allclose(line.value, told["mean"])
    np.testing.assert_allclose(line.low, told["mean_ci_lower"])
    np.testing.assert_allclose(line.high, told["mean_ci_upper"])
    np.testing.assert_allclose(black(regression(found)).get_xdata(), 100 * line.x)
    np.testing.assert_allclose(black(regression(found)).get_ydata(), line.value)


def test_each_size_has_a_line_over_its_own_runs(found: Regression) -> None:
    lines = group_lines(found)
    assert [*lines] == [*SIZES]
    for n, line in lines.items():
        part = runs()[runs().hidden == n]
        assert (line.x.min(), line.x.max()) == (part.test_error.min(), part.test_error.max())
        slope, start = np.polyfit(part.test_error, part.S, 1)
        np.testing.assert_allclose(line.value, start + slope * line.x)
    drawn = [line for line in regression(found).lines if line.get_linewidth() == 1.5]
    assert len(drawn) == 3


def test_with_other_columns_the_line_is_drawn_at_their_means() -> None:
    frame = runs()
    fit = smf.ols("S ~ test_error + C(hidden)", frame).fit()
    line = pooled_line(regress(frame, "S ~ test_error + C(hidden)", within="hidden"))
    slope = np.diff(line.value) / np.diff(line.x)
    np.testing.assert_allclose(slope, fit.params["test_error"])
    middle = np.interp(frame.test_error.mean(), line.x, line.value)
    assert middle == pytest.approx(frame.S.mean(), abs=1e-6)


def test_a_hinge_is_drawn_bent_at_its_threshold(bent: Regression) -> None:
    assert bent.bend is not None
    x, y = black(regression(bent)).get_data()
    slope = np.diff(y) / np.diff(x)
    at = 100 * bent.bend.threshold.value
    np.testing.assert_allclose(slope[x[1:] < at], bent.bend.below.value / 100)
    np.testing.assert_allclose(slope[x[:-1] > at], bent.bend.above.value / 100)
    line = pooled_line(bent)
    assert (line.low < line.value).all() and (line.value < line.high).all()


def test_the_band_of_a_mixed_model_is_that_of_its_fixed_part() -> None:
    frame = runs()
    frame["S"] += frame.hidden.map({1: 0.5, 2: -0.4, 3: 0.2})
    fit = smf.mixedlm("S ~ test_error", frame, groups=frame.hidden).fit()
    line = pooled_line(regress(frame, "S ~ test_error", within="hidden", kind="mixed"))
    np.testing.assert_allclose(
        line.value, fit.params["Intercept"] + fit.params["test_error"] * line.x
    )
    # At x = 0 it would be the interval of the intercept: the band is that of a + b·x.
    cov = fit.cov_params().loc[["Intercept", "test_error"], ["Intercept", "test_error"]].to_numpy()
    row = np.array([1, line.x[7]])
    assert line.high[7] - line.value[7] == pytest.approx(1.959964 * np.sqrt(row @ cov @ row))


# Points


def legend_colors(ax: Axes) -> list[str]:
    """Of the sizes, in order; behind them stands the line over all runs."""
    return [to_hex(line.get_color()) for line in ax.get_legend().get_lines()][:-1]


def dots_of(ax: Axes, rows: int) -> tuple[np.ndarray, list[str]]:
    """Where the runs stand, and in which colours."""
    (dots,) = [c for c in ax.collections if len(c.get_offsets()) == rows]
    return np.asarray(dots.get_offsets()), [to_hex(color) for color in dots.get_facecolors()]


def check_dots(ax: Axes, x: np.ndarray, y: np.ndarray, colors: list[str]) -> None:
    """The dots are these, each in its colour, in whatever order they are drawn."""
    places, drawn = dots_of(ax, len(x))
    expected = sorted(zip(np.round(x, 9), np.round(y, 9), colors, strict=True))
    assert sorted(zip(*np.round(places.T, 9), drawn, strict=True)) == expected


def test_every_run_is_a_dot_in_percent_and_in_the_colour_of_its_size(found: Regression) -> None:
    ax, frame = regression(found), runs()
    colors = legend_colors(ax)
    assert len(set(colors)) == 3
    own = [colors[n - 1] for n in frame.hidden]
    check_dots(ax, 100 * frame.test_error.to_numpy(), frame.S.to_numpy(), own)
    low, high = ax.get_xlim()
    assert low < 100 * frame.test_error.min() and high > 100 * frame.test_error.max()


def test_the_distributions_beside_it_are_shares_of_each_size(found: Regression) -> None:
    main, above, beside = regression(found).get_figure(root=True).axes
    assert above.get_xlim() == main.get_xlim() and beside.get_ylim() == main.get_ylim()
    for ax, axis in ((above, 1), (beside, 0)):
        tops = [c.get_paths()[0].vertices[:, axis].max() for c in ax.collections]
        assert len(tops) == 3 and all(0 < top <= 1 for top in tops)


def test_two_and_the_tsirelson_bound_are_drawn_where_in_range(found: Regression) -> None:
    ax = regression(found)
    levels = [line.get_ydata()[0] for line in ax.lines if list(line.get_xdata()) == [0, 1]]
    assert levels == [CLASSICAL_BOUND]
    assert "2 classical" in texts(ax) and "2√2 Tsirelson" not in texts(ax)
    high = runs()
    high["S"] += 0.6
    assert "2√2 Tsirelson" in texts(regression(regress(high, "S ~ test_error")))
    assert high.S.max() > TSIRELSON_BOUND
    assert "2 classical" not in texts(regression(regress(high, "test_error ~ S")))


def test_the_slope_stands_below_in_words(found: Regression) -> None:
    said = " ".join(" ".join(texts(regression(found))).split())
    value = found.pooled.estimate.value
    assert f"goes with S lower by {abs(value) / 100:.3f} [" in said
    assert "over all 120 runs (95 %; errors clustered by seed and run, 40 of them)" in said


# Diagnostics


def test_residuals_and_influence_are_those_of_the_straight_line(bent: Regression) -> None:
    frame = bent.data.frame
    colors = legend_colors(regression(bent))
    own = [colors[n - 1] for n in frame.hidden]
    fit = smf.ols("S ~ test_error", frame).fit()
    check_dots(residuals(bent), fit.fittedvalues.to_numpy(), fit.resid.to_numpy(), own)
    told = fit.get_influence()
    leverage, residual = 100 * told.hat_matrix_diag, told.resid_studentized_internal
    check_dots(influences(bent), leverage, residual, own)


def test_the_heaviest_runs_are_named_where_they_stand() -> None:
    frame = runs()
    frame.loc[7, "S"] = 9.0
    found = regress(frame, "S ~ test_error", within="hidden")
    ax = influences(found)
    assert any(t.startswith("1: hidden size 1, seed 0, run 7, Cook") for t in texts(ax))
    first = found.influence.iloc[0]
    (number,) = [t for t in ax.texts if t.get_text() == "1"]
    assert number.xy == pytest.approx((100 * first.leverage, first.residual))


# Guide

NOTHING = Estimate(0.1, 0.08, 0.12, 50)
ONE = Guide("chain, 0.5", (1, 2, 3, 4), 2, 4, 3, (NOTHING,) * 4, (NOTHING,) * 4, NOTHING)
ABOVE = Estimate(2.2, 2.1, 2.3, 50)
NEVER = replace(ONE, label="easy", reaches=None, best=2, good=1, cost=None)


def test_the_guide_marks_where_s_reaches_two_and_where_the_error_is_least() -> None:
    ax = guide([ONE, NEVER])
    marks = [
        (line.get_marker(), float(line.get_xdata()[0]), round(float(line.get_ydata()[0])))
        for line in ax.lines
        if line.get_marker() in ("o", "D")
    ]
    assert marks == [("o", 2, 0), ("D", 4, 0), ("D", 2, 1)]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["chain, 0.5", "easy"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3", "4"]
    bars = [c.get_paths()[0].vertices[:, 0] for c in ax.collections]
    assert [(bar.min(), bar.max()) for bar in bars] == [(2.7, 4.3), (0.7, 2.3)]


def test_the_guide_says_one_row_whole_and_counts_several() -> None:
    said = in_words([replace(ONE, S=(NOTHING, ABOVE, NOTHING, NOTHING))])
    assert said.startswith("S first reaches 2 at 2 neurons (2.20 [2.10, 2.30]); the error is")
    said = in_words([ONE, NEVER, replace(ONE, reaches=3)])
    assert said.startswith("Of 3 rows S reaches 2 in 2; in 1 of them")
    assert "in none of them" in in_words([ONE, NEVER])


# All alike

Draw = Callable[..., Axes]
EVERY: list[Draw] = [regression, residuals, influences]
every_figure = pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)


def check_words(figure: Figure) -> None:
    """All text is inside, and none covers another."""
    figures.png(figure, dpi=figure.dpi)
    words = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    boxes = [t.get_window_extent() for t in words]
    for text, box in zip(words, boxes, strict=True):
        assert box.x0 >= -1 and box.y0 >= -1, text
        assert box.x1 <= figure.bbox.width + 1 and box.y1 <= figure.bbox.height + 1, text
    for i, box in enumerate(boxes):
        for k in range(i):
            if not {words[i].get_text(), words[k].get_text()} <= {"1", "2", "3"}:
                assert not box.padded(-1).overlaps(boxes[k].padded(-1)), (words[i], words[k])


@every_figure
@pytest.mark.parametrize("style", [figures.LIGHT, figures.DARK], ids=["light", "dark"])
def test_text_is_inside_and_covers_no_other(
    draw: Draw, style: figures.Style, every: list[Regression]
) -> None:
    for found in every:
        figure = draw(found, style=style).get_figure(root=True)
        check_words(figure)
        assert to_hex(figure.get_facecolor()) == style.background


@pytest.mark.parametrize("x", ["test_error", "gap", "error_second", "gap_second"])
def test_the_words_of_the_narrowest_picture_are_inside(x: str) -> None:
    frame = runs().rename(columns={"test_error": x, "S": "S_first"})
    found = regress(frame, f"S_first ~ {x}", within="hidden")
    panes = panes_of(NARROWEST / DOTS, found, figures.LIGHT)
    draw_picture(panes, found, figures.LIGHT)
    check_words(panes.main.get_figure(root=True))


def test_the_words_of_the_guide_are_inside_too() -> None:
    for guides in ([ONE], [ONE, NEVER, replace(ONE, label="learning rate 0.05, ring")]):
        check_words(guide(guides).get_figure(root=True))


def test_the_key_covers_no_data(every: list[Regression]) -> None:
    for found in every:
        ax = regression(found)
        figures.png(ax.get_figure(root=True))
        box = ax.get_legend().get_window_extent()
        assert not any(box.overlaps(each.get_window_extent()) for each in ax.figure.axes)


@every_figure
def test_figures_draw_on_given_axes(draw: Draw, found: Regression) -> None:
    figure = Figure((5, 4))
    ax = figure.add_subplot()
    assert draw(found, ax) is ax
    assert figure.axes == [ax]


@every_figure
def test_the_same_regression_makes_the_same_picture(draw: Draw, found: Regression) -> None:
    before, chance = dict(matplotlib.rcParams), np.random.get_state()[1].copy()
    first, second = (figures.png(draw(found).get_figure(root=True)) for _ in range(2))
    assert first == second
    assert figures.svg(draw(found).get_figure(root=True)).startswith(b"<?xml")
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == []
    np.testing.assert_array_equal(np.random.get_state()[1], chance)


@every_figure
def test_what_is_no_regression_is_refused(draw: Draw) -> None:
    with pytest.raises(ValueError, match="found must be a Regression"):
        draw(runs())


def test_what_is_no_guide_is_refused() -> None:
    with pytest.raises(ValueError, match="must be those of"):
        guide([3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="guides must be 1 to 30 values"):
        guide([])


def test_plot_is_the_picture(found: Regression) -> None:
    assert found.plot().get_xlabel() == "held-out error, %"
