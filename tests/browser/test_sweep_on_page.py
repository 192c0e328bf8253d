"""The tab "Sweep" on the page, by keyboard, role and name."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.explorer_page import button, control, shown_s
from lab import wait_for
from widget_page import Names, widgets

EXPLORER = "from ncviz import Explorer\n\nexplorer = Explorer(steps=200, runs=10)\nexplorer"


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[tuple[Page, Names]]:
    """A page with the tab open, reached by keys."""
    with widgets(browser, EXPLORER) as (page, kernel):
        shown_s(page)
        page.get_by_role("tab", name="Play", exact=True).press("End")
        expect(page.get_by_role("tab", name="Sweep", exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        yield page, kernel


def form(page: Page) -> Locator:
    return page.locator(".ncviz-sweep-form")


def status(page: Page) -> Locator:
    return form(page).locator(".ncviz-sweep-status")


def ask(page: Page, **typed: str) -> None:
    """Type into the form, and press Enter in the last box."""
    names = {"first": "Hidden neurons from", "last": "to", "runs": "Runs a cell"}
    for field, text in typed.items():
        box = form(page).get_by_label(names[field], exact=True)
        box.fill(text)
    box.press("Enter")


def cells(page: Page) -> Locator:
    return page.get_by_role("group", name="Cells of the sweep").get_by_role("button")


def test_a_wrong_number_is_said_beside_its_box_and_nothing_is_lost(
    opened: tuple[Page, Names],
) -> None:
    page, kernel = opened
    expect(page.get_by_text("no sweep yet")).to_have_count(2)
    ask(page, first="x", last="2", runs="10")
    box = form(page).get_by_label("Hidden neurons from", exact=True)
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(
        form(page).get_by_text("must be a whole number from 1 to 10000, not “x”")
    ).to_be_visible()
    expect(box).to_have_value("x")
    assert kernel.eval("explorer.sweep is None")
    ask(page, first="1")
    expect(status(page)).to_have_text("2 cells finished")
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_a_sweep_is_started_by_keys_and_its_cells_arrive(
    opened: tuple[Page, Names], tmp_path: Path
) -> None:
    page, kernel = opened
    ask(page, last="3", runs="10")
    expect(status(page)).to_have_text("3 cells finished")
    expect(cells(page)).to_have_count(3)
    said = wait_for(  # the picture comes to rest after the words
        lambda: [cell.get_attribute("aria-label") or "" for cell in cells(page).all()],
        lambda labels: not any("not finished" in label for label in labels),
    )
    s = kernel.eval("explorer.sweep.summary.S.tolist()")
    for n, (label, value) in enumerate(zip(said, s, strict=True), 1):
        assert re.match(rf"{n} hidden neurons?, learning rate 0.5: S = {value:.2f} \[", label)
    assert said[2].endswith("; you are here")

    # Enter on a cell sets the Explorer to it.
    cells(page).nth(2).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "2 neurons")
    wait_for(
        lambda: kernel.eval("explorer.result and explorer.result.experiment.hidden"),
        lambda found: found == 2,
    )
    expect(cells(page).nth(1)).to_have_attribute("aria-current", "true")
    assert kernel.eval("round(float(explorer.result.s.value), 6)") == round(s[1], 6)

    # The curve is read by keys.
    curve = page.locator("section[aria-label='Capacity: S against hidden neurons']")
    curve.locator("[tabindex='0']").focus()
    page.keyboard.press("Home")
    expect(curve.locator(".ncviz-readout")).to_contain_text(f"1 hidden neuron: S = {s[0]:.2f}")

    button(page, "Regime").click()
    expect(cells(page)).to_have_count(3)
    expect(page.locator(".ncviz-picture[data-kind=cells] svg")).to_contain_text(re.compile("[—~×]"))

    path = form_file(page, "Sweep (CSV)", tmp_path)
    runs = pd.read_csv(path)
    assert runs.groupby("hidden").size().to_dict() == {1: 10, 2: 10, 3: 10}
    assert runs.groupby("hidden").S.mean().round(6).tolist() == [round(x, 6) for x in s]
    runs = pd.read_parquet(form_file(page, "Sweep (Parquet)", tmp_path))
    assert len(runs) == 30


def test_curve_and_map_stand_side_by_side_below_the_form(opened: tuple[Page, Names]) -> None:
    page, _kernel = opened
    page.set_viewport_size({"width": 1400, "height": 900})
    parts = page.locator(".ncviz-sweep > :not(.ncviz-consent)")
    expect(parts).to_have_count(3)
    wait_for(lambda: [round(part.bounding_box()["y"]) for part in parts.all()], in_two_rows)
    form, curve, regimes = [part.bounding_box() for part in parts.all()]
    assert form["width"] > 1.9 * curve["width"] and curve["x"] < regimes["x"]
    assert curve["y"] - form["y"] - form["height"] < 20, "nothing empty between"


def in_two_rows(tops: list[int]) -> bool:
    return tops[0] < tops[1] == tops[2]


def form_file(page: Page, name: str, folder: Path) -> Path:
    """A file of the form; the card "Take it away" has a button of the same name."""
    with page.expect_download() as download:
        form(page).get_by_role("button", name=name, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_cancel_keeps_what_is_finished_and_sliders_still_answer(
    opened: tuple[Page, Names],
) -> None:
    page, kernel = opened
    kernel.run("from dataclasses import replace")
    kernel.run("explorer.experiment = replace(explorer.experiment, steps=2000)")
    ask(page, last="20", runs="100")
    expect(form(page).get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    wait_for(lambda: kernel.eval("len(explorer.sweep.finished) if explorer.sweep else 0"))
    control(page, "learning_rate").press("ArrowLeft")
    wait_for(lambda: kernel.eval("explorer.result is not None"))
    shown_s(page)
    form(page).get_by_role("button", name="Cancel", exact=True).press("Enter")
    expect(status(page)).to_contain_text("finished, and kept")
    expect(form(page).get_by_role("button", name="Start", exact=True)).to_be_focused()
    kept = kernel.eval("[cell.hidden for cell in explorer.sweep.finished]")
    assert 0 < len(kept) < 20
    expect(status(page)).to_contain_text(f"{len(kept)} cell")
    expect(cells(page).and_(page.locator("[aria-label*='not finished']"))).to_have_count(
        20 - len(kept)
    )
    expect(form(page).get_by_role("button", name="Sweep (CSV)")).to_have_attribute(
        "aria-disabled", "false"
    )
