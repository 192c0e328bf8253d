// A picture that Python has drawn; parts of it can be pointed at, walked to and, in some, pressed.

const STEP = 40; // a window that is pulled wider is not drawn for at each pixel
const REACH = 24; // pixels from a point within which a pointer means it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const middle = ([x, y, w, h]) => [x + w / 2, y + h / 2];

/** Where a key leads from a target: in cells to the one beside it, else along the list. */
function next(targets, at, { key, shiftKey }, cells) {
  const last = targets.length - 1;
  if (!cells) {
    const jump = shiftKey ? 10 : 1;
    const to = { ArrowLeft: at - jump, ArrowRight: at + jump, Home: 0, End: last }[key];
    return to === undefined ? undefined : clamp(to, 0, last);
  }
  const [x, y] = middle(targets[at].boxes[0]);
  const [, , wide, high] = targets[at].boxes[0];
  const places = targets.map(({ boxes }) => middle(boxes[0]));
  const inRow = (k) => Math.abs(places[k][1] - y) < high / 2;
  const row = targets.map((_, k) => k).filter(inRow);
  if (key === "Home") return row[0];
  if (key === "End") return row.at(-1);
  if (!(key in ARROWS)) return undefined;
  const [right, down] = ARROWS[key];
  const away = ([a, b]) => (right ? (a - x) * right : (b - y) * down);
  const beside = ([a, b]) => (right ? Math.abs(b - y) < high / 2 : Math.abs(a - x) < wide / 2);
  const there = places.map((place, k) => ({ k, far: away(place), good: beside(place) }));
  const found = there.filter(({ far, good }) => good && far > 1e-4).sort((a, b) => a.far - b.far);
  return found[0]?.k ?? at;
}

/** A number, what it is called, and what it says. */
function lineOf({ name, value, interval: spread, words }) {
  const more = h("span", { class: "ncviz-picture-words" }, words);
  return h("li", {}, `${name} = `, h("b", {}, value), " ", h("span", { class: "ncviz-spread" }, spread), more);
}

/** Buttons of which one is down: what the colours stand for. */
function makeChoice(model, { trait, label, texts }) {
  const buttons = Object.entries(texts).map(([value, text]) => ({
    value,
    node: wordButton(text, () => setTraits(model, { [trait]: value })),
  }));
  const said = h("span", { class: "ncviz-sub", "aria-hidden": "true" }, label);
  const nodes = buttons.map(({ node }) => node);
  const look = { class: "ncviz-actions ncviz-picture-choice", role: "group", "aria-label": label };
  const press = () => {
    for (const { value, node } of buttons) put(node, { "aria-pressed": value === model.get(trait) });
  };
  return { root: h("div", look, said, ...nodes), press };
}

function render({ model, el }) {
  const about = model.get("about");
  const parts = card(el, about.title);
  say(parts.wait, about.waiting ?? "waiting for the first training");
  el.classList.add("ncviz-control", "ncviz-picture-view");
  keepKeys(el);
  const picture = h("div", { role: "img" });
  const layer_ = h("div", { class: "ncviz-picture-targets", role: "group" });
  const whole = h("div", { class: "ncviz-picture", "data-kind": about.kind ?? "" }, picture, layer_);
  const said = h("p", { class: "ncviz-readout ncviz-picture-said" });
  const table = h("table", { class: "ncviz-table ncviz-statement-table" });
  const scroll = h("div", { class: "ncviz-statement-scroll" }, table);
  const problem = h("p", { class: "ncviz-picture-problem", role: "alert" });
  const choice = about.choice && makeChoice(model, about.choice);
  const notes = (about.notes ?? []).map((text) => h("p", { class: "ncviz-sub" }, text));
  const lines = h("ul", { class: "ncviz-statement-list ncviz-statement-one" });
  parts.body.append(...(choice ? [choice.root] : []), problem, whole, ...notes, said, scroll, lines);
  put(layer_, { "aria-label": about.parts });
  said.hidden = !about.parts;

  let now = {};
  let nodes = [];
  let at = null;
  let byKey = false;

  const rings = [];
  function ring() {
    const boxes = at === null ? [] : now.targets[at].boxes;
    for (const node of rings.splice(0)) node.remove();
    for (const box of boxes) {
      rings.push(h("i", { class: "ncviz-picture-ring", "aria-hidden": "true" }));
      set(rings.at(-1), box);
      layer_.append(rings.at(-1));
    }
  }

  function tell() {
    const frame = model.get("frame");
    const words = at === null ? frame.said || about.hint : now.targets[at].words;
    readout(said, words ?? "", byKey);
  }

  function look(to, key = false) {
    if (to === at && key === byKey) return;
    at = to;
    byKey = key;
    ring();
    tell();
  }

  const set = (node, [x, y, w, h_]) => {
    const sides = { left: x, top: y, width: w, height: h_ };
    for (const [side, value] of Object.entries(sides)) node.style[side] = `${100 * value}%`;
  };

  function press(k) {
    if (about.presses) model.send({ choose: k, version: now.version });
  }

  function makeNode(k) {
    const node = about.presses ? wordButton("", () => press(k)) : h("span", { role: "img" });
    node.addEventListener("focus", () => {
      for (const other of nodes) other.tabIndex = other === node ? 0 : -1;
      look(k, node.matches(":focus-visible"));
    });
    node.addEventListener("blur", () => look(null));
    return node;
  }

  function under(event) {
    const area = layer_.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    let found = null;
    let least = Infinity;
    (now.targets ?? []).forEach(({ boxes }, k) => {
      for (const box of boxes) {
        const [left, top, w, h_] = box;
        const [a, b] = middle(box);
        const [u, v] = [x / area.width, y / area.height];
        const strip = about.kind === "strips"; // the nearest one, wherever the pointer is
        const far = Math.hypot(a * area.width - x, strip ? 0 : b * area.height - y);
        const inside = v >= top && v <= top + h_ && (strip || (u >= left && u <= left + w));
        if ((inside || (!h_ && far < REACH)) && far <= least) [found, least] = [k, far];
      }
    });
    return found;
  }

  whole.addEventListener("pointermove", (event) => look(under(event)));
  whole.addEventListener("pointerdown", (event) => look(under(event)));
  whole.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && look(null));
  layer_.addEventListener("keydown", (event) => {
    const from = nodes.indexOf(event.target);
    if (event.key === "Escape") look(null);
    const to = from < 0 ? undefined : next(now.targets, from, event, about.kind === "cells");
    if (to === undefined) return;
    event.preventDefault();
    nodes[to].focus();
  });

  function place(targets) {
    if (nodes.length !== targets.length) {
      nodes = targets.map((_, k) => makeNode(k));
      layer_.replaceChildren(...nodes);
      at = null;
    }
    const held = nodes.indexOf(document.activeElement);
    const first = held >= 0 ? held : Math.max(0, targets.findIndex(({ here }) => here));
    targets.forEach(({ words, boxes, here }, k) => {
      const node = nodes[k];
      node.tabIndex = k === first ? 0 : -1;
      put(node, { "aria-label": here ? `${words}; you are here` : words });
      if (here) put(node, { "aria-current": "true" });
      else node.removeAttribute("aria-current");
      set(node, boxes[0]);
    });
  }

  function draw(frame) {
    choice?.press();
    const there = fillCard(parts, frame, frame?.subtitle ?? "");
    sayIf(problem, model.get("problem"));
    report();
    if (!there) return;
    const drawn = model.get("picture");
    if (drawn !== now) {
      now = drawn;
      picture.replaceChildren(...(drawn.svg ? [drawing(drawn)] : []));
      whole.style.maxWidth = `${drawn.width + STEP}px`;
      whole.style.aspectRatio = `${drawn.width} / ${drawn.height}`;
      place(drawn.targets ?? []);
      ring();
    }
    whole.hidden = !drawn.svg;
    put(parts.body, { "aria-busy": !frame.empty && drawn.version !== frame.version });
    put(picture, { "aria-label": `${about.title}. ${frame.caption ?? ""}` });
    scroll.hidden = !frame.table;
    if (frame.table) layer(table, frame.table, () => tableOf(frame.table.head, frame.table.rows));
    lines.hidden = !frame.lines;
    layer(lines, frame.lines ?? null, () => (frame.lines ?? []).map(lineOf));
    tell();
  }

  function report() {
    const wide = Math.floor(parts.section.clientWidth - 26);
    if (wide <= 0) return; // out of sight
    const room = clamp(Math.floor(wide / STEP) * STEP, 240, 860);
    if (model.get("room") !== room) setTraits(model, { room });
  }
  const size = new ResizeObserver(report);
  size.observe(parts.section);
  const view = live(model, el, draw, ["picture", "problem", ...(choice ? [about.choice.trait] : [])]);
  return together(() => size.disconnect(), view.stop);
}

export default answering(render);
