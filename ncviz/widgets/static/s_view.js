// S against the training step, every run as a dot beside it, and the lines 2, 2√2 and 4.

const TOP = 4.25;
const BOUNDS = [
  { at: 4, kind: "any", short: ["4 any", "signalling"], text: ["4", " any signalling"] },
  { at: 2 * Math.SQRT2, kind: "quantum", short: ["2√2", "Tsirelson"], text: ["2√2", " Tsirelson"] },
  { at: 2, kind: "classical", short: ["2", "classical"], text: ["2", " classical"] },
];
const LOWEST = { at: -2, kind: "classical", text: ["−2", " classical"] };

function unpack(frame, ghost) {
  const data = { ...frame };
  for (const key of ["step", "mean", "low", "high", "dots"]) data[key] = floats(frame[key]);
  data.ghost = { step: floats(ghost.step), mean: floats(ghost.mean) };
  return data;
}

/** Once training is on its way the early climb is cut off: it wastes the room below 1. */
function bottomOf({ step, low, dots, at, steps, ghost }) {
  const settled = at > 0.15 * steps;
  const late = ghost.mean.filter((_, i) => ghost.step[i] > steps / 2 && ghost.step[i] <= steps);
  const values = [...low.slice(settled ? Math.floor(step.length / 2) : 0), ...dots, ...late];
  const least = Math.min(...values.filter(Number.isFinite), settled ? 1.5 : 0);
  return Math.floor(least * 2) / 2;
}

function layout(width, bottom, steps) {
  const narrow = width < 420;
  const box = narrow
    ? { narrow, left: 22, top: 20, height: 230, gap: 8, strip: 28, label: 62, foot: 38 }
    : { narrow, left: 30, top: 20, height: 0, gap: 14, strip: 56, label: 112, foot: 40 };
  if (!narrow) box.height = clamp(width * 0.4, 230, 330);
  // With −2 and 4 on one axis there is no room for two lines of text at each bound.
  box.cramped = narrow && bottom < -0.5;
  if (box.cramped) box.label = 98;
  box.right = width - box.label - box.strip - box.gap;
  box.base = box.height - box.foot;
  box.end = box.right + box.gap + box.strip;
  box.x = scale(0, steps, box.left, box.right);
  box.y = scale(bottom, TOP, box.base, box.top);
  return box;
}

function boundLabel(bound, box) {
  const x = box.end + 6;
  const y = box.y(bound.at);
  const short = box.narrow && !box.cramped && bound.short;
  const [value, name] = short || bound.text;
  return s(
    "text",
    { class: "ncviz-label", x, y: short ? y - 2 : y + 4 },
    s("tspan", { class: "ncviz-strong" }, value),
    short ? s("tspan", { x, dy: 12 }, name) : name,
  );
}

function boundLines(box, bottom) {
  const { left, end, y } = box;
  const bounds = bottom < -2 ? [...BOUNDS, LOWEST] : BOUNDS;
  return [
    s("rect", { class: "ncviz-above", x: left, y: y(4), width: end - left, height: y(2) - y(4) }),
    ...bounds.map(({ at, kind }) => rule(`ncviz-bound ncviz-bound-${kind}`, left, end, y(at))),
    ...bounds.map((bound) => boundLabel(bound, box)),
  ];
}

function axes(box, bottom, steps) {
  const { left, right, base } = box;
  const values = ticks(bottom, TOP, TOP - bottom > 5 ? 5 : 8).filter(Number.isInteger);
  return [
    rule("ncviz-axis", left, right, base),
    ...values.map((value) => tickAt(left - 6, box.y(value) + 4, "end", number(value, 0))),
    ...stepTicks(steps, box.x, base + 16, (right - left) / 90),
    axisName(left - 6, 11, "end", "S"),
    axisName((left + right) / 2, base + 32, "middle", "training step"),
    axisName(right + box.gap + box.strip / 2, base + 32, "middle", "runs"),
  ];
}

/** A run keeps its place across the strip, so that dots only move up and down, unless many agree. */
function drawDots(group, values, box, tied) {
  while (group.childElementCount > values.length) group.lastChild.remove();
  while (group.childElementCount < values.length) group.append(s("circle", { class: "ncviz-dot" }));
  const from = box.right + box.gap + 3;
  const places = acrossStrip(values, tied);
  values.forEach((value, run) => {
    const there = Number.isFinite(value);
    const place = places[run];
    put(group.children[run], {
      cx: px(from + place * (box.strip - 6)),
      cy: there ? px(box.y(value)) : 0,
      r: there ? (box.narrow || tied ? 2 : 2.4) : 0,
    });
  });
}

/** A ring on the curve; none where the curve is cut off or unknown. */
function ring(node, data, box, index) {
  const y = index < 0 ? NaN : box.y(data.mean[index]);
  put(node, y <= box.base ? { cx: px(box.x(data.step[index])), cy: px(y), r: 3.4 } : { r: 0 });
}

/** Where many runs agree, the interval as thin lines: along the curve, and beside the runs. */
function drawThin(chart, { tied, step, low, high, told }, box) {
  const along = tied ? [low, high].map((ends) => linePath(step, ends, box.x, box.y)) : [];
  put(chart.thin, { d: along.join("") });
  const ends = tied ? [low[told], high[told]].map((end) => Math.min(box.y(end), box.base)) : [];
  const x = box.right + box.gap / 2;
  const shown = ends.length && ends.every(Number.isFinite);
  const cap = (y) => `M${px(x - 3)},${px(y)}h6`;
  put(chart.end, { d: shown ? `M${px(x)},${px(ends[0])}V${px(ends[1])}${ends.map(cap).join("")}` : "" });
}

function makeChart() {
  const id = uniqueId("clip");
  const chart = {
    clip: s("rect", { y: 0 }),
    back: s("g"),
    ghost: s("path", { class: "ncviz-ghost" }),
    band: s("path", { class: "ncviz-s-band" }),
    thin: s("path", { class: "ncviz-s-thin" }),
    line: s("path", { class: "ncviz-line ncviz-s-line" }),
    tip: s("circle", { class: "ncviz-tip" }),
    dots: s("g"),
    end: s("path", { class: "ncviz-s-thin" }),
    hair: s("line", { class: "ncviz-hair" }),
    chosen: s("circle", { class: "ncviz-tip" }),
  };
  chart.svg = s(
    "svg",
    { class: "ncviz-chart", role: "img", tabindex: 0 },
    s("clipPath", { id }, chart.clip),
    chart.back,
    // What was kept stands over the interval, which would hide it, and under the curve.
    s("g", { class: "ncviz-curve", "clip-path": `url(#${id})` }, chart.band, chart.thin),
    s("g", { "clip-path": `url(#${id})` }, chart.ghost),
    s("g", { class: "ncviz-curve", "clip-path": `url(#${id})` }, chart.line),
    chart.tip,
    chart.dots,
    chart.end,
    chart.hair,
    chart.chosen,
  );
  return chart;
}

function drawChart(chart, data, box, bottom, width, picked) {
  put(chart.svg, { width, height: box.height });
  chart.svg.classList.toggle("ncviz-small", box.narrow);
  put(chart.clip, { x: box.left, width: box.right - box.left, height: box.base });
  layer(chart.back, [width, bottom, data.steps], () => [
    ...boundLines(box, bottom),
    ...axes(box, bottom, data.steps),
  ]);
  put(chart.ghost, { d: linePath(data.ghost.step, data.ghost.mean, box.x, box.y) });
  put(chart.band, { d: data.tied ? "" : bandPath(data.step, data.low, data.high, box.x, box.y) });
  drawThin(chart, data, box);
  put(chart.line, { d: linePath(data.step, data.mean, box.x, box.y) });
  ring(chart.tip, data, box, data.step.length - 1);
  drawDots(chart.dots, data.dots, box, data.tied);
  ring(chart.chosen, data, box, picked);
  drawHair(chart.hair, box, box.base, picked < 0 ? null : px(box.x(data.step[picked])));
}

function hereText(data, at) {
  if (at < 0) return "";
  if (!known(data.mean[at])) return `step ${data.step[at]}: S is not defined`;
  const here = [data.mean[at], data.low[at], data.high[at]];
  return `step ${data.step[at]}: S = ${number(here[0])} ${interval(here)}`;
}

function render({ model, el }) {
  const parts = card(el, "S while it trains");
  const line = h("p", { class: "ncviz-readout" });
  const kept = curveKey("ncviz-ghost");
  const chart = makeChart();
  parts.body.append(h("div", { class: "ncviz-row ncviz-s-top" }, line, kept.root), chart.svg);
  const now = { data: null, boxes: [] };

  function draw(frame, widthOf) {
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval; dots: runs`)) return;
    const width = widthOf(parts.body);
    const ghost = model.get("ghost") ?? {};
    sayKept(kept, ghost);
    const data = unpack(frame, ghost);
    const bottom = bottomOf(data);
    const box = layout(width, bottom, data.steps);
    Object.assign(now, { data, boxes: [box] });
    const last = data.step.length - 1; // −1 while nothing is recorded
    const picked = choice.at();
    drawChart(chart, data, box, bottom, width, picked);
    put(chart.svg, { "aria-label": `S while it trains. ${frame.caption ?? ""}` });
    const at = picked < 0 ? (data.told ?? last) : picked; // where there is an interval, too
    readout(line, hereText(data, at), choice.byKey);
  }

  const view = live(model, el, draw, ["ghost"]);
  const choice = scrub(chart.svg, view, [chart], now);
  return view.stop;
}

export default answering(render);
