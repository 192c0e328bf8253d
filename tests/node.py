"""The pages' scripts in the Node that Playwright brings: no browser, no page."""

import json
import subprocess
from typing import Any

from playwright._impl._driver import compute_driver_executable

from ncviz.widgets.parts.view import esm

NODE = compute_driver_executable()[0]
# As much of a document as a drawing is made of.
DOCUMENT = """
class Element {
  attributes = {}; children = []; style = {}; textContent = "";
  classList = { add() {}, toggle() {} };
  setAttribute(name, value) { this.attributes[name] = value; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  append(...nodes) { this.children.push(...nodes); }
  replaceChildren(...nodes) { this.children = nodes; }
  after() {}
  remove() {}
  get childElementCount() { return this.children.length; }
}
globalThis.document = { createElement: () => new Element(), createElementNS: () => new Element() };
globalThis.matchMedia = () => ({ matches: globalThis.still ?? true });
const packed = (values) => new DataView(new Float32Array(values).buffer);
"""


def answers(scripts: str, code: str, *given: Any) -> Any:
    """What code returns after the scripts; `given` are the things it is about."""
    names = ("base", "chart", *scripts.split())
    body = f"const answer = await ((...given) => {{{code}}})(...{json.dumps(given)});"
    written = "process.stdout.write(JSON.stringify(answer ?? null));"
    module = "\n".join([DOCUMENT, esm(*names), body, written])
    done = subprocess.run(
        [NODE, "--input-type=module", "-"],
        input=module.replace("export default answering(render);", ""),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def path(text: str) -> list[list[tuple[float, float]]]:
    """The pieces of a path of straight lines."""
    pieces = [piece.rstrip("Z").split("L") for piece in text.split("M") if piece]
    return [[tuple(map(float, point.split(","))) for point in piece] for piece in pieces]
