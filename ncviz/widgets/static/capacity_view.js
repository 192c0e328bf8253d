// S of every run and on average against the hidden size; δ and D on the same sizes below.

const BOUNDS = [
  { at: 2, name: "2 classical", look: "" },
  { at: 2 * Math.SQRT2, name: "2√2 Tsirelson", look: "ncviz-bound-quantum" },
  { at: 4, name: "4 any signalling", look: "ncviz-bound-any" },
];
const SHAPES = ["circle", "square", "up", "diamond", "down", "plus"];
const HINT = "Point at a size, or go through the sizes with the arrow keys.";

const finite = (values) => values.filter(known);
const line = (look, x1, y1, x2, y2) =>
  s("line", { class: look, x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2) });
const words = (look, x, y, text, anchor = "middle") =>
  s("text", { class: look, x: px(x), y: px(y), "text-anchor": anchor }, text);

/** A mark as a path around (0, 0). */
function shape(name) {
  return {
    circle: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
    square: "M-3.6,-3.6H3.6V3.6H-3.6Z",
    up: "M0,-4.6L4.4,3.4H-4.4Z",
    diamond: "M0,-5L5,0L0,5L-5,0Z",
    down: "M0,4.6L4.4,-3.4H-4.4Z",
    plus: "M-1.7,-4.6H1.7V-1.7H4.6V1.7H1.7V4.6H-1.7V1.7H-4.6V-1.7H-1.7Z",
  }[name];
}

/** What sets a line apart: its class, its mark, and how far it stands to the side. */
function looks(frame) {
  const n = frame.curves.length;
  return frame.curves.map((_, k) => ({
    line: n === 1 ? "ncviz-curve-alone" : `ncviz-curve-${k}`,
    mark: shape(SHAPES[k]),
    aside: n === 1 ? 0 : 0.09 * (k - (n - 1) / 2),
  }));
}

function range(values, low, high) {
  const there = finite(values);
  return [Math.min(low, ...there), Math.max(high, ...there)];
}

function layout(width, frame, cloud) {
  const roomy = width >= 440;
  const { sizes, curves } = frame;
  // One after the other: a spread of many runs would be too many arguments.
  const ends = range(curves.flatMap((curve) => curve.S.flat()), 1.5, 2.9);
  const [lowest, highest] = cloud.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], ends);
  const low = Math.floor(Math.min(lowest - 0.05, 1.5) * 2) / 2;
  const box = { width, left: 34, right: width - (roomy ? 98 : 34), roomy };
  box.marks = frame.marks.length * 14 + (frame.marks.length ? 2 : 8);
  box.top = box.marks;
  box.base = box.top + (roomy ? 210 : 180);
  box.lowTop = box.base + 34;
  box.lowBase = box.lowTop + (roomy ? 110 : 100);
  box.height = box.lowBase + 36;
  box.x = scale(sizes[0] - 0.5, sizes.at(-1) + 0.5, box.left, box.right);
  // Caps only where they have room between the lines.
  const room = (box.right - box.left) / sizes.length / curves.length;
  box.cap = room < 5 ? 0 : 3;
  box.range = [low, highest + 0.12];
  box.y = scale(...box.range, box.base, box.top);
  const below = curves.flatMap((curve) => [...curve.delta.flat(), ...curve.D.flat()]);
  const [least, most] = range(below, -0.2, 0.5);
  const edge = 0.05 * (most - least);
  box.lowRange = [least - edge, most + edge];
  box.lowY = scale(...box.lowRange, box.lowBase, box.lowTop);
  return box;
}

function sizeTicks(box, sizes, base) {
  const every = Math.ceil(sizes.length / Math.max(2, Math.floor((box.right - box.left) / 22)));
  return sizes
    .filter((_, k) => k % every === 0)
    .map((n) => words("ncviz-tick", box.x(n), base + 15, String(n)));
}

function back(box, sizes) {
  const nodes = [
    s("rect", {
      class: "ncviz-above",
      x: box.left,
      y: box.top,
      width: Math.max(0, box.right - box.left),
      height: Math.max(0, box.y(2) - box.top),
    }),
    line("ncviz-axis", box.left, box.base, box.right, box.base),
    line("ncviz-axis", box.left, box.lowBase, box.right, box.lowBase),
    line("ncviz-grid", box.left, box.lowY(0), box.right, box.lowY(0)),
    ...sizeTicks(box, sizes, box.base),
    ...sizeTicks(box, sizes, box.lowBase),
    words("ncviz-axis-name", box.right, box.lowBase + 31, "hidden neurons", "end"),
    words("ncviz-axis-name", 0, box.y(1.5) + 4, "S", "start"),
    words("ncviz-axis-name", 0, box.lowTop - 8, "δ and D", "start"),
  ];
  for (const value of ticks(...box.range, 4)) {
    nodes.push(words("ncviz-tick", box.left - 6, box.y(value) + 4, number(value, value % 1 ? 1 : 0), "end"));
  }
  for (const value of ticks(...box.lowRange, 3)) {
    nodes.push(words("ncviz-tick", box.left - 6, box.lowY(value) + 4, number(value, value % 1 ? 1 : 0), "end"));
  }
  for (const { at, name, look } of BOUNDS) {
    if (at > box.range[1]) continue;
    nodes.push(line(`ncviz-bound ${look}`, box.left, box.y(at), box.right, box.y(at)));
    const text = box.roomy ? name : name.split(" ")[0];
    nodes.push(words("ncviz-tick ncviz-bound-name", box.right + 5, box.y(at) + 4, text, "start"));
  }
  return nodes;
}

/** Every run of the sizes where many agree, or of the others, as one path of dots. */
function cloudPath(box, { sizes, tied }, counts, values, aside, width, agreeing) {
  let path = "";
  let from = 0;
  counts.forEach((count, k) => {
    const runs = values.subarray(from, (from += count));
    if (tied[k] !== agreeing) return;
    const places = acrossStrip(runs, tied[k]);
    runs.forEach((value, run) => {
      const x = box.x(sizes[k] + aside + (places[run] - 0.5) * width);
      path += `M${px(x)},${px(box.y(value))}h0`;
    });
  });
  return path;
}

function whisker(x, [, low, high], y, cap) {
  if (!known(low) || !known(high)) return "";
  const [a, b] = [px(y(low)), px(y(high))];
  const end = (at) => `M${px(x - cap)},${at}h${px(2 * cap)}`;
  return `M${px(x)},${a}V${b}${cap ? end(a) + end(b) : ""}`;
}

/** Means joined by a line, with intervals and marks. */
function means(box, sizes, triples, y, { line: look, mark, aside }, open = false, tied = []) {
  const xs = sizes.map((n) => n + aside);
  const values = triples.map(([value]) => value ?? NaN);
  const whiskers = (thin) =>
    triples
      .map((triple, i) => (Boolean(tied[i]) === thin ? whisker(box.x(xs[i]), triple, y, box.cap) : ""))
      .join("");
  const nodes = [
    s("path", { class: `ncviz-mean-line ${open ? "ncviz-dashed" : ""}`, d: linePath(xs, values, box.x, y) }),
    s("path", { class: "ncviz-mean-whisker", d: whiskers(false) }),
    s("path", { class: "ncviz-mean-whisker ncviz-thin", d: whiskers(true) }),
  ];
  triples.forEach(([value], i) => {
    if (!known(value)) return;
    const at = `translate(${px(box.x(xs[i]))},${px(y(value))})`;
    nodes.push(s("path", { class: open ? "ncviz-mark-open" : "ncviz-mark", d: mark, transform: at }));
  });
  return s("g", { class: look }, ...nodes);
}

/** Words above the chart, each on a line of its own, with a hair down to the curve. */
function marksOf(box, frame) {
  const [curve] = frame.curves;
  const middle = (frame.sizes[0] + frame.sizes.at(-1)) / 2;
  const rows = frame.marks.length;
  return frame.marks.flatMap(([n, text], k) => {
    const y = 11 + k * 14;
    const [value] = curve.S[curve.sizes.indexOf(n)];
    const right = n > middle;
    return [
      line("ncviz-mark-hair", box.x(n), rows ? y - 9 : 0, box.x(n), box.y(value)),
      words("ncviz-tick ncviz-mark-words", box.x(n) + (right ? -4 : 4), y, text, right ? "end" : "start"),
    ];
  });
}

function drawing(box, frame, cloud) {
  const all = looks(frame);
  const nodes = [];
  const bars = [];
  let cell = 0;
  let run = 0;
  frame.curves.forEach((curve, k) => {
    const counts = frame.counts.slice(cell, cell + curve.sizes.length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const width = 0.5 / Math.sqrt(frame.curves.length);
    const values = cloud.subarray(run, run + total);
    const dots = (agreeing) => cloudPath(box, curve, counts, values, all[k].aside, width, agreeing);
    nodes.push(s("g", { class: all[k].line }, s("path", { class: "ncviz-cloud", d: dots(false) })));
    const agree = s("path", { class: "ncviz-cloud ncviz-agreeing", d: dots(true) });
    bars.push(s("g", { class: all[k].line }, agree)); // the line of means would hide them
    cell += curve.sizes.length;
    run += total;
  });
  nodes.push(...marksOf(box, frame));
  frame.curves.forEach((curve, k) => {
    nodes.push(means(box, curve.sizes, curve.S, box.y, all[k], false, curve.tied));
    const apart = frame.curves.length === 1 ? 0.07 : 0;
    const shifted = (way) => ({ ...all[k], aside: all[k].aside + way * apart });
    nodes.push(means(box, curve.sizes, curve.delta, box.lowY, shifted(-1)));
    nodes.push(means(box, curve.sizes, curve.D, box.lowY, shifted(1), true));
  });
  return [...nodes, ...bars];
}

/** A sample of a line with its mark. */
function sample(look, d, open = false) {
  return s(
    "svg",
    { width: 26, height: 12, "aria-hidden": "true" },
    s(
      "g",
      { class: look },
      s("path", { class: `ncviz-mean-line ${open ? "ncviz-dashed" : ""}`, d: "M0,6H26" }),
      s("path", { class: open ? "ncviz-mark-open" : "ncviz-mark", d, transform: "translate(13,6)" }),
    ),
  );
}

function legend(frame) {
  const key = (...parts) => h("span", { class: "ncviz-key" }, ...parts);
  const kinds = [
    key(sample("ncviz-curve-alone", shape("circle")), "S; below, visible change δ"),
    key(sample("ncviz-curve-alone", shape("circle"), true), "D = s_odd − 2 − δ"),
  ];
  if (frame.curves.length === 1) return kinds;
  const lines = frame.curves.map(({ label }, k) =>
    key(sample(looks(frame)[k].line, shape(SHAPES[k])), label),
  );
  return [h("span", {}, `${frame.others}:`), ...lines, ...kinds];
}

/** Of several lines, what the words above a single one say. */
function tableOf({ curves, others }) {
  const cells = (kind, texts) => texts.map((text) => h(kind, {}, text));
  const at = (n) => (n === null ? "–" : String(n));
  const rows = curves.map(({ label, reaches, peak, settled, sizes, S }) => {
    const value = peak === null ? "" : `: ${number(S[sizes.indexOf(peak)][0])}`;
    const name = h("th", { scope: "row" }, label);
    return h("tr", {}, name, ...cells("td", [at(reaches), `${at(peak)}${value}`, at(settled)]));
  });
  const names = cells("th", [others, "reaches 2 at", "peak at", "settled from"]);
  for (const name of names) put(name, { scope: "col" });
  return [h("thead", {}, h("tr", {}, ...names)), h("tbody", {}, ...rows)];
}

/** The numbers of one size, in words. */
function readoutOf(frame, n) {
  const name = n === 1 ? "1 hidden neuron" : `${n} hidden neurons`;
  const many = frame.curves.length > 1;
  const said = frame.curves.flatMap((curve) => {
    const i = curve.sizes.indexOf(n);
    if (i < 0) return [];
    const part = (text, triple) => `${text} = ${number(triple[0])} ${interval(triple)}`.trim();
    const numbers = [part("S", curve.S[i]), part("δ", curve.delta[i]), part("D", curve.D[i])];
    return [(many ? `${curve.label}: ` : "") + numbers.slice(0, many ? 1 : 3).join(", ")];
  });
  return `${name}: ${said.length ? said.join("; ") : "not finished"}`;
}

function render({ model, el }) {
  const parts = card(el, "Capacity: S against hidden neurons");
  say(parts.wait, "no sweep yet");
  const keys = h("div", { class: "ncviz-legend" });
  const behind = s("g");
  const front = s("g");
  const hair = s("line", { class: "ncviz-hair" });
  const svg = s("svg", { class: "ncviz-chart", role: "img", tabindex: 0 }, behind, hair, front);
  const said = h("p", { class: "ncviz-readout ncviz-capacity-readout" });
  const table = h("table", { class: "ncviz-capacity-table" });
  parts.body.append(keys, svg, said, table);
  let box = null;
  let frame = null;

  function draw(now, _width) {
    frame = now;
    const runs = [...new Set((frame?.curves ?? []).flatMap((curve) => curve.runs))];
    const [low, high] = [Math.min(...runs), Math.max(...runs)];
    const over = low === high ? runsOf({ runs: low }) : `${low} to ${high} runs`;
    if (!fillCard(parts, frame, runs.length ? `mean of ${over}, 95 % interval` : "")) return;
    const cloud = floats(frame.cloud);
    box = layout(parts.body.clientWidth, frame, cloud);
    put(svg, { width: box.width, height: box.height, "aria-label": frame.caption });
    layer(keys, [frame.others, frame.curves.map(({ label }) => label)], () => legend(frame));
    layer(behind, [box, frame.sizes], () => back(box, frame.sizes));
    table.hidden = frame.curves.length === 1;
    if (!table.hidden) layer(table, frame.curves, () => tableOf(frame));
    front.replaceChildren(...drawing(box, frame, cloud));
    const n = choice.step;
    hair.style.visibility = n === null ? "hidden" : "visible";
    if (n !== null) put(hair, { x1: box.x(n), x2: box.x(n), y1: box.top, y2: box.lowBase });
    readout(said, n === null ? HINT : readoutOf(frame, n), choice.byKey);
  }

  const view = live(model, el, draw);
  const choice = scrub(
    svg,
    view.signal,
    {
      steps: () => frame?.sizes ?? [],
      stepAt: (event) => {
        if (!box || !frame?.sizes?.length) return null;
        const at = event.clientX - svg.getBoundingClientRect().left;
        const { sizes } = frame;
        const share = (at - box.left) / (box.right - box.left || 1);
        return sizes[nearest(sizes, sizes[0] - 0.5 + share * (sizes.at(-1) - sizes[0] + 1))];
      },
    },
    view.redraw,
  );
  return view.stop;
}

export default answering(render);
