// Does the partner's task matter? The marginals in pairs; and what may explain S.

const LETTERS = ["A1", "A2", "B1", "B2"];
const headOf = (i) => HEADS[i >> 1];
const BARS = [
  { key: "excess", name: "excess", formula: "s_odd − 2", title: "how far the largest CHSH form passes 2" },
  {
    key: "delta",
    name: "visible change",
    formula: "δ",
    title: "sum of the changes of the four mean outcomes",
  },
  {
    key: "influence",
    name: "influence",
    formula: "2Σf",
    title: "twice the sum, over the four tasks, of the share of held-out points whose outcome the partner’s task changes",
  },
];

/** The axis text in as many lines as it needs: "(1 = …)" may stand below. */
function axisLines(name, width) {
  return name.length * 5.7 < width ? [name] : name.split(/ (?=\()/);
}

function layout(width, { pairs, axis }) {
  const values = pairs.flat(2).filter(known);
  const low = clamp(Math.floor((Math.min(1, ...values) - 0.02) * 4) / 4, -1, 0.5);
  const box = { left: 84, right: width - 9, row: 30, top: 4, low };
  box.name = axisLines(axis ?? "mean outcome", width);
  box.base = box.top + 4 * box.row;
  box.height = box.base + 23 + 13 * box.name.length;
  box.x = scale(low, 1, box.left, box.right);
  return box;
}

function axis(box) {
  const count = box.right - box.left < 150 ? 2 : 4;
  const digits = (value) => (Number.isInteger(value) ? 0 : Number.isInteger(value * 10) ? 1 : 2);
  const nodes = ticks(box.low, 1, count).flatMap((value) => [
    rule("ncviz-grid", box.x(value), box.x(value), box.top, box.base),
    tickAt(box.x(value), box.base + 15, "middle", number(value, digits(value))),
  ]);
  const name = box.name.map((text, line) => axisName(box.right + 8, box.base + 31 + 13 * line, "end", text));
  return [...nodes, ...name];
}

/** One end of a dumbbell; the two stand a little apart so that equal ones stay visible. */
function end(triple, box, y, look) {
  const [value, low, high] = triple ?? [];
  if (!known(value)) return [];
  const at = (end) => box.x(clamp(end, -1, 1));
  const whisker = known(low) && known(high) ? [rule("ncviz-whisker", at(low), at(high), y)] : [];
  return [...whisker, s("circle", { class: look, cx: box.x(value), cy: y, r: 4.2 })];
}

function rowName(task, i, box) {
  const y = box.top + (i + 0.5) * box.row;
  const look = `ncviz-label ncviz-strong ncviz-text-${headOf(i)}`;
  const letter = s("text", { class: look, x: 0, y: y - 2 }, LETTERS[i]);
  const short = shorten(task, box.left - 8);
  return s("g", {}, letter, s("text", { class: "ncviz-tick", x: 0, y: y + 11 }, short, s("title", {}, task)));
}

function dumbbell(pair, i, box) {
  const y = box.top + (i + 0.5) * box.row;
  const [first, second] = [pair?.[0]?.[0], pair?.[1]?.[0]];
  const marks = [...end(pair?.[0], box, y - 5, "ncviz-full"), ...end(pair?.[1], box, y + 5, "ncviz-open")];
  if (known(first) && known(second)) {
    marks.unshift(rule("ncviz-shift", box.x(first), box.x(second), y));
  }
  return s("g", { class: `ncviz-of-${headOf(i)}` }, ...marks);
}

function legend() {
  const key = (look, text) => keyOf(12, 12, [s("circle", { class: look, cx: 6, cy: 6, r: 4.2 })], text);
  const keys = [key("ncviz-full", "partner on task 1"), key("ncviz-open", "on task 2")];
  return h("div", { class: "ncviz-row ncviz-legend" }, ...keys);
}

function makeBar({ key, name, formula, title }) {
  const bar = {
    key,
    value: h("b", {}),
    spread: h("span", { class: "ncviz-spread" }),
    block: h("div", { class: `ncviz-bar ncviz-bar-${key}` }),
    whisker: h("div", { class: "ncviz-bar-whisker" }),
  };
  const words = h("span", {}, `${name} `, h("span", { class: "ncviz-formula" }, formula));
  const numbers = h("span", { class: "ncviz-bar-number" }, bar.value, " ", bar.spread);
  const track = h("div", { class: "ncviz-bar-track", "aria-hidden": "true" }, bar.block, bar.whisker);
  bar.root = h("li", { title }, h("div", { class: "ncviz-row ncviz-bar-text" }, words, numbers), track);
  return bar;
}

function drawBar(bar, triple, most) {
  const [value, low, high] = triple ?? [];
  const part = (number) => clamp(number / most, 0, 1) * 100;
  say(bar.value, number(value));
  say(bar.spread, interval(triple));
  bar.block.style.width = `${known(value) ? part(value) : 0}%`;
  const shown = known(low) && known(high) && high > 0;
  bar.whisker.hidden = !shown;
  if (!shown) return;
  bar.whisker.style.left = `${part(low)}%`;
  bar.whisker.style.width = `${part(high) - part(low)}%`;
}

function render({ model, el }) {
  const parts = card(el, "Does the partner’s task matter?");
  const back = s("g");
  const marks = s("g", { class: "ncviz-curve" });
  const svg = s("svg", { class: "ncviz-chart", role: "img", tabindex: 0 }, back, marks);
  const bars = BARS.map(makeBar);
  const scaleLine = h("div", { class: "ncviz-bar-axis", "aria-hidden": "true" });
  const rest = h("b", {});
  const restSpread = h("span", { class: "ncviz-spread" });
  const explained = h(
    "div",
    {},
    h("h4", { class: "ncviz-second" }, "What explains S?"),
    h("ul", { class: "ncviz-bars" }, ...bars.map((bar) => bar.root)),
    scaleLine,
    h("p", { class: "ncviz-rest" }, "D = s_odd − 2 − δ = ", rest, " ", restSpread),
  );
  parts.body.append(legend(), svg, explained);

  function draw(frame, widthOf) {
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval`)) return;
    const width = widthOf(parts.body);
    const box = layout(width, frame);
    const name = `Mean outcomes beside each task of the partner. ${frame.caption ?? ""}`;
    put(svg, { width, height: box.height, "aria-label": name });
    layer(back, [width, box.low, box.name, frame.tasks], () => [
      ...axis(box),
      ...frame.tasks.map((task, i) => rowName(task, i, box)),
    ]);
    explained.hidden = !model.get("explained");
    marks.replaceChildren(...frame.pairs.map((pair, i) => dumbbell(pair, i, box)));
    const ends = bars.flatMap(({ key }) => frame[key] ?? []).filter(known);
    const most = Math.ceil(Math.max(0.5, ...ends) * 2) / 2;
    bars.forEach((bar) => drawBar(bar, frame[bar.key], most));
    layer(scaleLine, most, () =>
      ticks(0, most, 3).map((value) => h("span", { style: `left: ${(value / most) * 100}%` }, String(value))),
    );
    say(rest, number(frame.D?.[0]));
    say(restSpread, interval(frame.D));
  }

  return live(model, el, draw, ["explained"]).stop;
}

export default answering(render);
