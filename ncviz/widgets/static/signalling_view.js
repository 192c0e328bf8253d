// Does the partner's task matter? The marginals in pairs; and what may explain S.

const LETTERS = ["A1", "A2", "B1", "B2"];
const headOf = (i) => (i < 2 ? "alice" : "bob");
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
  const nodes = ticks(box.low, 1, count).flatMap((value) => [
    s("line", { class: "ncviz-grid", x1: box.x(value), x2: box.x(value), y1: box.top, y2: box.base }),
    s(
      "text",
      { class: "ncviz-tick", x: box.x(value), y: box.base + 15, "text-anchor": "middle" },
      number(value, Number.isInteger(value) ? 0 : Number.isInteger(value * 10) ? 1 : 2),
    ),
  ]);
  const name = box.name.map((text, line) => {
    const y = box.base + 31 + 13 * line;
    return s("text", { class: "ncviz-axis-name", x: box.right + 8, y, "text-anchor": "end" }, text);
  });
  return [...nodes, ...name];
}

/** One end of a dumbbell; the two stand a little apart so that equal ones stay visible. */
function end(triple, box, y, look) {
  const [value, low, high] = triple ?? [];
  if (!known(value)) return [];
  const nodes = [];
  if (known(low) && known(high)) {
    nodes.push(
      s("line", {
        class: "ncviz-whisker",
        x1: box.x(clamp(low, -1, 1)),
        x2: box.x(clamp(high, -1, 1)),
        y1: y,
        y2: y,
      }),
    );
  }
  nodes.push(s("circle", { class: look, cx: box.x(value), cy: y, r: 4.2 }));
  return nodes;
}

function rowName(task, i, box) {
  const y = box.top + (i + 0.5) * box.row;
  const letter = s(
    "text",
    { class: `ncviz-label ncviz-strong ncviz-text-${headOf(i)}`, x: 0, y: y - 2 },
    LETTERS[i],
  );
  const name = s(
    "text",
    { class: "ncviz-tick", x: 0, y: y + 11 },
    shorten(task, box.left - 8),
    s("title", {}, task),
  );
  return s("g", {}, letter, name);
}

function dumbbell(pair, i, box) {
  const y = box.top + (i + 0.5) * box.row;
  const [first, second] = [pair?.[0]?.[0], pair?.[1]?.[0]];
  const marks = [...end(pair?.[0], box, y - 5, "ncviz-full"), ...end(pair?.[1], box, y + 5, "ncviz-open")];
  if (known(first) && known(second)) {
    marks.unshift(s("line", { class: "ncviz-shift", x1: box.x(first), x2: box.x(second), y1: y, y2: y }));
  }
  return s("g", { class: `ncviz-of-${headOf(i)}` }, ...marks);
}

function legend() {
  const key = (look, text) =>
    h(
      "span",
      { class: "ncviz-key" },
      s(
        "svg",
        { width: 12, height: 12, "aria-hidden": "true" },
        s("circle", { class: look, cx: 6, cy: 6, r: 4.2 }),
      ),
      text,
    );
  return h(
    "div",
    { class: "ncviz-legend" },
    key("ncviz-full", "partner on task 1"),
    key("ncviz-open", "on task 2"),
  );
}

function makeBar({ key, name, formula, title }) {
  const bar = {
    key,
    value: h("b", {}),
    spread: h("span", { class: "ncviz-spread" }),
    block: h("div", { class: `ncviz-bar ncviz-bar-${key}` }),
    whisker: h("div", { class: "ncviz-bar-whisker" }),
  };
  bar.root = h(
    "li",
    { title },
    h(
      "div",
      { class: "ncviz-bar-text" },
      h("span", {}, `${name} `, h("span", { class: "ncviz-formula" }, formula)),
      h("span", { class: "ncviz-bar-number" }, bar.value, " ", bar.spread),
    ),
    h("div", { class: "ncviz-bar-track", "aria-hidden": "true" }, bar.block, bar.whisker),
  );
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

  function draw(frame) {
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval`)) return;
    const width = parts.body.clientWidth;
    const box = layout(width, frame);
    put(svg, {
      width,
      height: box.height,
      "aria-label": `Mean outcomes beside each task of the partner. ${frame.caption ?? ""}`,
    });
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
      ticks(0, most, 3).map((value) => {
        const mark = h("span", {}, String(value));
        mark.style.left = `${(value / most) * 100}%`;
        return mark;
      }),
    );
    say(rest, number(frame.D?.[0]));
    say(restSpread, interval(frame.D));
  }

  return live(model, el, draw, ["explained"]).stop;
}

export default answering(render);
