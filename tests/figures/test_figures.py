"""Settled pictures: what is drawn against the numbers, in both styles, without global traces."""

import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

import ncviz
from ncviz import Experiment, NCnet, figures
from ncviz.inference import mean_intervals
from ncviz.meaning.evidence import references
from ncviz.results.result import Moment, Result

OF_MOMENTS = (
    figures.s_of_runs,
    figures.correlators,
    figures.oscillations,
    figures.s_training,
    figures.losses,
    figures.signalling,
    figures.account,
    figures.answer,
    figures.counterfactual,
    figures.evidence,
    figures.influence,
    figures.regions,
)
STYLES = {"light": figures.LIGHT, "dark": figures.DARK}
Draw = Callable[..., Axes]

every_figure = pytest.mark.parametrize("draw", OF_MOMENTS, ids=lambda draw: draw.__name__)
both_styles = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)


@pytest.fixture(scope="module")
def result() -> Result:
    return Experiment(runs=30, steps=600).run()


@pytest.fixture(scope="module")
def one() -> Result:
    return Experiment(runs=1, steps=200).run()


@pytest.fixture(scope="module")
def diverged() -> Result:
    r = Experiment(runs=4, steps=40, learning_rate=1e38).run()
    assert r.runs.diverged.all()
    return r


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def texts(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.findobj(Text) if t.get_visible() and t.get_text()]


def label_texts(labels: list[Text]) -> list[str]:
    return [label.get_text() for label in labels]


def title(ax: Axes) -> str:
    return ax.get_title(loc="left")


def lines(ax: Axes, color: str) -> list[Line2D]:
    return [line for line in ax.lines if to_rgba(line.get_color()) == to_rgba(color)]


def contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(color)[:3]
        ]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    low, high = sorted([light(one), light(other)])
    return (high + 0.05) / (low + 0.05)


# S of every run


def dots(ax: Axes) -> np.ndarray:
    (marks,) = (c for c in ax.collections if isinstance(c, PathCollection))
    return np.asarray(marks.get_offsets())


def test_a_dot_for_every_run_at_its_s(result: Result) -> None:
    drawn = np.sort(dots(figures.s_of_runs(result))[:, 1])
    np.testing.assert_array_equal(drawn, np.sort(result.runs.S))


def test_the_mean_stands_at_the_mean_with_its_interval(result: Result) -> None:
    ax = figures.s_of_runs(result)
    (bar,) = ax.containers
    mean, _, (whisker,) = bar
    assert mean.get_ydata()[0] == pytest.approx(result.runs.S.mean())
    assert whisker.get_segments()[0][:, 1] == pytest.approx([result.s.low, result.s.high])


def test_the_three_lines_are_drawn_and_named(result: Result) -> None:
    for draw in (figures.s_of_runs, figures.s_training):
        ax = draw(result)
        flat = [line.get_ydata()[0] for line in ax.lines if len(set(line.get_ydata())) == 1]
        assert {2, 2 * 2**0.5, 4} <= set(flat) and -2 not in flat
        assert {"2 classical", "2√2 Tsirelson", "4 any signalling"} <= set(texts(ax))


def test_minus_2_is_drawn_only_in_range() -> None:
    ax = figures.s_of_runs(with_s(np.array([-3.5, 0.0, 1.0, 2.0])))
    assert -2 in [line.get_ydata()[0] for line in ax.lines]
    assert "−2 classical" in texts(ax)


def with_s(s: np.ndarray) -> Moment:
    """A result whose runs have a given S."""
    r = Experiment(runs=len(s), steps=2).run()
    r.__dict__["per_run"] = replace(r.per_run, S=s)
    return r


def test_equal_runs_are_counted_and_none_hides_another() -> None:
    s = np.repeat([2.0, 0.0, 4.0, -2.0], [30, 14, 5, 1])
    ax = figures.s_of_runs(with_s(s))
    drawn = dots(ax)
    assert len(np.unique(drawn, axis=0)) == 50
    assert {"30 equal", "14 equal"} <= set(texts(ax))
    assert "1 equal" not in texts(ax) and "5 equal" not in texts(ax)


def test_dots_lie_inside_and_left_of_the_mean() -> None:
    for s in (np.full(400, 2.0), np.linspace(-4, 4, 400), np.array([1.0])):
        ax = figures.s_of_runs(with_s(s))
        drawn = dots(ax)
        low, high = ax.get_ylim()
        assert len(drawn) == len(s)
        assert drawn[:, 0].min() > 0 and drawn[:, 0].max() < 0.75
        assert low < drawn[:, 1].min() and drawn[:, 1].max() < high


@pytest.mark.parametrize("outcome", ["correct", "success", "oscillation"])
def test_s_stands_with_its_outcome_rule(outcome: str) -> None:
    r = Experiment(runs=8, steps=80, outcome=outcome).run()
    for draw in (figures.s_of_runs, figures.s_training, figures.correlators):
        said = " ".join(texts(draw(r))).replace("\n", " ")
        assert f"S = {r.s.value:.2f}".replace("-", "−") in said
        assert "95 % interval over 8 runs; outcome: +1 where" in said
    assert figures.signalling(r).get_xlabel().startswith("mean outcome (1 = ")


# Correlators


@both_styles
def test_the_table_holds_the_frame_of_correlators(result: Result, style: figures.Style) -> None:
    ax = figures.correlators(result, style=style)
    words = texts(ax)
    for c in result.summary.correlators:
        assert f"{c.value:.2f}".replace("-", "−") in words
        assert f"[{c.low:.2f}, {c.high:.2f}]".replace("-", "−") in words
    mesh = ax.collections[0]
    np.testing.assert_allclose(mesh.get_array().reshape(2, 2), result.correlators)
    by_place = {
        t.get_position(): t.get_text()
        for t in ax.texts
        if re.fullmatch(r"−?\d\.\d\d", t.get_text())
    }
    for x in (0, 1):
        for y in (0, 1):
            value = result.correlators.iloc[x, y]
            assert number(by_place[y + 0.5, x + 0.5]) == pytest.approx(value, abs=0.00501)


@both_styles
def test_the_colours_of_the_table_go_from_purple_to_green(
    result: Result, style: figures.Style
) -> None:
    mesh = figures.correlators(result, style=style).collections[0]
    ends = [to_hex(mesh.to_rgba(value)) for value in (-1, 1)]
    assert ends == [style.minus, style.plus]
    middle = np.subtract(mesh.to_rgba(0), to_rgba(style.neutral))
    assert np.abs(middle).max() < 0.01


def test_the_tasks_are_on_the_axes_and_the_sum_below(result: Result) -> None:
    ax = figures.correlators(result)
    assert label_texts(ax.get_xticklabels()) == ["B1\ns3 AND s4", "B2\ns3 XOR s4"]
    assert label_texts(ax.get_yticklabels()) == ["A1\ns1 AND s2", "A2\ns1 XOR s2"]
    four = [number(n) for n in re.findall(r"−?\d\.\d\d", ax.get_xlabel().replace("− ", "+ "))]
    assert four == pytest.approx(
        [*result.correlators.to_numpy().ravel(), result.s.value], abs=0.006
    )


@pytest.mark.parametrize("runs", [8, 9, 10, 11, 12])
def test_an_equation_between_rounded_numbers_is_true_as_it_stands(runs: int) -> None:
    label = figures.correlators(Experiment(runs=runs, steps=400).run()).get_xlabel()
    first, second, third, last, s = (
        round(100 * number(n)) for n in re.findall(r"−?\d\.\d\d", label.replace("− ", "+ "))
    )
    assert (" = " in label.removeprefix("S = ")) == (first + second + third - last == s)
    assert label.count(" ≈ ") == (first + second + third - last != s)


def test_long_task_names_stay_inside() -> None:
    tasks = ("MAJORITY(s1, s2, s3)", "s1 XOR s2 XOR s3 XOR s4", "s1 XOR s2 XOR s4", "s3")
    r = Experiment(pairing=tasks, runs=2, steps=2).run()
    for draw in OF_MOMENTS:
        assert_inside(draw(r))


# Loss oscillations


def test_the_waves_are_the_detrended_losses(result: Result) -> None:
    ax = figures.oscillations(result)
    losses = result.losses[result.losses.step >= 450]
    steps = losses.step.unique()
    rows = dict(zip(label_texts(ax.get_yticklabels()), ax.get_yticks(), strict=True))
    matched = 0
    for head, color in (("alice", figures.LIGHT.alice), ("bob", figures.LIGHT.bob)):
        for setting in ("11", "12", "21", "22"):
            table = losses[(losses["head"] == head) & (losses.setting == setting)]
            curves = table.pivot(index="step", columns="run", values="loss").to_numpy(float)
            trend = [np.polyval(np.polyfit(steps, c, 1), steps) for c in curves.T]
            expected = curves.T - trend
            middle = rows[f"A{setting[0]} · B{setting[1]}"]
            drawn = [
                np.asarray(line.get_ydata()) - middle
                for line in lines(ax, color)
                if len(line.get_ydata()) == len(steps)
                and abs(np.mean(line.get_ydata()) - middle) < 1e-9
            ]
            assert len(drawn) == 9  # the run in the middle, and eight others
            for wave in drawn:
                assert np.abs(expected - wave).max(axis=1).min() < 1e-6
                assert np.polyfit(steps - steps.mean(), wave, 1) == pytest.approx(0, abs=1e-8)
                matched += 1
    assert matched == 72


@pytest.mark.parametrize("steps", [12, 600])
def test_the_size_of_the_waves_is_written_with_its_interval(steps: int) -> None:
    r = Experiment(runs=30, steps=steps).run()
    words = texts(figures.oscillations(r))
    losses = r.losses[(r.losses.step >= 0.75 * steps) & (r.losses.setting == "22")]
    for head in ("alice", "bob"):
        sizes = []
        for _, run in losses[losses["head"] == head].groupby("run"):
            trend = np.polyval(np.polyfit(run.step, run.loss.astype(float), 1), run.step)
            sizes.append(np.std(run.loss - trend))
        mean, low, high = mean_intervals(np.array([sizes]), 0, np.inf, bounded=False)[0]
        assert f"{head.title()} {mean:.3f} ± {max(high - mean, mean - low):.3f}" in words


def test_the_waves_say_that_they_are_of_the_records(result: Result) -> None:
    assert "at the 26 records of the last quarter" in " ".join(texts(figures.oscillations(result)))


def test_too_few_records_are_a_sentence() -> None:
    ax = figures.oscillations(Experiment(runs=2, steps=2).run())
    assert "Fewer than three records" in " ".join(texts(ax)) and not ax.lines


# S and losses while they train, signalling


def test_s_while_it_trains_is_the_recorded_mean(result: Result) -> None:
    ax = figures.s_training(result)
    curve = max(ax.lines, key=lambda line: len(line.get_xdata()))
    mean = result.recording.s_intervals(result.index + 1)[:, 0]
    np.testing.assert_array_equal(curve.get_xdata(), result.recording.steps)
    np.testing.assert_allclose(curve.get_ydata(), mean)
    assert curve.get_ydata()[-1] == pytest.approx(result.runs.S.mean())


def test_a_snapshot_is_drawn_up_to_its_step() -> None:
    snapshots = Experiment(runs=3, steps=100).stream(every=10)
    snapshot = next(s for s in snapshots if s.step == 50)
    snapshots.close()
    ax = figures.s_training(snapshot)
    assert max(max(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) > 2) == 50
    assert ax.get_xlim() == (0, 100)
    for draw in OF_MOMENTS:
        assert_inside(draw(snapshot))


def test_losses_are_medians_over_runs(result: Result) -> None:
    ax = figures.losses(result)
    assert len(ax.child_axes) == 4
    medians = result.losses.groupby(["setting", "head", "step"]).loss.median()
    for setting, cell in zip(("11", "12", "21", "22"), ax.child_axes, strict=True):
        for head, color in (("alice", figures.LIGHT.alice), ("bob", figures.LIGHT.bob)):
            (line,) = lines(cell, color)
            np.testing.assert_allclose(line.get_ydata(), medians[setting, head], rtol=1e-5)
        c = result.correlators.iloc[int(setting[0]) - 1, int(setting[1]) - 1]
        assert any(t.startswith(f"C = {c:.2f} [") for t in texts(cell))


def test_dumbbells_are_the_marginals(result: Result) -> None:
    ax = figures.signalling(result)
    ends = [line for line in ax.lines if line.get_marker() == "o"]
    drawn = np.reshape([line.get_xdata()[0] for line in ends], (4, 2))
    np.testing.assert_allclose(drawn, result.marginals)
    full, empty = (ends[i].get_markerfacecolor() for i in (0, 1))
    assert (full, empty) == (figures.LIGHT.alice, figures.LIGHT.background)
    note = " ".join(texts(ax))
    assert f"δ = {result.summary.delta}" in note and f"D = {result.summary.D}" in note


# A net


def test_a_net_is_drawn_with_its_weights(result: Result) -> None:
    net = result.net(0, "22")
    ax = figures.net(net)
    weights = [collection for collection in ax.collections if hasattr(collection, "get_segments")]
    widths = np.concatenate([w.get_linewidths() for w in weights])
    numbers = np.concatenate(
        [net.hidden_weight.detach().numpy().ravel(), net.head_weight.detach().numpy().ravel()]
    )
    assert len(widths) == 3 * 4 + 2 * 3
    expected = np.maximum(np.abs(numbers) / np.abs(numbers).max() * widths.max(), 0.3)
    np.testing.assert_allclose(widths, expected, rtol=1e-5)
    colours = [to_hex(c) for w in weights for c in w.get_colors()]
    style = figures.LIGHT
    assert colours == [style.alice if n >= 0 else style.bob for n in numbers]
    dashed = [bool(dashes) for w in weights for _, dashes in w.get_linestyles()]
    assert dashed == [bool(n < 0) for n in numbers]
    assert {"s1", "s2", "s3", "s4", "Alice", "Bob"} <= set(texts(ax))


def segments(ax: Axes) -> list[np.ndarray]:
    return [s for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments()]


def test_a_large_net_says_how_much_of_it_is_drawn() -> None:
    ax = figures.net(Experiment(hidden=30, runs=1, steps=1).run().net(0, "11"))
    assert title(ax) == "A network of 30 hidden neurons, 24 drawn"
    assert len(segments(ax)) == 24 * 6


def test_separate_trunks_are_wired_to_their_own_head_only() -> None:
    ax = figures.net(Experiment(hidden=2, runs=1, steps=1, trunk="separate").run().net(0, "11"))
    ends = [s[1].tolist() for s in segments(ax) if s[1, 0] == 1]
    starts = [s[0, 1] for s in segments(ax) if s[1, 0] == 1]
    assert len(segments(ax)) == 2 * 2 * 4 + 4
    assert ends[0] == ends[1] != ends[2] == ends[3]
    assert min(starts[:2]) > max(starts[2:])


def test_a_net_of_a_diverged_run_is_a_sentence() -> None:
    parts = [
        p.detach() * np.nan for p in Experiment(runs=1, steps=1).run().net(0, "11").parameters()
    ]
    ax = figures.net(NCnet(*parts))
    assert "diverged" in " ".join(texts(ax)) and not segments(ax)


# The still


@both_styles
def test_the_still_holds_the_verdict_and_how_to_go_on(result: Result, style: figures.Style) -> None:
    figure = figures.explorer(result, style)
    said = " ".join(t.get_text() for t in figure.texts)
    verdict = ncviz.meaning.verdict.verdict(result.summary)
    assert f"{verdict.value} {verdict.interval}" in said
    assert verdict.sentences in said and verdict.note in said
    assert result.experiment.code() in said
    assert "Choose Run ▸ Run All Cells to use it again." in said
    titles = [title(ax) for ax in figure.axes]
    assert titles == [
        "S while it trains",
        "How S adds up",
        "S of every run",
        "Held-out losses (nats)",
    ]
    data = figures.png(figure, dpi=100)
    assert len(data) < 200_000
    assert struct.unpack(">II", data[16:24]) == (1200, 800)


def test_the_still_fits_every_experiment(one: Result, diverged: Result) -> None:
    for r in (one, diverged):
        figure = figures.explorer(r)
        figures.png(figure, dpi=50)
        assert all(inside(text, figure) for text in figure.findobj(Text) if text.get_text())


# All figures alike


def test_every_picture_says_what_it_is_and_what_stands_on_its_axes() -> None:
    r = Experiment(runs=4, steps=50).run()
    assert label_texts(figures.s_of_runs(r).get_xticklabels()) == ["4 runs", "mean"]
    training = figures.s_training(r)
    assert (training.get_xlabel(), training.get_ylabel()) == ("training step", "S")
    rows = label_texts(figures.signalling(r).get_yticklabels())
    assert [name.split()[0] for name in rows] == ["A1", "A2", "B1", "B2"]
    rows = label_texts(figures.oscillations(r).get_yticklabels())
    assert rows[:4] == ["A1 · B1", "A1 · B2", "A2 · B1", "A2 · B2"]
    assert title(figures.account(r)) == "What accounts for S"
    assert title(figures.influence(r)) == "Who can influence whom"
    assert title(figures.net(r.net(0, "22"))) == "A network of 3 hidden neurons"
    assert figures.answer(r).texts[-1].get_text().startswith("No.")


def inside(text: Text, figure: Figure) -> bool:
    box, (width, height) = text.get_window_extent(), figure.bbox.size
    return bool(
        not text.get_visible()
        or (box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width + 1 and box.y1 <= height + 1)
    )


def assert_inside(ax: Axes) -> None:
    figure = ax.get_figure(root=True)
    figures.png(figure, dpi=figure.dpi)
    outside = [t.get_text() for t in figure.findobj(Text) if t.get_text() and not inside(t, figure)]
    assert not outside


@every_figure
@both_styles
def test_text_stays_inside_the_figure(draw: Draw, style: figures.Style, result: Result) -> None:
    assert_inside(draw(result, style=style))


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that cover each other."""
    figures.png(figure, dpi=figure.dpi)
    words = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    boxes = [t.get_window_extent().padded(-1) for t in words]
    return [
        (words[i].get_text(), words[k].get_text())
        for i, box in enumerate(boxes)
        for k in range(i)
        if box.overlaps(boxes[k])
    ]


@pytest.fixture(
    scope="module",
    params=[
        {},
        {"runs": 1},
        {"runs": 50, "outcome": "success", "optimizer": "adam", "noise": 0.3, "steps": 90},
        {"hidden": 8, "runs": 40, "steps": 3000},
        {"pairing": "majority", "outcome": "oscillation"},
        {"pairing": "reversed", "hidden": 2, "learning_rate": 1e30},
    ],
    ids=lambda fields: ",".join(map(str, fields.values())) or "default",
)
def some(request: pytest.FixtureRequest) -> Result:
    return Experiment(**{"runs": 6, "steps": 300, **request.param}).run()


@every_figure
def test_no_text_covers_another(draw: Draw, some: Result) -> None:
    figure = draw(some).get_figure(root=True)
    assert overlapping(figure) == []
    assert all(inside(t, figure) for t in figure.findobj(Text) if t.get_text())


def test_no_text_of_the_still_covers_another(some: Result) -> None:
    assert overlapping(figures.explorer(some)) == []


def test_no_text_of_a_net_covers_another() -> None:
    for trunk in ("shared", "separate"):
        for hidden in (1, 3, 12, 30):
            net = Experiment(hidden=hidden, trunk=trunk, runs=1, steps=1).run().net(0, "11")
            assert overlapping(figures.net(net).get_figure(root=True)) == []


@every_figure
def test_figures_draw_on_given_axes(draw: Draw, result: Result) -> None:
    figure = Figure((5, 4))
    ax = figure.add_subplot()
    assert draw(result, ax=ax) is ax
    assert draw(result, ax) is ax and ax.figure is figure
    assert figure.axes == [ax]
    part = figure.subfigures(1, 2)[0].add_subplot()
    assert draw(result, part) is part


@every_figure
def test_one_run_has_no_interval(draw: Draw, one: Result) -> None:
    ax = draw(one)
    assert_inside(ax)
    # The published experiments in the region picture have a standard error of their own.
    published = {
        f"{one.s_odd:{one.spec}} ± {one.error:{one.spec}}"
        for one in references()
        if one.error is not None
    }
    drawn = [t for child in (ax, *ax.child_axes) for t in texts(child)]
    words = " ".join(text for text in drawn if text not in published)
    assert "nan" not in words.lower()
    assert "95 % interval over" not in words and "±" not in words


@every_figure
def test_nothing_but_a_sentence_where_every_run_diverged(draw: Draw, diverged: Result) -> None:
    ax = draw(diverged)
    assert_inside(ax)
    assert "every run has diverged" in " ".join(texts(ax)).lower().replace("\n", " ")
    assert not (ax.lines or ax.collections or ax.child_axes or ax.patches)


@every_figure
def test_before_the_first_outcome_there_is_a_sentence_or_the_losses(draw: Draw) -> None:
    snapshots = Experiment(runs=3, steps=100, outcome="oscillation").stream(every=5)
    early = next(s for s in snapshots if s.step == 50)
    snapshots.close()
    ax = draw(early)
    assert_inside(ax)
    words = " ".join(texts(ax)).replace("\n", " ")
    if draw in (figures.losses, figures.oscillations):
        assert ax.child_axes or ax.lines
    else:
        assert "until step 76 there are none" in words and not ax.lines


@every_figure
@pytest.mark.parametrize("wrong", [None, 3, Experiment()])
def test_what_is_no_moment_is_refused(draw: Draw, wrong: object) -> None:
    with pytest.raises(ValueError, match="Snapshot or a Result"):
        draw(wrong)


def test_the_others_refuse_too(result: Result) -> None:
    with pytest.raises(ValueError, match="Snapshot or a Result"):
        figures.explorer(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be an NCnet"):
        figures.net(result)  # type: ignore[arg-type]
    for write in (figures.png, figures.svg):
        with pytest.raises(ValueError, match="must be a Figure"):
            write(None)


# Styles


@every_figure
def test_dark_is_dark(draw: Draw, result: Result) -> None:
    ax = draw(result, style=figures.DARK)
    assert to_hex(ax.figure.get_facecolor()) == to_hex(ax.get_facecolor()) == "#111111"
    light = {figures.LIGHT.ink, figures.LIGHT.muted, figures.LIGHT.alice, figures.LIGHT.bob_ink}
    for artist in (*ax.findobj(Text), *ax.findobj(Line2D)):
        if artist.get_visible() and not (isinstance(artist, Text) and not artist.get_text()):
            assert to_hex(artist.get_color()) not in light - {to_hex("#000000")}


@both_styles
def test_words_are_readable(style: figures.Style) -> None:
    for ink in (style.ink, style.muted, style.alice_ink, style.bob_ink):
        assert contrast(ink, style.background) >= 4.5
    for behind in (style.plus, style.minus, style.neutral):
        assert contrast(style.ink, behind) >= 4.5
    for line in (style.alice, style.bob, style.edge):
        assert contrast(line, style.background) >= 3


def test_the_colours_are_those_of_the_live_views() -> None:
    css = (Path(ncviz.__file__).parent / "widgets/static/base.css").read_text()
    light, dark = (
        dict(re.findall(r"--ncviz-([\w-]+): (#\w{6});", part)) for part in css.split("}")[:2]
    )
    named = [field.name for field in fields(figures.Style) if field.name.replace("_", "-") in light]
    assert len(named) >= 8
    for name in named:
        key = name.replace("_", "-")
        assert getattr(figures.LIGHT, name) == light[key]
        assert getattr(figures.DARK, name) == {**light, **dark}[key]


def test_type_is_large_enough_on_the_screen(result: Result) -> None:
    for draw in OF_MOMENTS:
        ax = draw(result)
        width = ax.figure.get_size_inches()[0] * 96
        assert 330 <= width <= 450
        for child in (ax, *ax.child_axes):
            for text in child.findobj(Text):
                if text.get_text() and text.get_visible():
                    assert text.get_fontsize() * 96 / 72 >= 10


# Nothing global


def everything(r: Result) -> dict[str, bytes]:
    pictures = {draw.__name__: figures.png(draw(r).figure, dpi=80) for draw in OF_MOMENTS}
    pictures["net"] = figures.png(figures.net(r.net(0, "22")).figure, dpi=80)
    pictures["explorer"] = figures.png(figures.explorer(r, figures.DARK), dpi=80)
    pictures["svg"] = figures.svg(figures.correlators(r).figure)
    return pictures


@pytest.fixture(scope="module")
def drawn(result: Result) -> dict[str, bytes]:
    return everything(result)


def test_nothing_global_is_touched(result: Result) -> None:
    before, known = dict(matplotlib.rcParams), pyplot.get_fignums()
    chance = np.random.get_state()[1].copy()
    everything(result)
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == known == []
    np.testing.assert_array_equal(np.random.get_state()[1], chance)


def test_global_settings_do_not_change_a_picture(result: Result, drawn: dict[str, bytes]) -> None:
    loud = {
        "axes.grid": True,
        "axes.facecolor": "red",
        "axes.spines.top": True,
        "figure.facecolor": "yellow",
        "figure.figsize": (9, 2),
        "figure.dpi": 50,
        "font.size": 20,
        "font.family": "monospace",
        "lines.linewidth": 7,
        "savefig.bbox": "tight",
        "savefig.facecolor": "pink",
        "svg.fonttype": "path",
        "text.color": "red",
        "xtick.labelsize": 20,
        "ytick.color": "red",
        "xtick.bottom": False,
        "axes.titlelocation": "right",
        "errorbar.capsize": 9,
    }
    with matplotlib.rc_context(loud):
        assert everything(result) == drawn


def test_pyplot_is_never_called() -> None:
    for path in (Path(figures.__file__).parent).glob("*.py"):
        code = path.read_text()
        assert not re.search(r"import pyplot|plt\.|rcParams\[|set_theme|rc_context", code), path


def test_two_threads_draw_the_same_as_one(
    result: Result, one: Result, drawn: dict[str, bytes]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(everything, (result, one)))
    assert together == [drawn, everything(one)]


# Files


def test_a_png_has_the_size_that_is_asked(result: Result) -> None:
    figure = figures.s_of_runs(result).get_figure(root=True)
    own, canvas = figure.dpi, figure.canvas
    data = figures.png(figure, dpi=192)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = figure.get_size_inches()
    assert struct.unpack(">II", data[16:24]) == (int(width * 192), int(height * 192))
    assert (figure.dpi, figure.canvas) == (own, canvas)


@every_figure
def test_files_are_the_same_for_the_same_result(draw: Draw, result: Result) -> None:
    for write in (figures.png, figures.svg):
        assert write(draw(result).figure) == write(draw(result).figure)


@every_figure
def test_an_svg_is_text_and_asks_for_nothing(draw: Draw, result: Result) -> None:
    ax = draw(result)
    data = figures.svg(ax.figure)
    root = ET.fromstring(data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert title(ax) in words
    assert not [e for e in root.iter() if e.tag.endswith(("script", "foreignObject", "image"))]
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            if name.endswith(("href", "src")):
                assert value.startswith("#")
            assert "url(" not in value or "url(#" in value
    assert b"dc:date" not in data and b"@import" not in data


def test_names_of_tasks_are_no_markup_and_no_formula() -> None:
    name = "<b>$x_1$&"
    ncviz.tasks.register(name, lambda s: s[:, 0])
    r = Experiment(pairing=(name, "s1 XOR s2", "s3", "s4"), runs=2, steps=2).run()
    data = figures.svg(figures.correlators(r).figure)
    words = [e.text for e in ET.fromstring(data).iter("{http://www.w3.org/2000/svg}text")]
    assert name in words
