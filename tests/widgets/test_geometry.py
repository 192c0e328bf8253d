"""The geometry of the live charts: scales, ticks, curves, layouts, and what stands beside them."""

from decimal import Decimal
from itertools import pairwise, product

import numpy as np
import pytest

from ncviz.figures.s import across
from node import answers, path

# What all drawings share


def test_ticks_are_round_even_and_fill_the_axis() -> None:
    chance = np.random.default_rng(0)
    low = np.round(chance.uniform(-4, 4, 200), 3)
    high = low + 10 ** chance.uniform(-2, 4, 200)
    asked = list(zip(low.tolist(), high.tolist(), [2, 4, 8, 5] * 50, strict=True))
    for (low, high, count), found in zip(
        asked, answers("", "return given[0].map((axis) => ticks(...axis))", asked), strict=True
    ):
        step = (high - low) / count
        gaps = np.diff(found)
        assert all(low - 1e-9 <= value <= high + 1e-9 * (high - low) for value in found)
        if len(gaps):
            gap = gaps.mean()
            np.testing.assert_allclose(gaps, gap, rtol=1e-6)
            assert 0.99 * step <= gap <= 2.51 * step
            assert f"{gap:.3e}"[0] in "125" or f"{gap:.0e}"[0] in "125"
            assert found[0] - low < gap and high - found[-1] < gap


def test_numbers_are_written_as_people_write_them() -> None:
    values = np.random.default_rng(1).normal(scale=3, size=100).tolist()
    found = answers("", "return given[0].map((value) => number(value))", values)
    for value, text in zip(values, found, strict=True):
        assert text == f"{Decimal(value):.2f}".replace("-", "−") or abs(value) < 0.005
    few = answers("", "return [-0.001, null, -1, 2e29, -5].map((value) => number(value, 2))")
    assert few == ["0.00", "–", "−1.00", "2e+29", "−5.00"]


def test_a_curve_passes_through_its_points_and_breaks_where_there_is_none() -> None:
    steps, values = [0, 5, 10, 15, 20, 25], [1.0, 2.0, None, 0.5, 0.25, None]
    curve, band = answers(
        "",
        """const [steps, values] = given;
        const [x, y] = [scale(0, 25, 30, 280), scale(0, 2, 200, 10)];
        const gaps = values.map((value) => value ?? NaN);
        const above = gaps.map((value) => value + 1);
        return [linePath(steps, gaps, x, y), bandPath(steps, gaps, above, x, y)];""",
        steps,
        values,
    )
    there = [(30 + 10 * step, v and 200 - 95 * v) for step, v in zip(steps, values, strict=True)]
    for piece, points in zip(path(curve), (there[:2], there[3:5]), strict=True):
        np.testing.assert_allclose(piece, points, atol=0.051)  # drawn to a tenth of a pixel
    (around,) = path(band)
    known = [point for point in there if point[1] is not None]
    np.testing.assert_allclose(around, [(x, y - 95) for x, y in known] + known[::-1], atol=0.051)


def test_runs_stand_where_the_settled_picture_has_them() -> None:
    chance = np.random.default_rng(2)
    many = [chance.choice([1.5, 1.75, 2.0, 2.5], size).tolist() for size in (1, 7, 60)]
    code = "return given[0].map((s) => [false, true].map((tied) => acrossStrip(s, tied)))"
    for s, both in zip(many, answers("", code, many), strict=True):
        for tied, found in zip((False, True), both, strict=True):
            np.testing.assert_allclose(found, across(np.array(s), tied), atol=1e-12)


def test_the_step_under_a_pointer_is_the_one_drawn_there() -> None:
    found = answers(
        "s_view",
        """return given[0].map((width) => {
          const box = layout(width, 0, 3000);
          const steps = [0, 1, 777, 2999, 3000].map((step) => stepUnder(box.x(step), box, 3000));
          return [...steps, stepUnder(-50, box, 3000), stepUnder(9999, box, 3000),
            nearest([0, 10, 20, 500], 14), nearest([0, 10, 20, 500], 261)];
        })""",
        [250, 419, 700, 1400],
    )
    for row in found:
        np.testing.assert_allclose(row, [0, 1, 777, 2999, 3000, 0, 3000, 1, 3], atol=1e-6)


# S


def test_the_chart_of_s_has_its_bounds_in_order_and_room_for_their_names() -> None:
    asked = list(product([250, 320, 419, 420, 700, 1400], [-4, -2, -0.5, 0, 1.5]))
    code = """return given[0].map(([width, bottom]) => {
      const box = layout(width, bottom, 2000);
      return [box, BOUNDS.map(({ at }) => box.y(at))];
    })"""
    for (width, _), (box, heights) in zip(asked, answers("s_view", code, asked), strict=True):
        assert box["top"] < heights[0] < heights[1] < heights[2] < box["base"] < box["height"]
        assert box["left"] < box["right"] < box["end"] == width - box["label"]
        # "2√2 Tsirelson", or the same in two lines, at about 6.5 px a letter.
        longest = "Tsirelson" if box["label"] < 90 else "2√2 Tsirelson"
        assert box["label"] >= 6.5 * len(longest)


def test_no_run_and_no_late_interval_is_cut_off_from_s() -> None:
    chance = np.random.default_rng(3)
    frames = [
        {
            "low": (np.linspace(-3, s, 9) - 0.2).tolist(),
            "step": list(range(9)),
            "dots": chance.normal(s, 0.4, 20).tolist(),
            "at": at,
            "steps": 8,
        }
        for s in chance.uniform(-2, 3, 20)
        for at in (0.1, 8)
    ]
    code = "return given[0].map((frame) => bottomOf({ ...frame, ghost: { step: [], mean: [] } }))"
    for frame, bottom in zip(frames, answers("s_view", code, frames), strict=True):
        late = frame["low"][4 if frame["at"] > 1 else 0 :]
        least = min(*late, *frame["dots"], 1.5 if frame["at"] > 1 else 0)
        assert bottom <= least < bottom + 0.5 and bottom * 2 == int(bottom * 2)


@pytest.mark.parametrize("tied", [True, False])
def test_no_slab_where_runs_agree_and_what_was_kept_is_over_it(tied: bool) -> None:
    s = np.repeat([2.0, 1.75, 2.5, 1.5], [7, 1, 1, 1])
    drawn = answers(
        "s_view",
        """const [dots, tied] = given;
        const curve = { step: packed([0, 10, 20]), mean: packed([0, 2, 2]) };
        const ends = { low: packed([-1, 1.5, 1.5]), high: packed([1, 2.2, 2.2]) };
        const frame = { ...curve, ...ends, dots: packed(dots), tied, steps: 20, at: 20, told: 2 };
        const data = unpack(frame, curve);
        const [chart, box] = [makeChart(), layout(700, bottomOf(data), 20)];
        drawChart(chart, data, box, bottomOf(data), 700, -1);
        const at = (node) => chart.svg.children.findIndex((g) => [g, ...g.children].includes(node));
        return {
          band: chart.band.getAttribute("d"),
          thin: [chart.thin, chart.end].map((node) => node.getAttribute("d")),
          order: [at(chart.band), at(chart.thin), at(chart.ghost), at(chart.line)],
          dots: chart.dots.children.map(({ attributes: { cx, cy } }) => [Number(cx), Number(cy)]),
        };""",
        s.tolist(),
        tied,
    )
    assert (drawn["band"] == "") is tied
    assert all((text != "") is tied for text in drawn["thin"])
    band, thin, kept, line = drawn["order"]
    assert 0 <= band <= thin < kept < line
    dots = np.array(drawn["dots"])
    assert len(np.unique(dots[:7, 1])) == 1
    left, room = np.polyfit(across(s, tied), dots[:, 0], 1)[::-1]
    np.testing.assert_allclose(left + room * across(s, tied), dots[:, 0], atol=0.15)
    assert room > 20


# Losses, and the fight over neurons


def test_one_scale_for_all_losses_cuts_off_only_rare_spikes() -> None:
    chance = np.random.default_rng(4)
    many = [np.exp(chance.normal(scale=scale, size=400)).tolist() for scale in (0.1, 1, 2)]
    code = """return given[0].map((values) => {
      const high = Float32Array.from([...values, NaN, Infinity]);
      return topOf({ cells: [[{ high }]], ghost: { cells: [] } });
    })"""
    for values, top in zip(many, answers("loss_view", code, many), strict=True):
        assert top >= 0.8
        assert np.mean(np.array(values) > top) <= 0.02
        assert top <= 1.05 * np.quantile(values, 0.98) + 2


def test_the_strips_of_a_fight_do_not_overlap() -> None:
    asked = list(product([140, 240, 500], [1, 4, 24]))
    code = "return given[0].map(([width, drawn]) => layout(width, { drawn, steps: 9 }, 2, true))"
    boxes = answers("controls competition_view", code, asked)
    for (width, drawn), box in zip(asked, boxes, strict=True):
        strips = [box["top"], box["top"] + box["tall"], *box["cosine"], *box["loss"]]
        assert all(above < below for above, below in pairwise([*strips, box["height"]]))
        assert box["left"] < box["right"] <= width
        assert 7 <= box["pitch"] <= 26 and box["tall"] == box["pitch"] * drawn


# Partners, correlators, replay


def test_no_mean_outcome_lies_outside_its_axis() -> None:
    chance = np.random.default_rng(5)
    frames = [
        {"pairs": [[[low, None, None], [1, None, None]]] * 4, "axis": "mean outcome (1 = right)"}
        for low in chance.uniform(-1, 1, 30)
    ]
    code = """return given[0].map((frame) => [240, 700].map((width) => {
      const box = layout(width, frame);
      const ends = frame.pairs.flat().map(([value]) => box.x(value));
      return [box.left, Math.min(...ends), Math.max(...ends), box.right, width, box.name.join("|")];
    }))"""
    for narrow, wide in answers("signalling_view", code, frames):
        for left, low, high, right, width, name in (narrow, wide):
            assert left - 1e-9 <= low <= high <= right + 1e-9 < width
            assert all(5.7 * len(line) < width for line in name.split("|"))


def test_a_sum_is_called_equal_only_where_its_written_numbers_add_up() -> None:
    many = np.random.default_rng(6).uniform(-1, 1, (200, 4)).tolist()
    code = """return given[0].map((c) => {
      const [triples, s] = [c.map((value) => [value]), c[0] + c[1] + c[2] - c[3]];
      return [sumText(triples), addsUp(triples, [s])];
    })"""
    seen = set()
    for terms, (text, equal) in zip(many, answers("correlator_view", code, many), strict=True):
        *rest, last = [Decimal(f"{term:.2f}") for term in terms]
        total = Decimal(f"{terms[0] + terms[1] + terms[2] - terms[3]:.2f}")
        assert equal == (sum(rest) - last == total)
        plain = [f"{term:.2f}".replace("-0.00", "0.00") for term in terms]
        first, *others = [term.replace("-", "−") for term in plain]
        bracketed = [f"({term})" if term[0] == "−" else term for term in others]
        assert text == f"{first} + {bracketed[0]} + {bracketed[1]} − {bracketed[2]}"
        seen.add(equal)
    assert seen == {True, False}
