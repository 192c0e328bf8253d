"""The LoraExplorer on the page, by keyboard, role and name, on the tiny random network."""

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")

from playwright.sync_api import Browser, Locator, Page, expect

from bert_material import TINY, table, tasks
from lab import wait_for
from widget_page import Names, widgets

S = re.compile(r"S = ([−-]?\d\.\d+) \[")


@pytest.fixture(scope="module")
def opened(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, Names]]:
    fields = {
        "tasks": tasks(table(tmp_path_factory.mktemp("lora"))),
        "runs": 2,
        "steps": 30,
        "learning_rate": 0.01,
        **TINY,
    }
    cell = (
        "from ncviz.bert import LoraExplorer\n\n"
        f"explorer = LoraExplorer(backbone='random:tiny', **{fields!r})\nexplorer"
    )
    with widgets(browser, cell) as (page, kernel):
        yield page, kernel


def explorer(page: Page) -> Locator:
    return page.locator(".ncviz-lora-explorer")


def rank(page: Page) -> Locator:
    return explorer(page).get_by_role("slider", name="Rank of the adapter", exact=True)


def shown_s(page: Page) -> float:
    """Wait for a finished training and return its S."""
    expect(explorer(page).locator("[data-state]").first).to_have_attribute("data-state", "done")
    verdict = explorer(page).locator(".ncviz-verdict")
    expect(verdict).to_contain_text(S)
    found = S.search(verdict.inner_text())
    assert found
    return float(found[1].replace("−", "-"))


def kernel_s(kernel: Names) -> list[float]:
    return wait_for(
        lambda: kernel.eval(
            "[explorer.experiment.rank, round(float(explorer.result.s.value), 2)] "
            "if explorer.result else []"
        )
    )


def test_moving_the_rank_trains_anew_and_moving_back_remembers(
    opened: tuple[Page, Names],
) -> None:
    page, kernel = opened
    first = shown_s(page)
    assert kernel_s(kernel) == [4, first]
    for _ in range(3):
        rank(page).press("ArrowLeft")
    expect(rank(page)).to_have_attribute("aria-valuetext", "no adapter")
    expect(explorer(page).locator(".ncviz-note")).to_contain_text(
        "S and pictures of other settings: rank 4"
    )
    wait_for(lambda: kernel.eval("explorer.result is not None"))
    second = shown_s(page)
    assert kernel_s(kernel) == [0, second]
    assert second != first
    expect(explorer(page)).to_contain_text("Nothing is trained: there is no adapter")

    # Both stand in the picture, and are read by keys.
    picture = page.locator("section[aria-label='S at each rank you have tried']")
    expect(picture.locator(".ncviz-picture-targets > span")).to_have_count(2)
    picture.locator("[tabindex='0']").focus()
    for key, words in (
        ("Home", f"no adapter: S = {second:.2f}"),
        ("End", f"rank 4: S = {first:.2f}"),
    ):
        page.keyboard.press(key)
        expect(picture.locator(".ncviz-readout")).to_contain_text(words.replace("-", "−"))

    for _ in range(3):
        rank(page).press("ArrowRight")
    expect(explorer(page).locator(".ncviz-status")).to_have_text("remembered")
    assert shown_s(page) == first


def test_stop_and_start_by_keys_and_an_error_beside_its_slider(
    opened: tuple[Page, Names],
) -> None:
    page, kernel = opened
    before = shown_s(page)
    kernel.run("from dataclasses import replace\nstart = explorer.experiment")
    kernel.run("explorer.experiment = replace(start, steps=40000)")
    button = explorer(page).get_by_role("group", name="Training").get_by_role("button")
    expect(button).to_have_text("Stop")
    expect(explorer(page).locator(".ncviz-status")).to_contain_text(" of 8 nets at step 60")
    button.press("Enter")
    expect(button).to_have_text("Start")
    expect(button).to_be_focused()
    expect(explorer(page).locator(".ncviz-status")).to_contain_text("stopped")

    kernel.run("explorer.experiment = replace(start, rank=33)")
    words = "rank must be at most 32 in this network, not 33"
    expect(explorer(page).get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(rank(page)).to_have_attribute("aria-invalid", "true")
    kernel.run("explorer.experiment = start")
    expect(rank(page)).not_to_have_attribute("aria-invalid", "true")
    assert shown_s(page) == before
