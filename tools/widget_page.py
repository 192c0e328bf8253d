"""A page with widgets and nothing else: no JupyterLab, no server, and no kernel but this process.

The widgets are those of the package, made here; `widget_page.js` draws them as JupyterLab would,
and what is said between the two goes through Playwright. So what happens on the page can be tested
in seconds; `tests/browser/test_explorer_in_lab.py` holds both against each other.
"""

import ast
import contextlib
import json
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import comm
import pytest
from ipywidgets import Widget
from jupyter_client.jsonutil import json_default
from jupyter_core.paths import jupyter_path
from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).with_suffix(".js")
# The widgets stand where JupyterLab has them: below its bars, beside the cell's number. Of the
# rules of ipywidgets, those for boxes.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Widgets</title>
<style>%(lab)s</style>
<style id="theme"></style>
<style>
body { margin: 0; overflow: hidden; font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1); color: var(--jp-ui-font-color1); background: none; }
body[data-jp-theme-light="false"] { color-scheme: dark; }
.bars { height: 112px; }
.jp-WindowedPanel-outer { position: absolute; inset: 112px 0 0; overflow: auto; }
.jp-Notebook { overflow: visible; }
.jp-WindowedPanel-outer, .jp-Notebook { background: var(--jp-layout-color0); }
.jp-OutputArea { display: block; margin: 0 38px 0 110px; padding: 0; }
@media (max-width: 759px) { .jp-OutputArea { margin: 0 38px 0 46px; } }
.jp-OutputArea-output { display: block; width: auto; }
.jupyter-widgets { box-sizing: border-box; overflow: visible;
  color: var(--jp-content-font-color1); }
pre { font-family: var(--jp-code-font-family); font-size: var(--jp-code-font-size);
  line-height: var(--jp-code-line-height); }
.widget-box { box-sizing: border-box; display: flex; margin: 0; overflow: auto; }
.widget-vbox { flex-direction: column; }
</style></head>
<body class="jp-ThemedContainer" data-jp-theme-light="true">
<div class="bars"></div>
<div class="jp-WindowedPanel-outer"><div class="jp-Notebook"><div class="jp-OutputArea"></div></div>
</div></body></html>"""
THEME = """([style, light]) => {
    document.getElementById("theme").textContent = style;
    document.body.dataset.jpThemeLight = light;
}"""


class Line:
    """The line from one widget to the page, as ipywidgets wants one."""

    def __init__(self, post: Callable[..., None], comm_id: str = "", **opened: Any) -> None:
        self.comm_id = comm_id or uuid.uuid4().hex
        self._post, self.hear = post, lambda message: None
        self._post("open", self.comm_id, opened["data"], opened["buffers"])

    def on_msg(self, callback: Callable[[Any], None]) -> None:
        self.hear = callback

    def send(self, data: Any = None, buffers: Any = ()) -> None:
        self._post("msg", self.comm_id, data, buffers)

    def close(self) -> None:
        self._post("close", self.comm_id)


class Names:
    """The names that a cell has made; a `lab.Kernel` for widgets of this process."""

    def __init__(self, page: Page, show: Callable[[Widget], None]) -> None:
        self._page, self._names = page, {"__name__": "__main__", "display": show}
        self._show = show

    def run(self, code: str) -> None:
        """Run statements, and show what the last one is, as a cell does."""
        self._page.evaluate("settle()")
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "a cell", "exec"), self._names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "a cell", "eval"), self._names)
            if isinstance(value, Widget):
                self._show(value)
        self._page.evaluate("settle()")

    def eval(self, expression: str) -> Any:
        """Return an expression's value."""
        self._page.evaluate("settle()")
        return eval(expression, self._names)


@contextlib.contextmanager
def widgets(browser: Browser, cell: str) -> Iterator[tuple[Page, Names]]:
    """A page, wide and light, with the widgets that a cell of a notebook shows."""
    posted: SimpleQueue[str] = SimpleQueue()
    lines: dict[str, Line] = {}
    shown: list[Widget] = []

    def post(what: str, name: str, data: Any = None, buffers: Any = ()) -> None:
        # At once, as a kernel does: what is sent may be changed afterwards.
        parts = [b64encode(part).decode() for part in buffers or ()]
        posted.put(json.dumps([what, name, data, parts], default=json_default, allow_nan=False))

    def open_line(*_: object, **opened: Any) -> Line:
        line = Line(post, **opened)
        lines[line.comm_id] = line
        return line

    def pull() -> str:
        found = []
        with contextlib.suppress(Empty):
            while True:
                found.append(posted.get_nowait())
        return f"[{','.join(found)}]"

    def push(name: str, data: Any) -> None:
        lines[name].hear({"content": {"data": data}, "buffers": []})

    def show(*these: Widget) -> None:
        for widget in these:
            shown.append(widget)
            post("show", widget.model_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comm, "create_comm", open_line)
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
        page.set_default_timeout(60_000)
        page.expose_function("pull", pull)
        page.expose_function("push", push)
        page.set_content(PAGE % {"lab": style("index")})
        set_theme(page, "light")
        page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
        names = Names(page, show)
        try:
            names.run(cell)
            yield page, names
        finally:
            for widget in shown:
                widget.close()
            page.close()


def set_theme(page: Page, name: str) -> None:
    """Choose a theme: "light" or "dark"."""
    page.evaluate(THEME, [style(f"theme-{name}"), "true" if name == "light" else "false"])


def style(name: str) -> str:
    """A style sheet of JupyterLab, as nbconvert has it."""
    folders = [Path(folder) for folder in jupyter_path("nbconvert", "templates", "lab", "static")]
    found = next(folder for folder in folders if (folder / f"{name}.css").exists())
    return (found / f"{name}.css").read_text(encoding="utf-8")
