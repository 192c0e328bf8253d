"""The pages of the documentation in a browser, as narrow as a phone."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page


def test_pages_ask_no_host_and_fit_a_phone(page: Page, built: Path) -> None:
    asked: list[str] = []
    page.set_viewport_size({"width": 390, "height": 844})
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted(built.rglob("*.html")):
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path.relative_to(built)} is {width} pixels wide"
    assert asked
    assert [url for url in asked if urlsplit(url).scheme not in ("file", "data")] == []
