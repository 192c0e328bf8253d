// Who fights over which neuron: a map of neurons × time for each setting, with the cosine of the
// whole layer and the losses below it; then a table of the neurons in one setting.

const ACROSS = 0.5; // below this size a cosine is neither with nor against, as in slow motion

function unpack(frame) {
  const step = floats(frame.step);
  const count = step.length;
  const parts = (data, ...sizes) => {
    const all = floats(data);
    const cut = (from, size, [first, ...rest]) =>
      first === undefined
        ? all.subarray(from, from + size)
        : Array.from({ length: first }, (_, k) => cut(from + (k * size) / first, size / first, rest));
    return cut(0, all.length, sizes);
  };
  return {
    ...frame,
    step,
    count,
    pull: parts(frame.pull, 4, frame.drawn),
    layer: parts(frame.layer, 4),
    losses: parts(frame.losses, 4, 2),
    table: parts(frame.table, 3, frame.drawn),
  };
}

const OVER = { run: "one run", all: "the mean of all runs" };

/** What to look at: one run or all of them, and the setting of the table. */
function makeChooser(model) {
  const over = traitSelect(model, "over", Object.entries(OVER));
  const run = runBox(model);
  const setting = settingSelect(model);
  const pair = ([label, control]) => h("span", {}, label, " ", control);
  const ofRun = pair(labelled("Run", run));
  const bar = (...nodes) => h("div", { class: "ncviz-row ncviz-chooser ncviz-fight-chooser" }, ...nodes);
  const [top, below] = [bar(pair(labelled("Show", over)), ofRun), bar(...labelled("Neurons in", setting))];
  for (const node of [top, below]) keepKeys(node);
  return { top, below, over, run, ofRun, setting };
}

function drawChooser(chooser, model, frame) {
  put(chooser.run, { max: Math.max(0, frame.kept - 1) });
  chooser.ofRun.hidden = frame.over !== "run";
  showIn(chooser.over, model.get("over"));
  showIn(chooser.run, frame.run);
  showIn(chooser.setting, model.get("setting"));
}

function makeCell(setting) {
  const cell = {
    tasks: HEADS.map(() => h("span", {})),
    canvas: h("canvas", { "aria-hidden": "true" }),
    back: s("g"),
    layer: s("path", { class: "ncviz-line ncviz-fight-line ncviz-curve" }),
    losses: HEADS.map((head) => s("path", { class: `ncviz-line ncviz-fight-line ncviz-of-${head} ncviz-curve` })),
    hair: s("line", { class: "ncviz-hair" }),
  };
  cell.svg = s("svg", { class: "ncviz-chart", role: "img" }, cell.back, cell.layer, ...cell.losses, cell.hair);
  const [alice, bob] = HEADS.map((head, k) =>
    h("span", {}, h("b", { class: `ncviz-text-${head}` }, "AB"[k] + setting[k]), " ", cell.tasks[k]),
  );
  const tasks = h("p", { class: "ncviz-fight-tasks" }, alice, " · ", bob);
  const picture = h("div", { class: "ncviz-fight-picture" }, cell.canvas, cell.svg);
  cell.root = h("div", { class: "ncviz-fight-cell" }, tasks, picture);
  return cell;
}

/** Where the three strips of a cell stand. */
function layout(width, data, top, bottomRow) {
  const pitch = clamp(96 / data.drawn, 7, 26);
  const box = { left: 30, right: width - 4, pitch, top: 2, tall: pitch * data.drawn, limit: top };
  box.cosine = [box.top + box.tall + 12, box.top + box.tall + 52];
  box.loss = [box.cosine[1] + 14, box.cosine[1] + 54];
  box.height = box.loss[1] + (bottomRow ? 34 : 18);
  box.bottomRow = bottomRow;
  box.x = scale(0, data.steps, box.left, box.right);
  box.yCosine = scale(-1, 1, box.cosine[1], box.cosine[0]);
  box.yLoss = scale(0, top, box.loss[1], box.loss[0]);
  return box;
}

function axes(box, data) {
  const { left, right, cosine, loss } = box;
  const tick = (text, y) => tickAt(left - 4, y + 4, "end", text);
  const grid = (y) => rule("ncviz-grid", left, right, y);
  const every = Math.ceil(12 / box.pitch);
  const rows = Array.from({ length: data.drawn }, (_, k) => k).filter((k) => k % every === 0);
  return [
    ...rows.map((k) => tick(String(k + 1), box.top + (k + 0.5) * box.pitch)),
    ...[1, 0, -1].map((value) => grid(box.yCosine(value))),
    ...[1, -1].map((value) => tick(number(value, 0), box.yCosine(value))),
    grid(loss[0]),
    rule("ncviz-axis", left, right, loss[1]),
    ...[0, box.limit].map((value) => tick(number(value, 0), box.yLoss(value))),
    axisName(right, cosine[0] + 10, "end", "cosine of the layer"),
    axisName(right, loss[0] + 10, "end", "losses (nats)"),
    ...stepTicks(data.steps, box.x, loss[1] + 15, (right - left) / 90),
    ...(box.bottomRow ? [axisName((left + right) / 2, loss[1] + 30, "middle", "training step")] : []),
  ];
}

/** The pulls as colours over a neutral ground: the stronger, the less of it shines through. */
function paint(canvas, pulls, data, box) {
  const sharp = devicePixelRatio || 1;
  const [width, height] = [box.right - box.left, box.tall];
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  Object.assign(canvas.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${width}px`, height: `${height}px` });
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const x = scale(0, data.steps, 0, width);
  const ends = Array.from(data.step, (_, k) =>
    x(k + 1 < data.count ? data.step[k + 1] : Math.min(data.steps, data.step[k] + data.steps / 100)),
  );
  pen.fillStyle = colour("--ncviz-neutral");
  pen.fillRect(0, 0, ends.at(-1), height);
  pulls.forEach((values, row) => {
    values.forEach((value, k) => {
      pen.globalAlpha = clamp(Math.abs(value), 0, 1);
      pen.fillStyle = colour(value < 0 ? "--ncviz-minus" : "--ncviz-plus");
      const from = x(data.step[k]);
      pen.fillRect(from, row * box.pitch, ends[k] - from, box.pitch);
    });
  });
  pen.globalAlpha = 1;
  pen.fillStyle = colour("--ncviz-bg");
  for (let row = 1; row < data.drawn; row++) pen.fillRect(0, row * box.pitch - 0.5, width, 1);
}

function drawCell(cell, k, data, top, width, picked) {
  const [a, b] = SETTINGS[k];
  const [alice, bob] = [data.tasks[a - 1], data.tasks[1 + Number(b)]];
  cell.tasks.forEach((task, head) => say(task, [alice, bob][head]));
  const box = layout(width, data, top, a === "2");
  const name = `Pulls at ${data.drawn} neurons, Alice on A${a} ${alice} with Bob on B${b} ${bob}`;
  put(cell.svg, { width, height: box.height, "aria-label": name });
  layer(cell.back, [width, data.drawn, data.steps, top], () => axes(box, data));
  paint(cell.canvas, data.pull[k], data, box);
  put(cell.layer, { d: linePath(data.step, data.layer[k], box.x, box.yCosine) });
  data.losses[k].forEach((values, head) => {
    const inside = Float32Array.from(values, (value) => Math.min(value, top));
    put(cell.losses[head], { d: linePath(data.step, inside, box.x, box.yLoss) });
  });
  drawHair(cell.hair, box, box.loss[1], picked < 0 ? null : px(box.x(data.step[picked])));
  return box;
}

function topOf({ losses }) {
  const all = Float32Array.from(losses.flat().flatMap((values) => Array.from(values)))
    .filter(Number.isFinite)
    .sort();
  return Math.max(1, Math.ceil(all[Math.floor(0.98 * (all.length - 1))] ?? 1));
}

const swatch = (look) =>
  h("span", { class: `ncviz-fight-swatch ncviz-fight-${look}`, "aria-hidden": "true" });

function legend([weak, strong]) {
  const key = (look, text) => h("span", { class: "ncviz-key" }, swatch(look), text);
  const [together, against] = [key("with", "they pull together"), key("against", "they pull against each other")];
  const range = h("span", {}, `full colour from ${strong}, none below ${weak} nats per unit of weight`);
  const lines = HEADS.map((head) => curveKey(`ncviz-line ncviz-fight-line ncviz-of-${head}`, NAMES[head]).root);
  return h("div", { class: "ncviz-row ncviz-legend" }, together, against, range, ...lines);
}

const LOOKS = { with: "together", against: "against", across: "across" };

function rowOf(data, k, neuron, ordered) {
  const [cosine, size, share] = data.table.map((part) => part[neuron][k]);
  const weak = size < data.range[0];
  const look = weak || Math.abs(cosine) < ACROSS ? "across" : cosine < 0 ? "against" : "with";
  const alice = Math.round(share * 100);
  const used = h("span", { class: "ncviz-fight-share", "aria-hidden": "true" }, h("span", { style: `width: ${alice}%` }));
  const [ofAlice, ofBob] = HEADS.map((head, k) =>
    h("span", { class: `ncviz-text-${head}` }, `${k ? 100 - alice : alice} %`),
  );
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, ordered ? `${neuron + 1}.` : String(neuron + 1)),
    h("td", {}, swatch(look), weak ? "none to speak of" : LOOKS[look]),
    h("td", {}, number(cosine)),
    h("td", {}, size < 0.0005 ? "under 0.001" : number(size, 3)),
    h("td", {}, used, ofAlice, " · ", ofBob),
  );
}

function makeTable() {
  const head = (...text) => h("th", { scope: "col" }, ...text);
  const first = head("neuron");
  const [alice, bob] = HEADS.map((name) => h("span", { class: `ncviz-text-${name}` }, NAMES[name]));
  const users = head("used by ", alice, " · ", bob);
  const caption = h("caption", { class: "ncviz-unseen" });
  const body = h("tbody", {});
  const top = h("thead", {}, h("tr", {}, first, head("the heads pull"), head("cosine"), head("pull"), users));
  return { first, caption, body, root: h("table", { class: "ncviz-table ncviz-fight-table" }, caption, top, body) };
}

function drawTable(table, data, k) {
  const ordered = data.over === "all";
  say(table.first, ordered ? "rank" : "neuron");
  say(table.caption, `Neurons in ${settingName(data.setting)} at step ${data.step[k]}`);
  table.body.replaceChildren(...Array.from({ length: data.drawn }, (_, neuron) => rowOf(data, k, neuron, ordered)));
}

function render({ model, el }) {
  const parts = card(el, "Who fights over which neuron");
  const chooser = makeChooser(model);
  const key = h("div", {});
  const stepLine = h("p", { class: "ncviz-readout" });
  const cells = SETTINGS.map(makeCell);
  const grid = h("div", { class: "ncviz-fight-grid", role: "group", tabindex: 0 }, ...cells.map(({ root }) => root));
  const table = makeTable();
  const notAll = h("p", { class: "ncviz-readout" });
  const picture = h("div", {}, key, stepLine, grid, chooser.below, table.root, notAll);
  parts.body.append(chooser.top);
  const explain = orProblem(parts, picture);
  const now = { data: null, boxes: [] };

  function draw(frame, widthOf) {
    const what = frame?.over === "all" ? "mean of all runs; neurons ordered by how much they are fought over" : `run ${frame?.run}`;
    if (!fillCard(parts, frame, what)) return;
    drawChooser(chooser, model, frame);
    explain(frame.problem);
    if (frame.problem) return;
    const data = (now.data = unpack(frame));
    layer(key, frame.range, () => [legend(frame.range)]);
    grid.dataset.size = widthOf(parts.body) < 520 ? "narrow" : "wide";
    put(grid, { "aria-label": `Pulls at every neuron. ${frame.caption ?? ""}` });
    const last = data.count - 1;
    const picked = choice.at();
    const top = topOf(data);
    const inner = widthOf(cells[0].root);
    now.boxes = cells.map((cell, k) => drawCell(cell, k, data, top, inner, picked));
    const at = picked < 0 ? last : picked;
    drawTable(table, data, at);
    readout(stepLine, `The table below is at step ${data.step[at]}. Point at the maps, or use the arrow keys, for another.`, choice.byKey);
    sayIf(notAll, frame.hidden > frame.drawn ? `Only ${frame.drawn} of ${frame.hidden} neurons are drawn.` : "");
  }

  const view = live(model, el, draw, ["run", "over", "setting"]);
  const choice = scrub(grid, view, cells, now);
  return together(onTheme(view.redraw), view.stop);
}

export default answering(render);
