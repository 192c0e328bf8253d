// The organising picture: losses of both heads in the four settings, in a 2×2 grid.

/** The medians of a kept experiment, at its own steps. */
function unpackGhost(ghost) {
  const step = floats(ghost.step);
  const medians = floats(ghost.medians);
  const series = (setting, head) => {
    const from = (setting * 2 + head) * step.length;
    return medians.subarray(from, from + step.length);
  };
  return { step, cells: SETTINGS.map((_, setting) => HEADS.map((_, head) => series(setting, head))) };
}

function unpack(frame, ghost) {
  const step = floats(frame.step);
  const bands = floats(frame.bands);
  const count = step.length;
  const series = (setting, head, which) => {
    const from = ((setting * 2 + head) * 3 + which) * count;
    return bands.subarray(from, from + count);
  };
  const cells = SETTINGS.map((_, setting) =>
    HEADS.map((_, head) => ({
      low: series(setting, head, 0),
      median: series(setting, head, 1),
      high: series(setting, head, 2),
    })),
  );
  return { ...frame, step, cells, ghost: unpackGhost(ghost) };
}

/** One scale for all cells; a rare spike is cut off instead of flattening all curves. */
function topOf({ cells, ghost }) {
  const shown = [...cells.flat().map(({ high }) => high), ...ghost.cells.flat()];
  const highs = Float32Array.from(shown.flatMap((values) => Array.from(values)))
    .filter(Number.isFinite)
    .sort();
  const most = highs.length ? highs[Math.floor(0.98 * (highs.length - 1))] : 0;
  const need = Math.max(most * 1.05, 0.8);
  const unit = need > 4 ? 2 : need > 1.6 ? 0.5 : 0.2;
  return Math.ceil(need / unit - 1e-6) * unit;
}

function layout(width, limit, steps, bottomRow) {
  const narrow = width < 200;
  const box = { narrow, limit, steps, bottomRow, left: narrow ? 24 : 30, right: width - 6, top: 8 };
  box.height = clamp(width * 0.56, 118, 210) + (bottomRow ? 16 : 0);
  box.base = box.height - (bottomRow ? 36 : 20);
  box.x = scale(0, steps, box.left, box.right);
  box.y = scale(0, limit, box.base, box.top);
  return box;
}

function axes(box) {
  const { left, right, base, limit } = box;
  const text = (value) => (value ? number(value, limit > 4 ? 0 : 1) : "0");
  return [
    ...ticks(0, limit, box.narrow ? 3 : 4).flatMap((value) => [
      rule("ncviz-grid", left, right, box.y(value)),
      tickAt(left - 5, box.y(value) + 4, "end", text(value)),
    ]),
    ...stepTicks(box.steps, box.x, base + 15, box.narrow ? 1 : (right - left) / 90),
    ...(box.bottomRow ? [axisName((left + right) / 2, base + 31, "middle", "training step")] : []),
  ];
}

/** The two curves of a cell, and the line and dots of the readout. */
function makeChart() {
  const id = uniqueId("clip");
  const path = (kind, head) => s("path", { class: `ncviz-${kind} ncviz-of-${head}` });
  const chart = {
    clip: s("rect", {}),
    back: s("g"),
    ghosts: HEADS.map((head) => path("ghost", head)),
    bands: HEADS.map((head) => path("band", head)),
    lines: HEADS.map((head) => path("line", head)),
    hair: s("line", { class: "ncviz-hair" }),
    points: HEADS.map((head) => s("circle", { class: `ncviz-point ncviz-of-${head}` })),
  };
  const clipped = (look, ...kids) => s("g", { class: look, "clip-path": `url(#${id})` }, ...kids);
  chart.svg = s(
    "svg",
    { class: "ncviz-chart", role: "img" },
    s("clipPath", { id }, chart.clip),
    chart.back,
    clipped(null, ...chart.ghosts),
    clipped("ncviz-curve", ...chart.bands, ...chart.lines),
    chart.hair,
    ...chart.points,
  );
  return chart;
}

function drawGhost(chart, ghost, setting, box) {
  ghost.cells[setting].forEach((median, head) =>
    put(chart.ghosts[head], { d: linePath(ghost.step, median, box.x, box.y) }),
  );
}

function drawChart(chart, step, series, box, picked) {
  put(chart.svg, { width: box.right + 6, height: box.height });
  put(chart.clip, { x: box.left, y: box.top, width: box.right - box.left, height: box.base - box.top + 1 });
  layer(chart.back, [box.right, box.limit, box.steps], () => axes(box));
  const x = picked < 0 ? null : px(box.x(step[picked]));
  drawHair(chart.hair, box, box.base, x);
  series.forEach(({ low, median, high }, head) => {
    put(chart.bands[head], { d: bandPath(step, low, high, box.x, box.y) });
    put(chart.lines[head], { d: linePath(step, median, box.x, box.y) });
    const shown = picked >= 0 && median[picked] <= box.limit;
    put(chart.points[head], shown ? { cx: x, cy: px(box.y(median[picked])), r: 3.5 } : { r: 0 });
  });
}

function makeCell(setting) {
  const cell = {
    tasks: HEADS.map(() => h("span", {})),
    value: h("span", {}),
    spread: h("span", { class: "ncviz-spread" }),
    values: HEADS.map((head) => h("span", { class: `ncviz-text-${head}` })),
    chart: makeChart(),
  };
  cell.badge = h("span", { class: "ncviz-corr" }, cell.value, " ", cell.spread);
  const [alice, bob] = HEADS.map((head, i) => {
    const letter = h("b", { class: `ncviz-text-${head}` }, "AB"[i] + setting[i]);
    return h("span", { class: "ncviz-task" }, letter, " ", cell.tasks[i]);
  });
  const between = h("span", { class: "ncviz-between", "aria-hidden": "true" }, " · ");
  const tasks = h("span", { class: "ncviz-tasks" }, alice, between, bob);
  const head = h("div", { class: "ncviz-cell-head" }, tasks, cell.badge);
  const values = h("p", { class: "ncviz-row ncviz-now" }, ...cell.values);
  cell.svg = cell.chart.svg;
  cell.root = h("div", { class: "ncviz-cell" }, head, values, cell.svg);
  return cell;
}

function drawCell(cell, setting, data, limit, width, picked) {
  const [a, b] = SETTINGS[setting];
  const [alice, bob] = [data.tasks[a - 1], data.tasks[1 + Number(b)]];
  const series = data.cells[setting];
  const correlator = data.correlators[setting] ?? [];
  cell.tasks.forEach((task, head) => say(task, [alice, bob][head]));
  say(cell.value, `C = ${number(correlator[0])}`);
  say(cell.spread, interval(correlator) || "\u00a0"); // a line of its own where there is little room
  cell.badge.style.background = correlatorColour(correlator[0]);
  const at = picked < 0 ? data.step.length - 1 : picked;
  HEADS.forEach((head, i) => {
    const name = width < 150 ? NAMES[head][0] : NAMES[head];
    say(cell.values[i], at < 0 ? "" : `${name} ${number(series[i].median[at])}`);
  });
  const box = layout(width, limit, data.steps, a === "2");
  put(cell.svg, { "aria-label": `Losses of Alice on A${a} ${alice} and Bob on B${b} ${bob}` });
  drawGhost(cell.chart, data.ghost, setting, box);
  drawChart(cell.chart, data.step, series, box, picked);
  return box;
}

function render({ model, el }) {
  const parts = card(el, "Losses in the four settings");
  const stepLine = h("span", { class: "ncviz-readout" });
  const cells = SETTINGS.map(makeCell);
  const kept = curveKey("ncviz-ghost ncviz-of-alice");
  const keys = HEADS.map((head) => curveKey(`ncviz-line ncviz-of-${head}`, NAMES[head]).root);
  const title = h("span", {}, "held-out loss (nats)");
  const legend = h("div", { class: "ncviz-row ncviz-legend" }, title, ...keys, kept.root, stepLine);
  // One focus stop for the four charts: the arrow keys move one line through all of them.
  const look = { class: "ncviz-grid2", role: "group", tabindex: 0 };
  const grid = h("div", look, ...cells.map(({ root }) => root));
  parts.body.append(legend, grid);
  const now = { data: null, boxes: [] };

  function draw(frame, widthOf) {
    if (!fillCard(parts, frame, `median of ${runsOf(frame)}; band: 10 % to 90 % of runs`)) return;
    const ghost = model.get("ghost") ?? {};
    sayKept(kept, ghost);
    const data = (now.data = unpack(frame, ghost));
    const width = widthOf(parts.body);
    grid.dataset.size = width < 400 ? "narrow" : width < 570 ? "stacked" : width < 660 ? "middle" : "wide";
    put(grid, { "aria-label": `Losses in the four settings. ${frame.caption ?? ""}` });
    const last = data.step.length - 1; // −1 while nothing is recorded
    const picked = choice.at();
    const limit = topOf(data);
    const inner = widthOf(cells[0].root); // both columns are equally wide
    now.boxes = cells.map((cell, setting) => drawCell(cell, setting, data, limit, inner, picked));
    readout(stepLine, last < 0 ? "" : `at step ${data.step[picked < 0 ? last : picked]}`, choice.byKey);
  }

  const view = live(model, el, draw, ["ghost"]);
  const choice = scrub(grid, view, cells, now);
  return view.stop;
}

export default answering(render);
