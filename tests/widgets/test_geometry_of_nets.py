"""The geometry of the drawn network, of slow motion and of pictures; the clock of a replay."""

from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from node import answers

NET = "controls net_drawing wrong_points net_view"
SLOW = "controls net_drawing slow_motion_layer slow_motion_plane slow_motion_losses slow_motion"
SHAPES = [(trunks, drawn) for trunks in (1, 2) for drawn in (1, 2, 3, 6, 12, 24)]

DRAWN = """
const drawnNet = ({ trunks, drawn, weights, used }, width) => {
  const data = unpackNet({ trunks, drawn, weights: packed(weights), used: packed(used) });
  const [net, box] = [makeNet(), layoutNet(width, data)];
  const tasks = ["s1 AND s2", "s1 OR s2"];
  drawNet(net, data, box, { hidden: drawn, tasks }, null);
  return { data, net, box };
};
"""


def a_net(trunks: int, drawn: int, seed: int = 0) -> dict[str, Any]:
    """Weights as the kernel packs them, and how much each head uses a shared neuron."""
    count = trunks * drawn * 5 + 2 * drawn + 2
    chance = np.random.default_rng(seed)
    used = chance.uniform(0, 1, 2 * drawn if trunks == 1 else 0)
    weights = chance.normal(size=count).astype(np.float32)
    return {"trunks": trunks, "drawn": drawn, "weights": weights.tolist(), "used": used.tolist()}


# The net


def test_every_weight_is_read_where_the_keys_lead() -> None:
    nets = [a_net(*shape, seed) for seed, shape in enumerate(SHAPES)]
    code = f"""{DRAWN} return given[0].map((given) => {{
      const {{ data }} = drawnNet(given, 400);
      return Array.from({{ length: data.trunks * data.drawn }}, (_, row) =>
        walkOf(data, row).map((item) => [item, weightOf(data, item), isThere(data, item)]));
    }})"""
    for net, rows in zip(nets, answers(NET, code, nets), strict=True):
        trunks, drawn, all_weights = net["trunks"], net["drawn"], np.array(net["weights"])
        into, bias, out, ends = np.split(
            all_weights, np.cumsum([trunks * drawn * 4, trunks * drawn, 2 * drawn])
        )
        for row, parts in enumerate(rows):
            trunk, index = divmod(row, drawn)
            heads = [0, 1] if trunks == 1 else [trunk]
            expected = [*into[4 * row : 4 * row + 4], bias[row]]
            expected += [*out.reshape(2, drawn)[heads, index], *ends[heads]]
            np.testing.assert_allclose([weight for _, weight, _ in parts], expected, rtol=1e-6)
            assert all(there for *_, there in parts)
            assert all(item["trunk"] == trunk and item["index"] == index for item, *_ in parts)


@pytest.mark.parametrize("width", [230, 420, 560])
def test_nothing_drawn_of_a_net_overlaps_or_sticks_out(width: int) -> None:
    code = """return given[0].map(([trunks, drawn]) => {
      const box = layoutNet(given[1], { trunks, drawn });
      const unit = (_, k) => box.unit(Math.floor(k / drawn), k % drawn);
      return [box, Array.from({ length: trunks * drawn }, unit)];
    })"""
    for box, units in answers(NET, code, SHAPES, width):
        for column in (units, box["bits"], box["heads"]):
            for one, other in pairwise(column):
                apart = np.hypot(one["x"] - other["x"], one["y"] - other["y"])
                assert apart >= one["r"] + other["r"]
        for part in [*units, *box["bits"], *box["heads"]]:
            assert part["r"] <= part["x"] <= width - part["r"]
            assert part["r"] <= part["y"] <= box["height"] - part["r"]


def test_what_is_pointed_at_is_what_is_drawn_there() -> None:
    nets = [a_net(*shape) for shape in SHAPES if shape[1] <= 6]
    code = f"""{DRAWN} return given[0].map((given) => {{
      const {{ net, box }} = drawnNet(given, 420);
      const units = [...net.units.values()];
      const nodes = [...units, ...net.bits, ...net.heads];
      const lines = units.flatMap(({{ lines }}) => lines).filter(({{ used }}) => used);
      return {{
        nodes: nodes.map(({{ now }}) => partAt(net, now.x, now.y)),
        // A third of the way along a line another one may cross it, which is as near then.
        lines: lines.map(({{ node, part, trunk, index, end }}) => {{
          const at = (name) => Number(node.getAttribute(name));
          const between = (one, other) => at(one) + (at(other) - at(one)) / 3;
          const found = partAt(net, between("x1", "x2"), between("y1", "y2"));
          return [{{ part, trunk, index, end }}, found];
        }}),
        widths: lines.map(({{ node }}) => Number(node.getAttribute("stroke-width"))),
        weights: lines.map(({{ weight }}) => weight),
        nowhere: partAt(net, 1e4, 1e4),
        widest: box.widest,
      }};
    }})"""
    for net, found in zip(nets, answers(NET, code, nets), strict=True):
        units = [
            {"part": "unit", "trunk": trunk, "index": index, "end": 0}
            for trunk, index in product(range(net["trunks"]), range(net["drawn"]))
        ]
        ends = [("bit", end) for end in range(4)] + [("head", end) for end in range(2)]
        others = [{"part": part, "trunk": 0, "index": 0, "end": end} for part, end in ends]
        assert found["nodes"] == units + others
        assert found["nowhere"] is None
        same = [drawn == pointed for drawn, pointed in found["lines"]]
        assert np.mean(same) > (0.6 if net["drawn"] * net["trunks"] > 1 else 0.99)
        # Lines are as wide as their weights are large, on one scale.
        weights = np.abs(found["weights"])
        scale = found["widest"] / max(1, weights.max())
        np.testing.assert_allclose(found["widths"], scale * weights, atol=0.01)


def test_a_ring_is_divided_as_its_neuron_is_used() -> None:
    shares = [0.0, 0.2, 0.5, 0.8, 1.0]
    code = """const middle = { x: 50, y: 40 };
    return given[0].map((share) => [arc(middle, 20, 0, share), arc(middle, 20, share, 1)])"""
    for share, (first, second) in zip(shares, answers(NET, code, shares), strict=True):
        assert (first == "") == (share == 0) and (second == "") == (share == 1)
        if 0 < share < 1:
            x, y = map(float, first.rsplit(" ", 1)[1].split(","))
            turn = 2 * np.pi * share
            np.testing.assert_allclose(
                [x, y], [50 + 20 * np.sin(turn), 40 - 20 * np.cos(turn)], atol=0.06
            )
            assert second.startswith(f"M{x:g},{y:g}A")


# Slow motion


def test_the_colours_of_a_map_tile_it_and_are_those_of_its_values() -> None:
    cells, size = 12, 240
    up, across = np.mgrid[0:3:12j, 0:6:12j]
    values = np.round(32767 * np.tanh(2 * np.sin(across + up))).astype(int)
    code = "return [bandPaths(given[0], given[1], given[2]), LEVELS]"
    paths, levels = answers(SLOW, code, values.ravel().tolist(), cells, size)
    painted = np.full((size, size), -1)
    for band, text in enumerate(paths):
        for piece in filter(None, text.split("M")):
            start, rest = piece.split("H", 1)
            (left, top), right = map(float, start.split(",")), float(rest.split("v")[0])
            high = float(rest.split("v")[1].split("H")[0])
            inside = painted[
                int(top) : int(top + high), int(np.ceil(left - 0.5)) : int(np.ceil(right - 0.5))
            ]
            assert (inside == -1).all(), "no place is painted twice"
            inside[:] = band
    assert (painted >= 0).all()
    # A strip of two rows is painted for its middle; the lowest row of a map comes first.
    across = (np.arange(size) + 0.5) * cells / size - 0.5
    up = (size - 1 - 2 * (np.arange(size) // 2)) * cells / size - 0.5
    between = map_coordinates(
        values / 32767, np.meshgrid(up, across, indexing="ij"), order=1, mode="nearest"
    )
    assert np.mean(painted == np.digitize(between, levels)) > 0.99


def test_the_sixteen_points_stand_apart_and_inside_their_plane() -> None:
    pairs = [[a, b] for a in range(4) for b in range(a + 1, 4)]
    code = """return given[0].map((pair) => {
      const labels = Array.from({ length: 16 }, (_, point) => [point & 1, 1]);
      const others = [0, 1, 2, 3].filter((bit) => !pair.includes(bit));
      const inside = labels.map((_, point) => others.every((bit) => !bitsOf(point)[bit]));
      const frame = { pair, inside, labels, says: labels, reach: 1.6 };
      const square = squareOf(300, frame);
      const points = pointsOf(square, frame, 0).map(({ attributes: { cx, cy, r } }) => [cx, cy, r]);
      return [square.width, square.height, points.map((point) => point.map(Number))];
    })"""
    for width, height, points in answers(SLOW, code, pairs):
        assert len(points) == 16
        places = np.array(points)
        assert (places[:, :2] - places[:, 2:] >= 0).all()
        assert (places[:, 0] + places[:, 2] <= width).all() and (places[:, 1] <= height).all()
        for one, other in product(range(16), repeat=2):
            apart = np.hypot(*(places[one, :2] - places[other, :2]))
            assert one == other or apart >= max(places[one, 2], places[other, 2])


def test_arrows_end_where_they_push_and_dashes_count_the_updates() -> None:
    found = answers(
        SLOW,
        """const [x, y, dx, dy] = [40, 50, 30, -12];
        const tip = arrowOf(x, y, dx, dy, 0)[1].getAttribute("d");
        const who = "aab2b22a";
        const dashes = ["a", "b"].map((head) => turnsOf(who, head, (k) => 10 * k, 5));
        return [tip, arrowOf(0, 0, 1, 1, 0).length, dashes];""",
    )
    tip, too_short, (alice, bob) = found
    assert tip.startswith("M70,38L") and too_short == 0

    def dashed(text: str) -> float:
        pieces = [piece.replace(",5H", " ").split() for piece in text.split("M") if piece]
        return sum(float(end) - float(start) for start, end in pieces)

    assert dashed(alice) == 10 * 6 and dashed(bob) == 10 * 5


# A picture's targets, and the clock of a replay


def test_keys_lead_through_all_cells_and_back() -> None:
    code = """const targets = given[0].map(([x, y]) => ({ boxes: [[x, y, 0.2, 0.3]] }));
    const go = (at, key) => next(targets, at, { key, shiftKey: false }, true);
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "x"];
    return targets.map((_, k) => keys.map((key) => go(k, key) ?? null));"""
    rows, columns = 3, 4
    places = [(0.22 * column, 0.32 * row) for row, column in product(range(rows), range(columns))]
    for k, found in enumerate(answers("controls drawn picture", code, places)):
        row, column = divmod(k, columns)
        at = [(row, max(column - 1, 0)), (row, min(column + 1, columns - 1))]
        at += [(max(row - 1, 0), column), (min(row + 1, rows - 1), column)]
        at += [(row, 0), (row, columns - 1)]
        assert found == [r * columns + c for r, c in at] + [None]


PLAYED = """
const [speed, reduced, records] = given;
globalThis.still = reduced;
let [now, asked] = [0, null];
globalThis.requestAnimationFrame = (call) => { asked = call; return 1; };
globalThis.cancelAnimationFrame = () => { asked = null; };
const traits = { steps: Array.from({ length: records }), last: records - 1, index: 0, speed };
const shown = [];
const clock = makeClock({ get: (name) => traits[name] }, (change) => {
  Object.assign(traits, change);
  shown.push([now, change.index]);
});
clock.start(0);
for (; asked && now < 60_000; now += 16) { const call = asked; asked = null; call(now); }
return [shown, traits.playing, traits.live];
"""


@pytest.mark.parametrize("speed", [0.5, 1, 4])
def test_a_replay_takes_six_seconds_over_its_speed_and_ends_live(speed: float) -> None:
    shown, playing, live = answers("controls replay_bar", PLAYED, speed, False, 101)
    times, records = np.array(shown).T
    assert (playing, live) == (False, True) and records[-1] == 100
    assert abs(times[-1] - 6000 / speed) < 50
    assert (np.diff(records) > 0).all() and (np.diff(times)[:-1] >= 50).all()
    assert len(records) > 20


def test_who_wants_no_motion_gets_stills() -> None:
    shown, playing, _ = answers("controls replay_bar", PLAYED, 1, True, 101)
    times, records = np.array(shown).T
    assert playing is False and records.tolist() == [*range(10, 101, 10), 100]
    assert (np.diff(times)[:-1] > 500).all()
