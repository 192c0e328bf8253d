// A table of the points that Alice or Bob gets wrong.

const MOST_ROWS = 6;

function wrongRows({ points, wrong, labels }) {
  return points
    .map((count, point) => ({ point, count, wrong: wrong[point], labels: labels[point] }))
    .filter((row) => row.wrong[0] + row.wrong[1] > 0)
    .sort((a, b) => b.wrong[0] + b.wrong[1] - a.wrong[0] - a.wrong[1] || a.point - b.point);
}

function makeRow() {
  const cells = BITS.map(() => h("td", {}));
  const heads = HEADS.map((head) => ({
    label: h("td", { class: "ncviz-wrong-label" }),
    text: h("span", {}),
    bar: h("div", { class: `ncviz-wrong-bar ncviz-of-${head}` }),
  }));
  const ofHead = ({ label, text, bar }) => [
    label,
    h("td", { class: "ncviz-wrong-count" }, text, h("div", { class: "ncviz-wrong-track" }, bar)),
  ];
  return { cells, heads, root: h("tr", {}, ...cells, ...heads.flatMap(ofHead)) };
}

/** "3 of 32"; where there is little room "3/32". */
const countText = (wrong, count, short) => (wrong ? `${wrong}${short ? "/" : " of "}${count}` : "none");

function fillRow(row, { point, count, wrong, labels }, short) {
  row.cells.forEach((cell, bit) => say(cell, String((point >> (3 - bit)) & 1)));
  row.heads.forEach(({ label, text, bar }, head) => {
    say(label, String(labels[head]));
    say(text, countText(wrong[head], count, short));
    bar.style.width = `${(wrong[head] / count) * 100}%`;
  });
}

function makeWrongPoints() {
  const rows = Array.from({ length: MOST_ROWS }, makeRow);
  const more = h("p", { class: "ncviz-wrong-more" });
  const column = (text, span = 1) =>
    h("th", { scope: span > 1 ? "colgroup" : "col", colspan: span }, text);
  const head = (name) => h("b", { class: `ncviz-text-${name}` }, NAMES[name]);
  const names = [h("td", { colspan: BITS.length }), ...HEADS.map((name) => column(head(name), 2))];
  const columns = [...BITS, "right answer", "wrong", "right answer", "wrong"].map((text) => column(text));
  const table = h(
    "table",
    { class: "ncviz-table ncviz-wrong" },
    h("caption", { class: "ncviz-unseen" }, "Held-out points that Alice or Bob gets wrong"),
    h("thead", {}, h("tr", {}, ...names), h("tr", {}, ...columns)),
    h("tbody", {}, ...rows.map((row) => row.root)),
  );
  const root = h("div", { class: "ncviz-wrong-room" }, h("h4", {}, "Points answered wrong"), table, more);
  return { root, table, more, rows };
}

function drawWrongPoints(view, frame, width) {
  const narrow = width < 290;
  const short = narrow && (width < 250 || Math.max(...frame.points) > 99);
  view.table.dataset.size = narrow ? "narrow" : "wide";
  const wrong = wrongRows(frame);
  view.rows.forEach((row, i) => {
    row.root.hidden = i >= wrong.length;
    if (i < wrong.length) fillRow(row, wrong[i], short);
  });
  view.table.hidden = wrong.length === 0;
  const rest = wrong.length - MOST_ROWS;
  const none = "Every held-out point is answered right.";
  say(view.more, wrong.length === 0 ? none : rest > 0 ? `and ${rest} more` : "");
}
