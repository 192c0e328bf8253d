// What accounts for S: a bar from 2 to the largest CHSH form, in its parts, above what the
// measured influence allows; then each number with what it says.

const HEIGHT = 20;
const ROWS = { form: 20, influence: 78, base: 108 };

function layout(width, numbers) {
  const ends = Object.values(numbers).flat().filter(known);
  const most = 2 + Math.ceil(Math.max(0.5, ...ends) * 4 + 0.2) / 4;
  const box = { left: 8, right: width - 14, height: ROWS.base + 36, most };
  box.x = scale(2, most, box.left, box.right);
  return box;
}

function axis(box) {
  const count = clamp((box.right - box.left) / 80, 2, 6);
  return [
    s("line", { class: "ncviz-account-two", x1: box.left, x2: box.left, y1: 4, y2: ROWS.base }),
    s("line", { class: "ncviz-axis", x1: box.left, x2: box.right, y1: ROWS.base, y2: ROWS.base }),
    ...ticks(2, box.most, count).map((value) =>
      s(
        "text",
        { class: "ncviz-tick", x: box.x(value), y: ROWS.base + 15, "text-anchor": "middle" },
        number(value, Number.isInteger(value) ? 0 : Number.isInteger(value * 10) ? 1 : 2),
      ),
    ),
    s(
      "text",
      { class: "ncviz-axis-name", x: box.right, y: ROWS.base + 31, "text-anchor": "end" },
      // Half a sentence would stick out on a page at 400 %.
      box.right < 220 ? "CHSH value" : "CHSH value; at most 2 without influence",
    ),
  ];
}

const block = (look, from, to, y, box) =>
  to > from
    ? [s("rect", { class: look, x: box.x(from), width: box.x(to) - box.x(from), y, height: HEIGHT })]
    : [];

/** An interval of numbers above 2: a line with end caps. */
function whisker([, low, high], y, box) {
  if (!known(low) || !known(high) || high <= 0) return [];
  const [from, to] = [box.x(2 + Math.max(0, low)), box.x(2 + high)];
  const cap = (x) => `M${px(x)},${y - 3.5}v7`;
  const ends = low > 0 ? cap(from) + cap(to) : cap(to);
  return [s("path", { class: "ncviz-account-whisker", d: `M${px(from)},${y}H${px(to)}${ends}` })];
}

/** A number at the place where it stands, kept inside of the picture. */
function label(text, at, y, box) {
  const half = text.length * 3.1;
  const x = clamp(box.x(Math.max(2, at)), box.left + half + 4, box.right + 12 - half);
  return s("text", { class: "ncviz-label", x, y, "text-anchor": "middle" }, text);
}

function bars(frame, numbers, box) {
  const { excess, delta, influence } = numbers;
  const explained = 2 + frame.explained;
  const top = ROWS.form;
  const low = ROWS.influence;
  return [
    ...block("ncviz-account-slack", explained, explained + frame.slack, top, box),
    ...block("ncviz-account-explained", 2, explained, top, box),
    ...block("ncviz-account-rest", explained, explained + frame.rest, top, box),
    ...whisker(excess, top + 5, box),
    ...whisker(delta, top + 15, box),
    label(`s_odd = ${number(2 + excess[0])}`, 2 + excess[0], top - 6, box),
    label(`2 + δ = ${number(2 + delta[0])}`, 2 + delta[0], top + HEIGHT + 13, box),
    ...block("ncviz-account-influence", 2, 2 + influence[0], low, box),
    ...whisker(influence, low + 10, box),
    label(`2 + 2Σf = ${number(2 + influence[0])}`, 2 + influence[0], low - 6, box),
  ];
}

function line({ key, name, formula, number: triple, words }) {
  const [value] = triple;
  return h(
    "li",
    {},
    h("span", { class: `ncviz-swatch ncviz-swatch-${key}`, "aria-hidden": "true" }),
    h(
      "span",
      {},
      `${name} `,
      h("span", { class: "ncviz-formula" }, formula),
      " = ",
      h("b", {}, number(value)),
      " ",
      h("span", { class: "ncviz-spread" }, interval(triple)),
      h("span", { class: "ncviz-account-words" }, words),
    ),
  );
}

/** The hatch of a part that colour alone would not tell from the others. */
function hatch(id, look) {
  return s(
    "pattern",
    { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    s("rect", { class: `${look}-back`, width: 6, height: 6 }),
    s("rect", { class: look, width: 3, height: 6 }),
  );
}

function render({ model, el }) {
  const parts = card(el, "What accounts for S");
  const ids = { rest: uniqueId("rest"), influence: uniqueId("influence") };
  const back = s("g");
  const marks = s("g", { class: "ncviz-curve" });
  const svg = s(
    "svg",
    { class: "ncviz-chart ncviz-account", role: "img" },
    s("defs", {}, hatch(ids.rest, "ncviz-hatch-rest"), hatch(ids.influence, "ncviz-hatch-influence")),
    back,
    marks,
  );
  svg.style.setProperty("--ncviz-rest-fill", `url(#${ids.rest})`);
  svg.style.setProperty("--ncviz-influence-fill", `url(#${ids.influence})`);
  const list = h("ul", { class: "ncviz-account-lines" });
  parts.body.append(svg, list);

  function draw(frame) {
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval`)) return;
    parts.body.hidden = !frame.lines;
    if (!frame.lines) return;
    const numbers = Object.fromEntries(frame.lines.map((each) => [each.key, each.number]));
    const width = parts.body.clientWidth;
    const box = layout(width, { ...numbers, rest: [] });
    put(svg, { width, height: box.height, "aria-label": `What accounts for S. ${frame.caption ?? ""}` });
    layer(back, [width, box.most], () => axis(box));
    marks.replaceChildren(...bars(frame, numbers, box));
    layer(list, frame.lines, () => frame.lines.map(line));
  }

  return live(model, el, draw).stop;
}

export default answering(render);
