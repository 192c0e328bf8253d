// Who can influence whom: a causal graph. What crosses from one side to the other passes through
// the shared layer, as wide as the share of outcomes that it changes.

const NAMES = ["A1", "A2", "B1", "B2"];
const WIDEST = 44; // px, for a share of 1
const ROW = { lambda: 6, middle: 74, outcomes: 172 };
const TALL = { lambda: 24, middle: 42, outcomes: 56 };
const LINE = 15;

function layout(width, apart) {
  const box = { width, small: width < 420, tiny: width < 290 };
  const tall = { ...TALL, outcomes: TALL.outcomes + (box.tiny ? 2 * LINE : 0) };
  box.height = ROW.outcomes + tall.outcomes + 4;
  const margin = 1;
  const side = clamp(width * 0.24, 58, 150);
  const half = Math.min(width / 2 - 8, 250);
  const middle = apart ? clamp(width * 0.4, 96, 230) : clamp(width * 0.3, 82, 190);
  const centre = width / 2;
  const at = (x, row, wide) => ({ x, y: ROW[row], w: wide, h: tall[row], mid: x + wide / 2 });
  box.lambda = at(centre - Math.min(centre - 1, 118), "lambda", Math.min(width - 2, 236));
  box.x = at(margin, "middle", side);
  box.y = at(width - margin - side, "middle", side);
  box.layer = at(centre - middle / 2, "middle", middle);
  const gap = box.small ? 4 : 14;
  const trunk = (middle - gap) / 2;
  box.trunks = [at(centre - middle / 2, "middle", trunk), at(centre + gap / 2, "middle", trunk)];
  box.a = at(margin, "outcomes", half - margin);
  box.b = at(width - half, "outcomes", half - margin);
  return box;
}

function node(place, look, lines) {
  const first = place.y + place.h / 2 + 4 - ((lines.length - 1) * LINE) / 2;
  return s(
    "g",
    { class: `ncviz-cause ${look}` },
    s("rect", { x: place.x, y: place.y, width: place.w, height: place.h, rx: 7 }),
    ...lines.map((text, k) =>
      s(
        "text",
        {
          class: k ? "ncviz-tick" : "ncviz-label ncviz-strong",
          x: place.mid,
          y: first + LINE * k,
          "text-anchor": "middle",
        },
        shorten(text, place.w + 8),
        s("title", {}, text),
      ),
    ),
  );
}

/** A thin arrow that is allowed: it stays on its side. */
function allowed(d, look = "") {
  return s("path", { class: `ncviz-allowed ncviz-with-arrow ${look}`, d });
}

/** A ribbon. What comes from Bob's side is dashed, as everywhere: a wide one along its middle. */
function ribbon(d, wide, side) {
  const look = `ncviz-crossing ncviz-of-${side}`;
  if (side === "alice") return [s("path", { class: look, d, "stroke-width": px(wide) })];
  if (wide < 4) return [s("path", { class: `${look} ncviz-dashed`, d, "stroke-width": px(wide) })];
  return [
    s("path", { class: look, d, "stroke-width": px(wide) }),
    s("path", { class: "ncviz-crossing-dashes", d }),
  ];
}

/** What crosses: as wide as the shares of the two tasks, added up until they part. */
function crossing(from, layer, to, shares, side) {
  const wide = shares.map((share) => (share > 0 ? Math.max(1.2, share * WIDEST) : 0));
  const total = wide[0] + wide[1];
  if (!total) return [];
  const left = from.x > layer.x; // it runs to the left, from Bob's task to Alice's outcomes
  const start = left ? from.x : from.x + from.w;
  const enter = left ? layer.x + layer.w : layer.x;
  const height = px(from.y + from.h / 2);
  const nodes = ribbon(`M${px(start)},${height}H${px(enter)}`, total, side);
  // Below the layer: one ribbon for each of the tasks whose outcomes change.
  let at = layer.mid + (left ? -1 : 1) * Math.min(layer.w * 0.26, 40) - total / 2;
  wide.forEach((w, k) => {
    if (!w) return;
    const x0 = px(at + w / 2);
    at += w;
    const x1 = px(to.x + to.w * (left ? 0.52 + 0.3 * k : 0.18 + 0.3 * k));
    const tip = 7 + w / 4;
    const [y0, y1] = [layer.y + layer.h, px(to.y - tip - 1)];
    const bend = px((y1 - y0) * 0.55);
    nodes.push(...ribbon(`M${x0},${y0}C${x0},${y0 + bend} ${x1},${y1 - bend} ${x1},${y1}`, w, side));
    const reach = px(w / 2 + 4);
    const head = `M${x1 - reach},${y1 - 0.5}h${2 * reach}L${x1},${px(y1 + tip)}Z`;
    nodes.push(s("path", { class: `ncviz-crossing-head ncviz-of-${side}`, d: head }));
  });
  return nodes;
}

function graph(frame, box) {
  const { lambda, layer, trunks, a, b } = box;
  const units = frame.capacity;
  const ofTrunk = box.small ? units.replace(/^(\d+) neurons?$/, "n = $1") : units;
  const nameOf = (name, letter) => (box.width < 560 ? letter : `${letter}, ${name}`);
  const down = (x, from, to) => allowed(`M${px(x)},${from.y + from.h}V${to.y - 6}`);
  const bend = (from, x0, to, x1) => {
    const [y0, y1] = [from.y + from.h, to.y - 6];
    return allowed(`M${px(x0)},${y0}C${px(x0)},${y0 + 50} ${px(x1)},${y1 - 50} ${px(x1)},${y1}`);
  };
  const own = [
    allowed(`M${px(box.x.mid)},${box.x.y + box.x.h}V${a.y - 6}`, "ncviz-of-alice"),
    allowed(`M${px(box.y.mid)},${box.y.y + box.y.h}V${b.y - 6}`, "ncviz-of-bob"),
  ];
  const texts = (first) =>
    [first, first + 1].flatMap((k) => {
      const text = `${NAMES[k]}: ${frame.known ? frame.texts[k] : "–"}`;
      return box.tiny ? text.split(/ (?=\[)/) : [text]; // the interval below
    });
  const nodes = [
    node(lambda, "", ["λ: weights, points, order"]),
    node(box.x, "ncviz-of-alice", [nameOf("Alice’s task", "x"), "A1 or A2"]),
    node(box.y, "ncviz-of-bob", [nameOf("Bob’s task", "y"), "B1 or B2"]),
    node(a, "ncviz-of-alice", ["a: changed by y", ...texts(0)]),
    node(b, "ncviz-of-bob", ["b: changed by x", ...texts(2)]),
  ];
  if (frame.apart) {
    const [first, second] = trunks;
    return [
      ...own,
      down(first.mid, lambda, first),
      down(second.mid, lambda, second),
      bend(first, first.mid, a, a.x + a.w * 0.6),
      bend(second, second.mid, b, b.x + b.w * 0.4),
      allowed(`M${px(box.x.x + box.x.w)},${px(box.x.y + box.x.h / 2)}H${px(first.x - 6)}`, "ncviz-of-alice"),
      allowed(`M${px(box.y.x)},${px(box.y.y + box.y.h / 2)}H${px(second.x + second.w + 6)}`, "ncviz-of-bob"),
      node(first, "", [box.small ? "layer" : "Alice’s layer", ofTrunk]),
      node(second, "", [box.small ? "layer" : "Bob’s layer", ofTrunk]),
      ...nodes,
    ];
  }
  return [
    ...own,
    down(layer.mid, lambda, layer),
    ...crossing(box.y, layer, a, frame.shares.slice(0, 2), "bob"),
    ...crossing(box.x, layer, b, frame.shares.slice(2), "alice"),
    node(layer, "", ["shared layer", units]),
    ...nodes,
  ];
}

function legend(apart) {
  const key = (text, ...look) =>
    h("span", { class: "ncviz-key" }, s("svg", { width: 24, height: 12, "aria-hidden": "true" }, ...look), text);
  const line = "M1,6H23";
  const own = key("stays on its side", s("path", { class: "ncviz-allowed", d: line }));
  if (apart) return [own];
  return [
    own,
    key("crosses, from y", ...ribbon(line, 7, "bob")),
    key("from x", ...ribbon(line, 7, "alice")),
  ];
}

function render({ model, el }) {
  const parts = card(el, "Who can influence whom");
  const id = uniqueId("arrow");
  const arrow = s(
    "marker",
    { id, viewBox: "0 0 8 8", refX: 2, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    s("path", { class: "ncviz-arrow", d: "M0,0L8,4L0,8Z" }),
  );
  const marks = s("g");
  const svg = s("svg", { class: "ncviz-chart", role: "img" }, s("defs", {}, arrow), marks);
  svg.style.setProperty("--ncviz-arrow", `url(#${id})`);
  const keys = h("div", { class: "ncviz-legend" });
  parts.body.append(keys, svg);

  function draw(frame) {
    const what = "outcomes that the partner’s task changes";
    if (!fillCard(parts, frame, frame?.apart ? what : `share of ${what}, 95 % interval`)) return;
    const width = parts.body.clientWidth;
    const box = layout(width, frame.apart);
    put(svg, { width, height: box.height, "aria-label": `Who can influence whom. ${frame.caption ?? ""}` });
    layer(keys, frame.apart, () => legend(frame.apart));
    svg.classList.toggle("ncviz-small", box.small);
    layer(marks, [width, frame.apart, frame.capacity, frame.known, frame.shares, frame.texts], () =>
      graph(frame, box),
    );
  }

  return live(model, el, draw).stop;
}

export default answering(render);
