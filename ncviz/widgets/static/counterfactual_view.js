// The same points under four settings: patterns of outcomes, and what they add to S − 2.

const TASKS = ["A1", "A2", "B1", "B2"];
const sign = (outcome) => (outcome > 0 ? "+" : "−");
const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);

/** A task's outcomes beside the partner's first task and its second. */
const PAIRS = [
  ({ alice }) => [alice[0], alice[1]],
  ({ alice }) => [alice[2], alice[3]],
  ({ bob }) => [bob[0], bob[2]],
  ({ bob }) => [bob[1], bob[3]],
];

const headOf = (task) => (task < 2 ? "alice" : "bob");
const partners = (task) => (task < 2 ? ["B1", "B2"] : ["A1", "A2"]);

function heading(task) {
  const partner = partners(task).map((name) => h("span", {}, name));
  return h(
    "th",
    { scope: "col" },
    h("b", { class: `ncviz-text-${headOf(task)}` }, TASKS[task]),
    h("span", { class: "ncviz-unseen" }, " beside "),
    h("span", { class: "ncviz-same-two" }, ...partner),
  );
}

function pairCell(pattern, task) {
  const two = PAIRS[task](pattern);
  const flips = pattern.flips[task];
  const look = flips ? `ncviz-same-flip ncviz-of-${headOf(task)}` : "";
  const signs = two.map((outcome) => h("span", {}, sign(outcome)));
  const cell = h("td", {}, h("span", { class: `ncviz-same-two ${look}` }, ...signs));
  if (flips) cell.append(h("span", { class: "ncviz-unseen" }, " flips"));
  return cell;
}

function rowOf(pattern, total) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, String(pattern.points)),
    ...TASKS.map((_, task) => pairCell(pattern, task)),
    h("td", { class: pattern.s > 2 ? "ncviz-same-lifts" : "" }, number(pattern.s, 0)),
    h("td", {}, signed(pattern.adds / total, 3)),
  );
}

/** A row with words in the place of a pattern. */
function sumRow({ points, adds }, total, text, look = null) {
  return h(
    "tr",
    { class: look },
    h("th", { scope: "row" }, String(points)),
    h("td", { colspan: 5, class: "ncviz-same-words" }, text),
    h("td", {}, signed(adds / total, 3)),
  );
}

function makeTable() {
  const caption = h("caption", { class: "ncviz-unseen" });
  const units = h("th", { scope: "col" });
  const adds = h("th", { scope: "col" }, "adds to S\u00a0−\u00a02");
  const body = h("tbody", {});
  const s = h("th", { scope: "col" }, "s");
  const head = h("thead", {}, h("tr", {}, units, ...TASKS.map((_, task) => heading(task)), s, adds));
  return { caption, units, body, root: h("table", { class: "ncviz-table ncviz-same" }, caption, head, body) };
}

function drawTable(table, frame) {
  const many = frame.units[1];
  say(table.caption, `Outcomes of the same ${many} in all four settings, + or −`);
  say(table.units, many.split(" ").at(-1)); // "points", "runs", "steps"
  const { rows, others, points, adds } = frame;
  const sum = `S − 2 = ${number(adds, 0)}/${points}`.replaceAll(" ", "\u00a0");
  layer(table.body, [rows, others, points], () => [
    ...rows.map((pattern) => rowOf(pattern, points)),
    ...(others.patterns ? [sumRow(others, points, `${others.patterns} other patterns`)] : []),
    sumRow(frame, points, sum, "ncviz-same-total"),
  ]);
}

function render({ model, el }) {
  const parts = card(el, "The same points under four settings");
  const run = runBox(model);
  const of = h("span", { class: "ncviz-sub" });
  const chooser = h("div", { class: "ncviz-row ncviz-chooser" }, ...labelled("Run", run), of);
  keepKeys(chooser);
  const table = makeTable();
  const limit = h("p", { class: "ncviz-readout" });
  const rule = h("p", { class: "ncviz-readout" }, "s = a11·b11 + a12·b12 + a21·b21 − a22·b22");
  const picture = h("div", {}, rule, table.root, limit);
  parts.body.append(chooser);
  const explain = orProblem(parts, picture);

  function draw(frame, widthOf) {
    const subtitle = frame?.of_a_run ? `run ${frame.run}` : "all runs";
    if (!fillCard(parts, frame, subtitle)) return;
    chooser.hidden = !frame.of_a_run;
    put(run, { max: frame.last });
    say(of, `0 to ${frame.last}`);
    showIn(run, frame.run);
    explain(frame.problem);
    if (frame.problem) return;
    table.root.dataset.size = widthOf(parts.body) < 340 ? "narrow" : "wide";
    drawTable(table, frame);
    say(limit, frame.limit);
  }

  return live(model, el, draw).stop;
}

export default answering(render);
