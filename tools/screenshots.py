"""Take the pictures of the Explorer: from a real JupyterLab, wide and narrow, light and dark.

    python tools/screenshots.py [folder]

The README shows the wide light one.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from lab import launch, make_lab, open_notebook, run_all, set_theme

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# The window; a notebook's cell is narrower. The heights let the whole Explorer show.
WINDOWS = {"wide": (1540, 1500), "phone": (390, 3600)}


def shoot(page: Page, folder: Path, name: str) -> None:
    """Take the Explorer as it stands once its training is done."""
    explorer = page.locator(".ncviz-explorer")
    expect(explorer.locator("[data-state]").first).to_have_attribute("data-state", "done")
    page.mouse.move(0, 0)
    explorer.screenshot(path=folder / f"explorer-{name}.png")


def main(folder: Path) -> None:
    """Write explorer-<window>-<theme>.png for every window and theme."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        make_lab(Path(scratch)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for window, (width, height) in WINDOWS.items():
            for theme, theme_name in THEMES.items():
                page = browser.new_page(
                    viewport={"width": width, "height": height}, device_scale_factor=1.5
                )
                open_notebook(page, server, "explorer.ipynb", view="doc")
                set_theme(page, theme_name)
                run_all(page)
                shoot(page, folder, f"{window}-{theme}")
                page.close()
                server.shut_down_kernels()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
