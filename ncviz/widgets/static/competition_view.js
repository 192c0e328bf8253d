// Who fights over which neuron: a map of neurons × time for each setting, with the cosine of the
// whole layer and the losses below it; then a table of the neurons in one setting.

const SETTINGS = ["11", "12", "21", "22"];
const HEADS = ["alice", "bob"];
const settingName = ([alice, bob]) => `A${alice} with B${bob}`;
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

/** What to look at: one run or all of them, and the setting of the table. */
function makeChooser(model) {
  const set = (trait, value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const ids = ["over", "run", "setting"].map(uniqueId);
  const over = h(
    "select",
    { id: ids[0] },
    h("option", { value: "run" }, "one run"),
    h("option", { value: "all" }, "the mean of all runs"),
  );
  const run = h("input", { id: ids[1], type: "number", min: 0, step: 1, inputmode: "numeric" });
  const runBox = h("span", {}, h("label", { for: ids[1] }, "Run"), " ", run);
  const setting = h(
    "select",
    { id: ids[2] },
    ...SETTINGS.map((each) => h("option", { value: each }, settingName(each))),
  );
  over.addEventListener("change", () => set("over", over.value));
  setting.addEventListener("change", () => set("setting", setting.value));
  run.addEventListener("change", () => {
    const value = Math.round(Number(run.value));
    run.value = Number.isFinite(value) ? clamp(value, 0, Number(run.max)) : model.get("run");
    set("run", Number(run.value));
  });
  const top = h(
    "div",
    { class: "ncviz-fight-chooser" },
    h("span", {}, h("label", { for: ids[0] }, "Show"), " ", over),
    runBox,
  );
  const below = h(
    "div",
    { class: "ncviz-fight-chooser" },
    h("label", { for: ids[2] }, "Neurons in"),
    setting,
  );
  for (const node of [top, below]) keepKeys(node);
  return { top, below, over, run, runBox, setting };
}

function drawChooser(chooser, model, frame) {
  const { over, run, setting } = chooser;
  put(run, { max: Math.max(0, frame.kept - 1) });
  chooser.runBox.hidden = frame.over !== "run";
  // A box being typed in is not overwritten.
  for (const [node, value] of [
    [over, model.get("over")],
    [run, frame.run],
    [setting, model.get("setting")],
  ]) {
    if (document.activeElement !== node) node.value = value;
  }
}

function makeCell(setting) {
  const [x, y] = [Number(setting[0]), Number(setting[1])];
  const cell = {
    alice: h("span", {}),
    bob: h("span", {}),
    canvas: h("canvas", { "aria-hidden": "true" }),
    back: s("g"),
    layer: s("path", { class: "ncviz-fight-layer ncviz-curve" }),
    losses: HEADS.map((head) => s("path", { class: `ncviz-fight-loss ncviz-fight-${head} ncviz-curve` })),
    hair: s("line", { class: "ncviz-hair" }),
  };
  cell.svg = s("svg", { class: "ncviz-chart", role: "img" }, cell.back, cell.layer, ...cell.losses, cell.hair);
  const name = (letter, look, words) =>
    h("span", {}, h("b", { class: `ncviz-text-${look}` }, letter), " ", words);
  cell.root = h(
    "div",
    { class: "ncviz-fight-cell" },
    h("p", { class: "ncviz-fight-tasks" }, name(`A${x}`, "alice", cell.alice), " · ", name(`B${y}`, "bob", cell.bob)),
    h("div", { class: "ncviz-fight-picture" }, cell.canvas, cell.svg),
  );
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
  const tick = (text, y) => s("text", { class: "ncviz-tick", x: box.left - 4, y: y + 4, "text-anchor": "end" }, text);
  const rule = (y, look = "ncviz-grid") => s("line", { class: look, x1: box.left, x2: box.right, y1: y, y2: y });
  const every = Math.ceil(12 / box.pitch);
  const rows = Array.from({ length: data.drawn }, (_, k) => k).filter((k) => k % every === 0);
  const middle = (box.left + box.right) / 2;
  return [
    ...rows.map((k) => tick(String(k + 1), box.top + (k + 0.5) * box.pitch)),
    ...[1, 0, -1].map((value) => rule(box.yCosine(value))),
    ...[1, -1].map((value) => tick(number(value, 0), box.yCosine(value))),
    rule(box.loss[0]),
    rule(box.loss[1], "ncviz-axis"),
    ...[0, box.limit].map((value) => tick(number(value, 0), box.yLoss(value))),
    s("text", { class: "ncviz-axis-name", x: box.right, y: box.cosine[0] + 10, "text-anchor": "end" }, "cosine of the layer"),
    s("text", { class: "ncviz-axis-name", x: box.right, y: box.loss[0] + 10, "text-anchor": "end" }, "losses (nats)"),
    ...stepTicks(data.steps, box.x, box.loss[1] + 15, (box.right - box.left) / 90),
    ...(box.bottomRow
      ? [s("text", { class: "ncviz-axis-name", x: middle, y: box.loss[1] + 30, "text-anchor": "middle" }, "training step")]
      : []),
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
  const [x, y] = [Math.floor(k / 2), k % 2];
  say(cell.alice, data.tasks[x]);
  say(cell.bob, data.tasks[2 + y]);
  const box = layout(width, data, top, x === 1);
  put(cell.svg, {
    width,
    height: box.height,
    "aria-label": `Pulls at ${data.drawn} neurons, Alice on A${x + 1} ${data.tasks[x]} with Bob on B${y + 1} ${data.tasks[2 + y]}`,
  });
  layer(cell.back, [width, data.drawn, data.steps, top], () => axes(box, data));
  paint(cell.canvas, data.pull[k], data, box);
  put(cell.layer, { d: linePath(data.step, data.layer[k], box.x, box.yCosine) });
  data.losses[k].forEach((values, head) => {
    const inside = Float32Array.from(values, (value) => Math.min(value, top));
    put(cell.losses[head], { d: linePath(data.step, inside, box.x, box.yLoss) });
  });
  const at = picked < 0 ? 0 : px(box.x(data.step[picked]));
  put(cell.hair, { x1: at, x2: at, y1: box.top, y2: picked < 0 ? box.top : box.loss[1] });
  return box;
}

function topOf({ losses }) {
  const all = Float32Array.from(losses.flat().flatMap((values) => Array.from(values)))
    .filter(Number.isFinite)
    .sort();
  return Math.max(1, Math.ceil(all[Math.floor(0.98 * (all.length - 1))] ?? 1));
}

function legend([weak, strong]) {
  const swatch = (look, text) =>
    h("span", { class: "ncviz-key" }, h("span", { class: `ncviz-fight-swatch ncviz-fight-${look}`, "aria-hidden": "true" }), text);
  const lines = HEADS.map((head) => curveKey(`ncviz-fight-loss ncviz-fight-${head}`, head === "alice" ? "Alice" : "Bob").root);
  return h(
    "div",
    { class: "ncviz-legend" },
    swatch("with", "they pull together"),
    swatch("against", "they pull against each other"),
    h("span", {}, `full colour from ${strong}, none below ${weak} nats per unit of weight`),
    ...lines,
  );
}

const LOOKS = { with: "together", against: "against", across: "across" };

function rowOf(data, k, neuron, ordered) {
  const [cosine, size, share] = data.table.map((part) => part[neuron][k]);
  const weak = size < data.range[0];
  const look = weak || Math.abs(cosine) < ACROSS ? "across" : cosine < 0 ? "against" : "with";
  const alice = Math.round(share * 100);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, ordered ? `${neuron + 1}.` : String(neuron + 1)),
    h(
      "td",
      {},
      h("span", { class: `ncviz-fight-swatch ncviz-fight-${look}`, "aria-hidden": "true" }),
      weak ? "none to speak of" : LOOKS[look],
    ),
    h("td", {}, number(cosine)),
    h("td", {}, size < 0.0005 ? "under 0.001" : number(size, 3)),
    h(
      "td",
      {},
      h(
        "span",
        { class: "ncviz-fight-share", "aria-hidden": "true" },
        h("span", { style: `width: ${alice}%` }),
      ),
      h("span", { class: "ncviz-text-alice" }, `${alice} %`),
      " · ",
      h("span", { class: "ncviz-text-bob" }, `${100 - alice} %`),
    ),
  );
}

function makeTable() {
  const head = (text) => h("th", { scope: "col" }, text);
  const first = head("neuron");
  const users = h(
    "th",
    { scope: "col" },
    "used by ",
    h("span", { class: "ncviz-text-alice" }, "Alice"),
    " · ",
    h("span", { class: "ncviz-text-bob" }, "Bob"),
  );
  const caption = h("caption", { class: "ncviz-unseen" });
  const body = h("tbody", {});
  const top = h("thead", {}, h("tr", {}, first, head("the heads pull"), head("cosine"), head("pull"), users));
  return { first, caption, body, root: h("table", { class: "ncviz-fight-table" }, caption, top, body) };
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
  const problem = h("p", { class: "ncviz-wait" });
  const key = h("div", {});
  const stepLine = h("p", { class: "ncviz-readout" });
  const cells = SETTINGS.map(makeCell);
  const grid = h("div", { class: "ncviz-fight-grid", role: "group", tabindex: 0 }, ...cells.map(({ root }) => root));
  const table = makeTable();
  const notAll = h("p", { class: "ncviz-readout" });
  const picture = h("div", {}, key, stepLine, grid, chooser.below, table.root, notAll);
  parts.body.append(chooser.top, problem, picture);
  let data = null;
  let boxes = [];

  const grip = {
    steps: () => data?.step ?? [],
    stepAt(event) {
      const which = cells.findIndex((cell) => cell.root.contains(event.target));
      if (which < 0 || !boxes[which]) return null;
      const at = event.clientX - cells[which].svg.getBoundingClientRect().left;
      const { left, right } = boxes[which];
      return clamp(((at - left) / (right - left)) * data.steps, 0, data.steps);
    },
  };

  function draw(frame) {
    const what = frame?.over === "all" ? "mean of all runs; neurons ordered by how much they are fought over" : `run ${frame?.run}`;
    if (!fillCard(parts, frame, what)) return;
    drawChooser(chooser, model, frame);
    say(problem, frame.problem);
    problem.hidden = !frame.problem;
    picture.hidden = Boolean(frame.problem);
    parts.caption.hidden = Boolean(frame.problem); // it says the same
    if (frame.problem) return;
    data = unpack(frame);
    layer(key, frame.range, () => [legend(frame.range)]);
    grid.dataset.size = parts.body.clientWidth < 520 ? "narrow" : "wide";
    put(grid, { "aria-label": `Pulls at every neuron. ${frame.caption ?? ""}` });
    const last = data.count - 1;
    const picked = choice.step === null ? -1 : nearest(data.step, choice.step);
    const top = topOf(data);
    const inner = Math.floor(cells[0].root.clientWidth);
    boxes = cells.map((cell, k) => drawCell(cell, k, data, top, inner, picked));
    const at = picked < 0 ? last : picked;
    drawTable(table, data, at);
    readout(stepLine, `The table below is at step ${data.step[at]}. Point at the maps, or use the arrow keys, for another.`, choice.byKey);
    notAll.hidden = frame.hidden <= frame.drawn;
    say(notAll, `Only ${frame.drawn} of ${frame.hidden} neurons are drawn.`);
  }

  const view = live(model, el, draw, ["run", "over", "setting"]);
  const choice = scrub(grid, view.signal, grip, view.redraw);
  const theme = new MutationObserver(view.redraw);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => {
    theme.disconnect();
    view.stop();
  };
}

export default answering(render);
