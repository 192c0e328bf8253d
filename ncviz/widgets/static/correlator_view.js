// How S adds up: the four correlators as a table, and the sum.

const SIGNS = ["+", "+", "+", "−"];

/** "1.00 + 0.83 + 0.80 − 0.36"; a negative term stands in brackets. */
function sumText(correlators) {
  return correlators
    .map(([value], i) => {
      const text = number(value);
      const sign = i ? ` ${SIGNS[i]} ` : "";
      return sign + (i && /^[−–]/.test(text) ? `(${text})` : text);
    })
    .join("");
}

// Whether the numbers as they are written, with two digits, add up to S as it is written.
function addsUp(correlators, s) {
  const [first, second, third, last, total] = [...correlators, s].map((triple) =>
    Math.round(100 * Number((triple?.[0] ?? NaN).toFixed(2))),
  );
  return first + second + third - last === total;
}

function makeCell(sign) {
  const value = h("span", { class: "ncviz-value" });
  const spread = h("span", { class: "ncviz-spread" });
  const mark = h("span", { class: "ncviz-sign" }, sign === "−" ? "− subtracted" : "+ added");
  return { root: h("td", {}, mark, value, spread), value, spread };
}

function heading(letter, scope) {
  const name = h("span", { class: "ncviz-task-name" });
  const head = letter[0] === "A" ? "alice" : "bob";
  return { root: h("th", { scope }, h("b", { class: `ncviz-text-${head}` }, letter), " ", name), name };
}

function render({ model, el }) {
  const parts = card(el, "How S adds up");
  const heads = ["A1", "A2", "B1", "B2"].map((letter) => heading(letter, letter[0] === "A" ? "row" : "col"));
  const cells = SIGNS.map(makeCell);
  const sum = h("span", { class: "ncviz-terms" });
  const equals = h("span", {});
  const total = h("b", {});
  const spread = h("span", { class: "ncviz-spread" });
  const about = "Correlators C of Alice's and Bob's outcomes in the four settings";
  const row = (first, ...rest) => h("tr", {}, first, ...rest.map(({ root }) => root));
  const table = h(
    "table",
    { class: "ncviz-matrix" },
    h("caption", { class: "ncviz-unseen" }, about),
    h("thead", {}, row(h("td", { class: "ncviz-corner" }), heads[2], heads[3])),
    h("tbody", {}, row(heads[0].root, cells[0], cells[1]), row(heads[1].root, cells[2], cells[3])),
  );
  const terms = h("span", {}, "S = ", sum);
  const all = h("span", {}, equals, " ", total, " ", spread);
  parts.body.append(table, h("p", { class: "ncviz-row ncviz-sum" }, terms, " ", all));

  function draw(frame) {
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval`)) return;
    heads.forEach((head, i) => say(head.name, frame.tasks[i]));
    cells.forEach((cell, i) => {
      const triple = frame.correlators[i] ?? [];
      say(cell.value, number(triple[0]));
      say(cell.spread, interval(triple) || "\u00a0");
      cell.root.style.background = correlatorColour(triple[0]);
    });
    say(sum, sumText(frame.correlators.map((triple) => triple ?? [])));
    say(equals, addsUp(frame.correlators, frame.s) ? "=" : "≈");
    say(total, number(frame.s?.[0]));
    say(spread, interval(frame.s));
  }

  return live(model, el, draw).stop;
}

export default answering(render);
