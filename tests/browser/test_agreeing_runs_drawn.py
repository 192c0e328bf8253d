"""The live picture of S where many runs agree, drawn in a browser without a server."""

import numpy as np
import pytest
from playwright.sync_api import Browser

from ncviz.figures.s import across
from ncviz.widgets.parts.view import css, esm

AGREE = np.repeat([2.0, 1.75, 2.5, 1.5], [7, 1, 1, 1])

# Draws a frame as anywidget would; what the page holds of it then.
DRAWN = """async ([script, style, frame, ghost]) => {
    const numbers = of => new DataView(new Float32Array(of).buffer);
    const packed = of => Object.fromEntries(Object.entries(of).map(
        ([key, value]) => [key, Array.isArray(value) ? numbers(value) : value]));
    const traits = { frame: packed(frame), ghost: packed(ghost) };
    const model = { get: name => traits[name], on() {}, off() {} };
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    document.body.innerHTML = "<div style='width: 700px'></div>";
    const { default: widget } = await import(
        URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    widget.render({ model, el: document.body.firstChild });
    await new Promise(done => setTimeout(done, 300));
    const at = name => document.querySelector(name);
    const ghosts = at(".ncviz-chart .ncviz-ghost");
    const over = (one, other) => Boolean(
        at(one).compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
    return {
        band: at(".ncviz-s-band").getAttribute("d"),
        thin: [...document.querySelectorAll(".ncviz-s-thin")].map(e => e.getAttribute("d")),
        dots: [...document.querySelectorAll(".ncviz-dot")].map(
            e => [e.cx.baseVal.value, e.cy.baseVal.value]),
        keptIsOver: over(".ncviz-s-band", ghosts) && over(".ncviz-s-thin", ghosts),
    };
}"""


@pytest.mark.parametrize("tied", [True, False])
def test_no_slab_where_runs_agree_and_what_was_kept_is_over_it(
    browser: Browser, tied: bool
) -> None:
    curve = {"step": [0, 10, 20], "mean": [0, 2, 2]}
    frame = curve | {"low": [-1, 1.5, 1.5], "high": [1, 2.2, 2.2], "dots": AGREE.tolist()}
    frame |= {"steps": 20, "at": 20, "told": 2, "runs": 10, "tied": tied, "caption": ""}
    page = browser.new_page(viewport={"width": 800, "height": 600})
    script, style = esm("base", "s_view"), css("base", "s_view")
    drawn = page.evaluate(DRAWN, [script, style, frame, curve | {"label": "three"}])
    page.close()
    assert (drawn["band"] == "") is tied
    assert all((path != "") is tied for path in drawn["thin"])
    assert drawn["keptIsOver"]
    dots = np.array(drawn["dots"])
    assert len(dots) == len(AGREE) and len(np.unique(dots[:7, 1])) == 1
    # Where the script puts the runs is where `ncviz.figures` puts them.
    left, room = np.polyfit(across(AGREE, tied), dots[:, 0], 1)[::-1]
    np.testing.assert_allclose(left + room * across(AGREE, tied), dots[:, 0], atol=0.15)
    assert room > 20
