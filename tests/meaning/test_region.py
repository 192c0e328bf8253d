"""Where the network stands: the three regions, the marks, the words and the picture."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

from explorers import alive, check_scripts, displayed
from ncviz import Experiment, bell, figures
from ncviz.figures.region import regions
from ncviz.inference import Estimate, intervals_of_s
from ncviz.meaning.evidence import (
    Place,
    place_sentence,
    place_words,
    plane,
    reference_words,
    references,
)
from ncviz.results.result import Result
from ncviz.widgets.explorer.situations import PRESETS
from ncviz.widgets.parts.view import View, figure_of
from ncviz.widgets.views.counterfactual import CounterfactualView
from ncviz.widgets.views.meaning import EvidenceView, RegionView

Array = NDArray[np.float64]

ROOT_8 = 8**0.5


@pytest.fixture(scope="module")
def result() -> Result:
    return Experiment(runs=30, steps=600).run()


@pytest.fixture(scope="module")
def one() -> Result:
    return Experiment(runs=1, steps=200).run()


@pytest.fixture(scope="module")
def diverged() -> Result:
    return Experiment(runs=4, steps=40, learning_rate=1e38).run()


def deterministic() -> Array:
    """Correlators of the sixteen strategies (a1, a2, b1, b2), shape (16, 2, 2)."""
    signs = np.array(np.meshgrid(*[[1.0, -1.0]] * 4)).reshape(4, 16)
    return np.einsum("xs,ys->sxy", signs[:2], signs[2:])


def of(correlators: Array) -> tuple[Array, Array]:
    x, y = np.moveaxis(plane(correlators), -1, 0)
    return x, y


# The regions


def test_the_plane_is_spanned_by_the_forms_with_the_minus_at_11_and_at_22() -> None:
    rng = np.random.default_rng(0)
    c = rng.uniform(-1, 1, (50, 2, 2))
    x, y = of(c)
    np.testing.assert_allclose(x, -c[:, 0, 0] + c[:, 0, 1] + c[:, 1, 0] + c[:, 1, 1])
    np.testing.assert_allclose(y, c[:, 0, 0] + c[:, 0, 1] + c[:, 1, 0] - c[:, 1, 1])


def test_local_mixtures_fill_the_square_and_no_more() -> None:
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.full(16, 0.1), 20_000)
    x, y = of(np.einsum("ms,sxy->mxy", weights, deterministic()))
    assert max(np.abs(x).max(), np.abs(y).max()) <= 2 + 1e-12
    corners = {tuple(map(float, point)) for point in plane(deterministic())}
    assert corners == {(2.0, 2.0), (2.0, -2.0), (-2.0, 2.0), (-2.0, -2.0)}


def observables(rng: np.random.Generator, n: int) -> Array:
    """Random ±1 observables of a qubit, a unit vector of the Pauli matrices each."""
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    v = rng.normal(size=(n, 3))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    return np.einsum("nk,kij->nij", v, pauli)


def test_qubit_behaviors_stay_inside_the_disk() -> None:
    rng = np.random.default_rng(2)
    farthest = 0.0
    for _ in range(400):
        a, b = observables(rng, 2), observables(rng, 2)
        states = rng.normal(size=(20, 4)) + 1j * rng.normal(size=(20, 4))
        states /= np.linalg.norm(states, axis=1, keepdims=True)
        joint = np.einsum("xij,ykl->xyikjl", a, b).reshape(2, 2, 4, 4)
        c = np.einsum("si,xyij,sj->sxy", states.conj(), joint, states).real
        farthest = max(farthest, np.hypot(*of(c)).max())
        # The best state for each direction: the largest eigenvalue of αS + βS′.
        terms = np.array([joint[0, 0], joint[0, 1], joint[1, 0], joint[1, 1]])
        for angle in rng.uniform(0, 2 * np.pi, 3):
            alpha, beta = np.cos(angle), np.sin(angle)
            signs = alpha * np.array([1, 1, 1, -1]) + beta * np.array([-1, 1, 1, 1])
            best = np.linalg.eigvalsh(np.einsum("k,kij->ij", signs, terms))[-1]
            farthest = max(farthest, best)
    assert 2.7 < farthest <= ROOT_8 + 1e-12


def test_the_edge_of_the_disk_is_reached_in_every_direction() -> None:
    for angle in np.linspace(0, 2 * np.pi, 37):
        # In the singlet, C = −cos(a − b): Bob's settings at right angles, Alice's turned by it.
        p, q = np.cos(angle) + np.sin(angle), np.cos(angle) - np.sin(angle)
        turned = np.arctan2(p, q) + np.pi
        box = bell.singlet(alice=(turned, np.arctan2(-q, p) + np.pi), bob=(0, np.pi / 2))
        x, y = of(box.correlators)
        assert np.cos(angle) * y + np.sin(angle) * x == pytest.approx(ROOT_8)
        assert np.hypot(x, y) == pytest.approx(ROOT_8)
        assert box.is_quantum()


def test_everything_possible_fills_the_diamond_signalling_or_not() -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.full(4, 0.05), (20_000, 4)).reshape(-1, 2, 2, 2, 2)
    x, y = of(bell.Behavior(p).correlators)
    assert 3.99 < (np.abs(x) + np.abs(y)).max() <= 4 + 1e-12
    for c, point in (
        ([[1, 1], [1, -1]], (0, 4)),
        ([[-1, 1], [1, 1]], (4, 0)),
        ([[-1, -1], [-1, 1]], (0, -4)),
        ([[1, -1], [-1, -1]], (-4, 0)),
    ):
        box = bell.Behavior.from_correlators(c)
        assert box.delta == 0 and tuple(plane(box.correlators)) == point


# Numbers


def test_the_network_stands_at_the_means_of_its_runs(result: Result) -> None:
    place, runs = Place.of(result), result.runs
    prime = -runs.C11 + runs.C12 + runs.C21 + runs.C22
    np.testing.assert_allclose(place.runs, np.stack([prime, runs.S], axis=1), atol=1e-12)
    expected = intervals_of_s(prime.to_numpy()[None])[0]
    assert [place.x.value, place.x.low, place.x.high] == pytest.approx(expected)
    assert place.y == result.s and place.D == result.summary.D
    assert place.s_odd.value == pytest.approx(result.behavior.s_odd)
    assert place.delta.value == pytest.approx(result.behavior.delta)
    excess = result.summary.excess
    assert place.s_odd.low == excess.low + 2 and place.s_odd.high == excess.high + 2


def test_runs_that_diverged_are_no_dots(result: Result) -> None:
    lost = np.arange(30) % 3 == 0
    numbers = result.per_run
    moment = result.at(result.index)
    moment.__dict__["per_run"] = replace(
        numbers,
        S=np.where(lost, np.nan, numbers.S),
        correlators=np.where(lost[:, None, None], np.nan, numbers.correlators),
        diverged=lost,
    )
    place = Place.of(moment)
    np.testing.assert_array_equal(place.runs[:, 1], result.runs.S[~lost])
    assert (place.x.n, place.y.n) == (20, 20)


def test_every_published_experiment_and_every_box_is_a_reference() -> None:
    found = {one.name: one for one in references()}
    assert list(found) == [*bell.PUBLISHED, *bell.BOXES]
    behaviors = {name: one.behavior for name, one in bell.PUBLISHED.items()}
    behaviors |= {name: box.make() for name, box in bell.BOXES.items()}
    for name, b in behaviors.items():
        one = found[name]
        assert one.published == (name in bell.PUBLISHED)
        assert (one.y, one.delta, one.s_odd, one.D) == (b.S, b.delta, b.s_odd, b.D)
        assert one.x == b.forms[3]
    # From the counts by hand: C is −63, 29, 53 and 51 of 81.
    assert found["the animal acts 2011"].x == pytest.approx(196 / 81)
    assert (found["PR box"].x, found["PR box"].y) == (found["signalling box"].x, 4.0)
    assert found["PR box"].delta == 0 and found["signalling box"].delta == 2


# Words


def estimate(value: float, spread: float = 0.05, n: int = 50) -> Estimate:
    if n == 1:
        return Estimate(value, np.nan, np.nan, 1)
    return Estimate(value, value - spread, value + spread, n)


def said(
    result: Result, x: Estimate, y: Estimate, s_odd: Estimate, D: Estimate | None = None
) -> str:
    place = Place(np.zeros((1, 2)), x, y, estimate(0.5), s_odd, D or estimate(-0.4))
    return place_sentence(result.summary, place)


@pytest.mark.parametrize(
    ("x", "y", "n", "words"),
    [
        (0.5, 1.5, 50, "stands inside the local square."),
        (2.0, 2.0, 50, "stands at the edge of the local square."),
        (0.0, 2.04, 50, "stands at the edge of the local square."),
        (-2.2, 1.0, 50, "stands outside the local square and inside the quantum disk."),
        (0.0, 2.8, 50, "stands outside the local square, at the edge of the quantum disk."),
        (1.0, 2.9, 50, "stands beyond the quantum disk, where signalling can take it."),
        (2.0, 2.0, 1, "stands inside the local square."),
        (2.2, 1.0, 1, "stands outside the local square and inside the quantum disk."),
        (-2.4, -1.6, 1, "stands beyond the quantum disk, where signalling can take it."),
    ],
)
def test_the_sentence_names_the_region(
    result: Result, x: float, y: float, n: int, words: str
) -> None:
    sentence = said(result, estimate(x, n=n), estimate(y, n=n), estimate(2.3, n=n))
    assert words in sentence
    assert sentence.startswith("In the plane of S′ and S, which does not show signalling, ")


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_a_point_without_interval_is_where_it_is(x: float, y: float) -> None:
    inside = max(abs(x), abs(y)) <= 2
    beyond = x * x + y * y > 8
    place = Place(np.zeros((1, 2)), *(estimate(v, n=1) for v in (x, y, 0, 2.1, 0)))
    sentence = place_sentence(SUMMARY, place)
    assert ("inside the local square" in sentence) == inside
    assert ("beyond the quantum disk" in sentence) == (beyond and not inside)


SUMMARY = Experiment(runs=1, steps=2).run().summary


@pytest.mark.parametrize(
    ("s_odd", "D", "words"),
    [
        (1.5, -0.5, "no CHSH form passes 2: there is nothing to explain"),
        (2.3, -0.2, ": large enough to explain the excess over 2, 0.30 [0.25, 0.35]."),
        (2.3, 0.2, ": too small to explain the excess over 2, 0.30 [0.25, 0.35]. The influence is"),
        (2.3, 0.0, "whether it explains the excess over 2, 0.30 [0.25, 0.35], is undecided: D = 0"),
        (2.3, -0.02, "0.30 [0.25, 0.35], is undecided: D = −0.02 [−0.07, 0.03]."),
        (2.02, 0.0, "; the excess over 2, 0.02 [−0.03, 0.07], is not distinguishable from 0."),
    ],
)
def test_the_sentence_tells_what_the_visible_change_explains(
    result: Result, s_odd: float, D: float, words: str
) -> None:
    sentence = said(result, estimate(0), estimate(2.3), estimate(s_odd), estimate(D))
    assert words in sentence and "δ = 0.50 [0.45, 0.55]" in sentence
    assert ("nothing quantum" in sentence) == (D > 0.1)


def test_each_mark_reads_its_numbers_and_its_lesson(result: Result) -> None:
    for one in references():
        words = reference_words(one)
        lesson = {**bell.PUBLISHED, **bell.BOXES}[one.name].lesson
        assert words.startswith(f"{one.name}: S′ = ") and words.endswith(lesson)
        numbers = [float(n.replace("−", "-")) for n in re.findall(r"= (−?[\d.]+\d)", words)[:2]]
        assert numbers == pytest.approx([one.x, one.y], abs=0.00501)
        for name, value in (("δ = ", one.delta), ("D = ", one.D), ("largest form ", one.s_odd)):
            assert f"{name}{value:.2f}".replace("-", "−") in words
    words = place_words(Place.of(result))
    assert f"S = {result.s}" in words and f"D = {result.summary.D}" in words
    assert words.startswith("This network, mean of 30 runs: S′ = ")


# The view


def test_every_mark_can_be_read_where_it_stands(result: Result) -> None:
    view, place = RegionView(result), Place.of(result)
    view.draw()
    targets = view.picture["targets"]
    said = [*(reference_words(one) for one in references()), place_words(place)]
    assert [target["words"] for target in targets] == said
    assert view.frame["said"] == said[-1]
    marks = [(one.x, one.y, one.delta, one.s_odd) for one in references()]
    marks.append((place.x.value, place.y.value, place.delta.value, place.s_odd.value))
    at = np.array([target["boxes"] for target in targets])  # (mark, chart, side)
    assert not at[..., 2:].any(), "a mark is a point"
    # Straight in the data, to the right and, as places count from the top, upwards.
    for k, values in enumerate(zip(*marks, strict=True)):
        slope, start = np.polyfit(values, at[:, k // 2, k % 2], 1)
        np.testing.assert_allclose(
            start + slope * np.array(values), at[:, k // 2, k % 2], atol=1e-4
        )
        assert slope > 0 if k % 2 == 0 else slope < 0
    rows = view.frame["table"]["rows"]
    assert [row[0].split(" ", 2)[-1] for row in rows[:-1]] == [*bell.PUBLISHED, *bell.BOXES]
    for (_, s_odd, delta, D), one in zip(rows, references(), strict=False):
        for text, value in ((s_odd.split(" ")[0], one.s_odd), (delta, one.delta), (D, one.D)):
            assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.00501)
    assert rows[-1][1:] == [str(place.s_odd), str(place.delta), str(place.D)]
    assert view.describe() == place_sentence(result.summary, place)
    view.close()


def test_one_run_has_no_interval_and_none_has_no_place(one: Result, diverged: Result) -> None:
    view = RegionView(one)
    assert "(no interval)" in view.frame["said"]
    assert "one run has no interval" in view.describe()
    view.show(diverged)
    view.draw()
    assert view.frame["said"] == "" and view.frame["table"]["rows"][-1][1:] == ["–"] * 3
    assert view.describe() == "No place to show: every run has diverged."
    assert len(view.picture["targets"]) == len(references()), (
        "what others measured is shown all the same"
    )
    view.close()


def test_before_there_are_outcomes_the_view_says_why() -> None:
    snapshot = next(Experiment(runs=3, steps=100, outcome="oscillation").stream(every=50))
    view = RegionView(snapshot)
    assert "until step 76 there are none" in view.describe()
    assert view.frame["said"] == ""
    view.close()


@pytest.mark.parametrize("view", [RegionView, EvidenceView, CounterfactualView])
def test_closing_a_view_frees_everything(view: type[View], result: Result) -> None:
    before = alive()
    view(result).close()
    assert alive() == before


@pytest.mark.parametrize("view", [RegionView, EvidenceView, CounterfactualView])
def test_each_script_is_one_module_that_asks_no_other_host(view: type[View]) -> None:
    check_scripts(view)


@pytest.mark.parametrize("view", [RegionView, EvidenceView, CounterfactualView])
def test_a_closed_notebook_shows_the_figure(view: type[View], result: Result) -> None:
    shown = view(result)
    data = displayed(shown)
    assert len(data["image/png"]) > 10_000
    shown.close()


# The figure


def words_of(ax: Axes) -> list[str]:
    return [t.get_text() for t in ax.findobj(Text) if t.get_visible() and t.get_text()]


def test_the_three_regions_are_drawn_to_scale(result: Result) -> None:
    cell = regions(result).child_axes[0]
    shapes = {type(patch): patch for patch in cell.patches}
    assert shapes[Circle].get_radius() == pytest.approx(ROOT_8)
    assert shapes[Rectangle].get_bbox().bounds == (-2, -2, 4, 4)
    corners = {tuple(map(float, corner)) for corner in shapes[Polygon].get_xy()}
    assert corners == {(4, 0), (0, 4), (-4, 0), (0, -4)}
    colors = {to_rgba(patch.get_facecolor()) for patch in cell.patches}
    assert len(colors) == 3
    assert {"local", "quantum", "possible\nat all", "signalling is\nnot seen here"} <= set(
        words_of(cell)
    )
    figure_of(cell).canvas.draw()
    box = cell.get_window_extent()
    assert box.width == pytest.approx(box.height, rel=1e-6), "a disk is round"


def test_the_figure_marks_every_place(result: Result) -> None:
    place, others = Place.of(result), references()
    plane_axes, change = regions(result).child_axes
    for cell, keys, mean in (
        (plane_axes, ("x", "y"), (place.x, place.y)),
        (change, ("delta", "s_odd"), (place.delta, place.s_odd)),
    ):
        drawn = [
            (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            for line in cell.lines
            if len(line.get_xdata()) == 1 and line.get_marker() in ("D", "o")
        ]
        expected = [tuple(getattr(one, key) for key in keys) for one in others]
        assert [point for point in drawn if point in expected] == expected
        (bar,) = cell.containers
        dot, _, (across, upward) = bar
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (mean[0].value, mean[1].value)
        assert across.get_segments()[0][:, 0] == pytest.approx([mean[0].low, mean[0].high])
        assert upward.get_segments()[0][:, 1] == pytest.approx([mean[1].low, mean[1].high])
    (cloud,) = plane_axes.collections[:1]
    np.testing.assert_array_equal(cloud.get_offsets(), place.runs)


def test_the_line_of_no_excess_is_s_odd_equal_to_2_plus_delta(result: Result) -> None:
    change = regions(result).child_axes[1]
    (line,) = [
        line for line in change.lines if to_rgba(line.get_color()) == to_rgba(figures.LIGHT.signal)
    ]
    np.testing.assert_allclose(line.get_ydata(), 2 + np.asarray(line.get_xdata()))
    heights = {line.get_ydata()[0] for line in change.lines if len(set(line.get_ydata())) == 1}
    assert {2, ROOT_8, 4} <= heights


@pytest.mark.parametrize("hidden", [1, 2, 3, 4, 6])
def test_numbers_cover_no_mark_and_no_other_number(hidden: int) -> None:
    ax = regions(Experiment(hidden=hidden, runs=20, steps=400).run())
    figure = figure_of(ax)
    figure.canvas.draw()
    for cell in ax.child_axes:
        numbers = [
            text
            for text in cell.texts
            if isinstance(text, Annotation) and text.get_text().isdigit()
        ]
        assert [int(text.get_text()) for text in numbers] == list(range(1, len(references()) + 1))
        middles = [np.mean(text.get_window_extent().get_points(), axis=0) for text in numbers]
        where = np.array([cell.transData.transform(text.xy) for text in numbers])
        for i, middle in enumerate(middles):
            others = [other for k, other in enumerate(middles) if k != i]
            assert np.hypot(*(np.array(others) - middle).T).min() > 9  # pixels
            assert np.hypot(*(where - middle).T).min() > 8
            assert np.hypot(*(where[i] - middle)) < 40, "a number is near its mark"


def test_the_list_says_what_the_numbers_stand_for(result: Result) -> None:
    words = words_of(regions(result))
    for number, one in enumerate(references(), 1):
        at = words.index(f"{number} {one.name}")
        # Two decimals, or as many as show the error: 2.000028 ± 0.000003 from billions of trials.
        digits = {"nist 2015": 5, "vienna 2015": 6}.get(one.name, 2)
        numbers = (one.s_odd, one.delta, one.D)
        expected = [f"{v:.{digits}f}".replace("-", "−").replace("−0.00", "0.00") for v in numbers]
        if one.published:
            expected[0] += f" ± {one.error:.{digits}f}"
        assert words[at + 1 : at + 4] == expected
    own = words.index("● this network")
    assert words[own + 3] == f"{result.summary.D.value:.2f}".replace("-", "−")


def test_the_figure_has_both_styles_and_every_state(
    result: Result, one: Result, diverged: Result
) -> None:
    for style in (figures.LIGHT, figures.DARK):
        for some in (result, one):
            ax = regions(some, style=style)
            for cell in ax.child_axes:
                assert to_rgba(cell.get_facecolor()) == to_rgba(style.background)
            assert "nan" not in " ".join(words_of(ax))
            assert ax.get_title(loc="left") == "Where the network stands"
    nothing = regions(diverged)
    assert not nothing.child_axes and "every run has diverged" in " ".join(words_of(nothing))
    with pytest.raises(ValueError, match="must be a Snapshot or a Result, not 3"):
        regions(3)


def test_an_s_beyond_every_quantum_bound_is_drawn_inside_the_axes() -> None:
    r = replace(PRESETS["above 2√2"].of(Experiment()), runs=100).run()
    for cell in regions(r).child_axes:
        ((dot, _, _),) = cell.containers
        x, y = dot.get_xdata()[0], dot.get_ydata()[0]
        assert cell.get_xlim()[0] < x < cell.get_xlim()[1]
        assert cell.get_ylim()[0] < y < cell.get_ylim()[1]
    sentence = place_sentence(r.summary, Place.of(r))
    assert "beyond the quantum disk, where signalling can take it" in sentence


def test_published_experiments_stand_with_their_published_errors() -> None:
    by_name = {reference.name: reference for reference in references()}
    for name, experiment in bell.PUBLISHED.items():
        if experiment.error is not None:
            assert round(by_name[name].error, 2) == experiment.error
            assert f"{experiment.S} ± {experiment.error:.2f}" in reference_words(by_name[name])
    assert by_name["PR box"].error is None
    assert "±" not in reference_words(by_name["PR box"])
