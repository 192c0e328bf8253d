// For each row of a sweep, the size at which S first reaches 2 beside the size with the least error.

const ROW = 34;

function layout(width, { sizes, rows, name }) {
  const longest = Math.max(name.length, ...rows.map(({ label }) => label.length));
  const left = Math.min(width * 0.35, 6.6 * longest) + 12;
  const box = { width, left, right: width - 8, top: 6, height: rows.length * ROW + 42 };
  box.base = box.top + rows.length * ROW;
  box.x = scale(sizes[0] - 0.5, sizes.at(-1) + 0.5, box.left, box.right);
  box.y = (row) => box.top + (row + 0.5) * ROW;
  return box;
}

function back(box, { sizes, name }) {
  const every = Math.ceil(sizes.length / Math.max(2, Math.floor((box.right - box.left) / 22)));
  const line = (y, look) => s("line", { class: look, x1: px(box.left), x2: box.right, y1: px(y), y2: px(y) });
  return [
    line(box.base, "ncviz-axis"),
    ...sizes
      .filter((_, k) => k % every === 0)
      .map((n) => s("text", { class: "ncviz-tick", x: px(box.x(n)), y: box.base + 15, "text-anchor": "middle" }, String(n))),
    s("text", { class: "ncviz-axis-name", x: 0, y: box.base + 15 }, shorten(name, box.left)),
    s("text", { class: "ncviz-axis-name", x: box.right, y: box.base + 32, "text-anchor": "end" }, "hidden neurons"),
  ];
}

function rowOf(box, one, row) {
  const y = box.y(row);
  const [high, low] = [y - 5, y + 5]; // both marks may be at one size
  const nodes = [
    s("title", {}, one.said),
    s("text", { class: "ncviz-label", x: 0, y: y + 4 }, shorten(one.label, box.left - 8)),
    s("line", { class: "ncviz-grid", x1: px(box.left), x2: box.right, y1: px(y), y2: px(y) }),
    s("rect", {
      class: "ncviz-guide-good",
      x: px(box.x(one.good) - 9),
      y: y - 12,
      width: px(box.x(one.best) - box.x(one.good) + 18),
      height: 24,
      rx: 4,
    }),
  ];
  if (one.reaches !== null) {
    const [a, b] = [box.x(one.reaches), box.x(one.best)];
    nodes.push(s("line", { class: "ncviz-guide-link", x1: px(a), y1: high, x2: px(b), y2: low }));
    nodes.push(s("circle", { class: "ncviz-guide-reaches", cx: px(a), cy: high, r: 5 }));
  }
  const at = `translate(${px(box.x(one.best))},${low})`;
  nodes.push(s("path", { class: "ncviz-guide-best", d: "M0,-6L6,0L0,6L-6,0Z", transform: at }));
  return s("g", {}, ...nodes);
}

function legend() {
  const key = (text, ...nodes) =>
    h("span", { class: "ncviz-key" }, s("svg", { width: 16, height: 14, "aria-hidden": "true" }, ...nodes), text);
  return [
    key("S first reaches 2", s("circle", { class: "ncviz-guide-reaches", cx: 8, cy: 7, r: 5 })),
    key("least held-out error", s("path", { class: "ncviz-guide-best", d: "M0,-6L6,0L0,6L-6,0Z", transform: "translate(8,7)" })),
    key("about as good", s("rect", { class: "ncviz-guide-good", width: 16, height: 14, rx: 3 })),
  ];
}

function tableOf({ name, rows }) {
  const cell = (text) => h("td", {}, String(text ?? "never"));
  const names = [name || "sweep", "S reaches 2 at", "least error at", "good from", "least error", "error at S = 2, more by (points)"];
  return [
    h("thead", {}, h("tr", {}, ...names.map((text) => h("th", { scope: "col" }, text)))),
    h(
      "tbody",
      {},
      ...rows.map(({ label, reaches, best, good, error, cost }) =>
        h("tr", {}, h("th", { scope: "row" }, label || "all runs"), ...[reaches, best, good, error, cost].map(cell)),
      ),
    ),
  ];
}

function render({ model, el }) {
  const parts = card(el, "Where is S a useful guide?");
  say(parts.wait, "needs a sweep over at least two sizes");
  const keys = h("div", { class: "ncviz-legend" }, ...legend());
  const svg = s("svg", { class: "ncviz-chart", role: "img" });
  const table = h("table", { class: "ncviz-statement-table" });
  parts.body.append(keys, svg, h("div", { class: "ncviz-statement-scroll" }, table));

  function draw(frame) {
    if (!fillCard(parts, frame, "")) return;
    const box = layout(parts.body.clientWidth, frame);
    put(svg, { width: box.width, height: box.height, "aria-label": frame.caption });
    svg.replaceChildren(...back(box, frame), ...frame.rows.map((one, row) => rowOf(box, one, row)));
    layer(table, frame, () => tableOf(frame));
  }
  return live(model, el, draw).stop;
}

export default answering(render);
