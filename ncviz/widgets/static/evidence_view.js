// How the evidence grows: the mean of S, and the p of "at most 2", against the number of runs.

const LINES = [
  { at: 4, kind: "any", name: "4" },
  { at: 2 * Math.SQRT2, kind: "quantum", name: "2√2" },
  { at: 2, kind: "classical", name: "2" },
];
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (exponent) => {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPT[digit]);
  return exponent === 0 ? "1" : `10${exponent < 0 ? "⁻" : ""}${digits}`;
};

function pText(p, smallest) {
  if (p < smallest) return `p < ${power(Math.round(Math.log10(smallest)))}`;
  if (p >= 0.001) return p < 0.9995 ? `p = ${p.toFixed(3)}` : "p = 1";
  const [digit, exponent] = p.toExponential(0).split("e");
  return `p = ${digit}·${power(Number(exponent))}`;
}

function unpack(frame) {
  const data = { ...frame };
  for (const key of ["used", "mean", "low", "high", "p"]) data[key] = floats(frame[key]);
  return data;
}

/** S from below to above what settles: intervals of the first few runs are cut off. */
function rangeOf({ mean, low, high }) {
  const late = Math.floor(mean.length / 4);
  const values = [2, ...mean.slice(late), ...low.slice(late), ...high.slice(late)].filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.1, 0.08 * (most - least));
  return [Math.max(-4.1, least - room), Math.min(4.15, most + room)];
}

/** How many powers of ten p goes down, at least so far that both levels are in sight. */
function depthOf({ p, smallest }) {
  const least = Math.max(smallest, Math.min(1, ...p));
  return Math.max(4, Math.min(Math.ceil(-Math.log10(least)) + 1, Math.round(-Math.log10(smallest))));
}

function layout(width, data) {
  const [least, most] = rangeOf(data);
  const box = { width, left: 42, right: width - 6, top: 18, middle: 18 + 150 };
  box.start = box.middle + 26;
  box.base = box.start + 130;
  box.height = box.base + 36;
  box.runs = data.used.at(-1) ?? 1;
  box.depth = depthOf(data);
  box.x = scale(1, Math.max(2, box.runs), box.left + 4, box.right - 4);
  box.y = scale(least, most, box.middle, box.top);
  box.p = (p) => scale(0, -box.depth, box.start, box.base)(Math.log10(Math.max(p, 10 ** -box.depth)));
  return Object.assign(box, { least, most });
}

const text = (look, x, y, words, anchor) =>
  s("text", { class: look, x: px(x), y: px(y), "text-anchor": anchor }, words);
const tickBeside = (box, y, words, look = "ncviz-tick") => text(look, box.left - 6, y + 4, words, "end");
const across = (look, box, y) =>
  s("line", { class: look, x1: box.left, x2: box.right, y1: px(y), y2: px(y) });

/** The axis of S, with those of the three bounds that are in range. */
function meanAxis(box) {
  const lines = LINES.filter(({ at }) => at >= box.least && at <= box.most);
  const near = (value) => lines.some(({ at }) => Math.abs(box.y(at) - box.y(value)) < 14);
  const places = ticks(box.least, box.most, 4).filter((value) => !near(value));
  return [
    ...places.map((value) => tickBeside(box, box.y(value), number(value).replace(/\.?0+$/, ""))),
    ...lines.flatMap(({ at, kind, name }) => [
      across(`ncviz-bound ncviz-bound-${kind}`, box, box.y(at)),
      tickBeside(box, box.y(at), name, "ncviz-tick ncviz-strong"),
    ]),
    text("ncviz-axis-name", 0, 11, "mean of S", "start"),
    across("ncviz-axis", box, box.middle),
  ];
}

/** The axis of p, with the levels and how rare they are. */
function pAxis(box, { levels, smallest, p }) {
  const far = (k) => levels.every(([level]) => Math.abs(box.p(level) - box.p(10 ** -k)) > 13);
  const by = Math.ceil(box.depth / 5);
  const powers = Array.from({ length: box.depth + 1 }, (_, k) => k).filter((k) => k % by === 0 && far(k));
  const below = (k) => (k === box.depth && 10 ** -k <= smallest * 1.001 ? "<" : "");
  const rarity = (level, rare) =>
    // The curve only falls: where it has passed the line, it is below it at the right end.
    p.at(-1) < level
      ? text("ncviz-tick", box.right - 6, box.p(level) - 4, rare, "end")
      : text("ncviz-tick", box.left + 6, box.p(level) + 12, rare, "start");
  return [
    text("ncviz-axis-name", 0, box.start - 10, "p of “the mean of S is at most 2”", "start"),
    ...powers.map((k) => tickBeside(box, box.p(10 ** -k), below(k) + power(-k))),
    ...levels.flatMap(([level, rare]) => [
      across("ncviz-level", box, box.p(level)),
      tickBeside(box, box.p(level), String(level)),
      rarity(level, rare),
    ]),
    across("ncviz-axis", box, box.base),
  ];
}

function runsAxis(box) {
  const { left, right, runs, base } = box;
  const places = runs > 1 ? ticks(1, runs, (right - left) / 70).filter(Number.isInteger) : [1];
  return [
    ...places.map((n) =>
      text("ncviz-tick", box.x(n), base + 15, String(n), n === runs && n > 1 ? "end" : "middle"),
    ),
    text("ncviz-axis-name", (left + right) / 2, base + 30, "runs used, in their order", "middle"),
  ];
}

function makeChart() {
  const id = uniqueId("clip");
  const chart = {
    clip: s("rect", { y: 0 }),
    back: s("g"),
    band: s("path", { class: "ncviz-s-band" }),
    mean: s("path", { class: "ncviz-s-line" }),
    p: s("path", { class: "ncviz-s-line" }),
    hair: s("line", { class: "ncviz-hair" }),
    whisker: s("line", { class: "ncviz-s-whisker" }),
    tips: [0, 1].map(() => s("circle", { class: "ncviz-tip" })),
  };
  const curves = s(
    "g",
    { class: "ncviz-curve", "clip-path": `url(#${id})` },
    chart.band,
    chart.mean,
    chart.whisker,
  );
  chart.svg = s(
    "svg",
    { class: "ncviz-chart", role: "img", tabindex: 0 },
    s("clipPath", { id }, chart.clip),
    chart.back,
    curves,
    s("g", { class: "ncviz-curve" }, chart.p),
    chart.hair,
    ...chart.tips,
  );
  return chart;
}

function drawChart(chart, data, box, at) {
  const { used, mean, low, high } = data;
  const p = data.p.map((value) => Math.log10(Math.max(value, 10 ** -box.depth)));
  put(chart.svg, { width: box.width, height: box.height });
  put(chart.clip, { x: box.left, y: box.top, width: box.right - box.left, height: box.middle - box.top });
  layer(chart.back, [box.width, box.least, box.most, box.runs, box.depth, data.p.at(-1)], () => [
    ...meanAxis(box),
    ...pAxis(box, data),
    ...runsAxis(box),
  ]);
  put(chart.band, { d: bandPath(used, low, high, box.x, box.y) });
  put(chart.mean, { d: linePath(used, mean, box.x, box.y) });
  put(chart.p, { d: linePath(used, p, box.x, scale(0, -box.depth, box.start, box.base)) });
  const ends = [low[at], high[at]];
  const x = px(box.x(used[at]));
  const whisker = ends.every(Number.isFinite) ? ends.map((end) => px(box.y(end))) : [0, 0];
  put(chart.whisker, { x1: x, x2: x, y1: whisker[0], y2: whisker[1] });
  const tip = (node, y) => put(node, Number.isFinite(y) ? { cx: x, cy: px(y), r: 3.6 } : { r: 0 });
  const up = box.y(mean[at]);
  tip(chart.tips[0], up >= box.top && up <= box.middle ? up : NaN);
  tip(chart.tips[1], box.p(data.p[at]));
}

function hereText({ used, mean, low, high, p, smallest }, at) {
  if (at < 0) return "";
  const runs = used[at] === 1 ? "1 run" : `${used[at]} runs`;
  const spread = interval([mean[at], low[at], high[at]]) || "(no interval)";
  return `after ${runs}: S = ${number(mean[at])} ${spread}, ${pText(p[at], smallest)}`;
}

function render({ model, el }) {
  const parts = card(el, "How the evidence grows");
  const line = h("p", { class: "ncviz-readout" });
  const chart = makeChart();
  parts.body.append(line, chart.svg);
  let data = null;
  let box = null;

  const grip = {
    steps: () => data?.used ?? [],
    stepAt(event) {
      if (!box || !data?.used.length) return null;
      const at = event.clientX - chart.svg.getBoundingClientRect().left;
      return clamp(scale(box.left + 4, box.right - 4, 1, Math.max(2, box.runs))(at), 1, box.runs);
    },
  };

  function draw(frame) {
    if (!fillCard(parts, frame, "95 % interval of so many runs; p may be looked at after each")) return;
    data = unpack(frame);
    const last = data.used.length - 1;
    chart.svg.style.display = last < 0 ? "none" : "";
    box = last < 0 ? null : layout(Math.floor(parts.body.clientWidth), data);
    const picked = last < 0 || choice.step === null ? -1 : nearest(data.used, choice.step);
    if (box) {
      drawChart(chart, data, box, picked < 0 ? last : picked);
      const x = picked < 0 ? 0 : px(box.x(data.used[picked]));
      put(chart.hair, { x1: x, x2: x, y1: box.top, y2: picked < 0 ? box.top : box.base });
    }
    put(chart.svg, { "aria-label": `How the evidence grows. ${frame.caption ?? ""}` });
    readout(line, hereText(data, picked < 0 ? last : picked), choice.byKey);
  }

  const view = live(model, el, draw);
  const choice = scrub(chart.svg, view.signal, grip, view.redraw);
  return view.stop;
}

export default answering(render);
