"""What every view shares whose picture `ncviz.figures` draws and a page shows as SVG."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from explorers import displayed
from hostile import HOSTILE
from lab import wait_for
from ncviz import (
    AccountView,
    CapacityView,
    EvidenceView,
    Experiment,
    GuideView,
    InfluenceView,
    RegimeView,
    RegionView,
    sweep,
)
from ncviz.figures import Style
from ncviz.results.result import Result
from ncviz.sweeps.frames import Sweep
from ncviz.widgets.parts import settled
from ncviz.widgets.parts.settled import PictureView

TAGS = {"g", "path", "use", "text", "tspan", "defs", "clipPath", "rect", "pattern"}
ATTRIBUTES = {
    *("d", "style", "x", "y", "transform", "id", "clip-path", "href", "width", "height", "opacity"),
    *("patternUnits", "fill"),
}
COLOR = r"var\(--ncviz-[a-z-]+\)|color-mix\(|none|url\(#"

MOMENT = Experiment(runs=12, steps=100, n_test=64)


@pytest.fixture(scope="module")
def result() -> Result:
    return MOMENT.run()


@cache
def trained() -> Sweep:
    return sweep(MOMENT, hidden=[1, 2, 3], learning_rate=[0.1, 0.5], progress=False)


VIEWS: dict[str, Callable[[Result], PictureView]] = {
    "evidence": EvidenceView,
    "capacity": lambda _result: CapacityView(trained()),
    "regimes": lambda _result: RegimeView(trained()),
    "regions": RegionView,
    "account": AccountView,
    "influence": InfluenceView,
    "guide": lambda _result: GuideView(trained()),
}


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest, result: Result) -> Iterator[PictureView]:
    view = VIEWS[request.param](result)
    view.draw()
    yield view
    view.close()


def nodes(kids: list[Any]) -> Iterator[Any]:
    for node in kids:
        yield node
        if not isinstance(node, str):
            yield from nodes(node[2])


def elements(view: PictureView) -> list[Any]:
    return [node for node in nodes(view.picture["svg"]) if not isinstance(node, str)]


def test_a_picture_can_neither_run_nor_fetch_anything(view: PictureView) -> None:
    own = f"#ncviz-{view.model_id}"
    for tag, attributes, _ in elements(view):
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES
        assert attributes.get("href", own).startswith(own)
        for where in re.findall(r"url\(([^)]*)", str(attributes)):
            assert where.startswith(own), "ids of two pictures on a page must not meet"


def test_its_colours_are_the_pages(view: PictureView) -> None:
    painted = 0
    for _, attributes, _ in elements(view):
        for paint in re.findall(r"(?:fill|stroke): ([^;]+)", attributes.get("style", "")):
            assert re.match(COLOR, paint), paint
            painted += 1
    assert painted > 5
    assert "font-family" not in str(view.picture["svg"])


def titles(view: PictureView) -> str:
    return view.figure().axes[0].get_title(loc="left")


def test_its_title_stands_on_the_page_only(view: PictureView) -> None:
    texts = [node for node in nodes(view.picture["svg"]) if isinstance(node, str)]
    assert view.about["title"] not in texts and texts
    words, title = (set(re.findall(r"\w+", text)) for text in (view.about["title"], titles(view)))
    assert words == title


def test_targets_stand_within_the_picture(view: PictureView) -> None:
    for target in view.picture["targets"]:
        assert target["words"]
        for left, top, width, height in target["boxes"]:
            assert 0 <= left <= left + width <= 1 and 0 <= top <= top + height <= 1


def test_it_is_as_wide_as_its_page_lets_it_be(view: PictureView) -> None:
    for room in (240, 600):
        view.room = room
        view.draw()
        assert view.picture["width"] == room
    assert "image/png" in displayed(view)


def test_a_cloud_of_runs_is_one_short_path() -> None:
    """Ten thousand marks would be a megabyte for each picture of a sweep that grows."""
    many = sweep(replace(MOMENT, runs=300, steps=5), hidden=[1, 2], progress=False)
    view = CapacityView(many)
    view.draw()
    clouds = [a for tag, a, _ in elements(view) if a.get("d", "").count("h0") > 20]
    assert [cloud["d"].count("h0") for cloud in clouds] == [300, 300]
    assert sum(len(cloud["d"]) for cloud in clouds) < 20 * 600, "letters a dot"
    across = [float(x) for x in re.findall(r"M([\d.]+),", clouds[0]["d"])]
    strip = view.picture["targets"][0]["boxes"][0][0] * 0.72 * view.picture["width"]
    assert np.mean(across) == pytest.approx(strip, abs=1)
    view.close()


def test_nothing_is_drawn_before_a_page_shows_it_and_then_at_rest(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled, "QUIET_SECONDS", 2)  # a busy machine may pause between two of them
    drawn: list[float] = []

    class Watched(EvidenceView):
        def _axes(self, style: Style) -> Axes:
            drawn.append(style.width)
            return super()._axes(style)

    view = Watched()
    view.show(result)
    assert drawn == [] and view.picture == {}
    view.room = 400
    wait_for(lambda: view.picture)
    for _ in range(20):
        view.show(result)
    last = view.frame["version"]
    wait_for(lambda: view.picture["version"], lambda now: now == last)
    assert len(drawn) <= 3, "one for all that was shown in a moment"
    view.close()


def test_a_picture_that_cannot_be_drawn_says_so(result: Result) -> None:
    class Broken(EvidenceView):
        def _axes(self, style: Any) -> Axes:
            raise RuntimeError(HOSTILE[0])

    view = Broken(result)
    view.room = 400
    wait_for(lambda: view.problem)
    assert HOSTILE[0] in view.problem and view.describe()
    view.close()
