// The regime map: a table of buttons, coloured by S or by how the training behaves.

const SIGNS = { converges: "—", oscillates: "~", diverges: "×" };
const HINT = "Press a cell to set the Explorer to it; the arrow keys go from cell to cell.";
const MOVED = "The Explorer stands at none of these cells.";
const LETTERS = 27; // pixels that a number needs

/** How a cell is coloured: a class for the pole, and how much of it. */
function colour(place, by, { middle, full }) {
  if (!place.S) return { pole: "unfinished", share: 0 };
  if (by === "regime") return { pole: place.regime, share: 1 };
  const [value] = place.S;
  if (!known(value)) return { pole: "diverges", share: 1 };
  const away = clamp((value - middle) / full, -1, 1);
  return { pole: away < 0 ? "below" : "above", share: Math.abs(away) };
}

function textOf(place, by) {
  if (!place.S) return "";
  const value = number(place.S[0]);
  return by === "regime" ? `${value}\n${SIGNS[place.regime]}` : value;
}

function legend(by, { middle, full }) {
  const key = (look, text) => h("span", { class: "ncviz-key" }, h("i", { class: look }), text);
  const cell = (pole) => `ncviz-regime-sample ncviz-regime-${pole}`;
  const colours =
    by === "S"
      ? [
          key(cell("below"), `S ≤ ${number(middle - full)}`),
          key(cell("middle"), `S = ${number(middle, 0)}`),
          key(cell("above"), `S ≥ ${number(middle + full)}`),
        ]
      : Object.entries(SIGNS).map(([name, sign]) => key(cell(name), `${name} ${sign}`));
  return [
    ...colours,
    key(cell("unfinished"), "not finished"),
    key("ncviz-regime-sample ncviz-regime-here", "you are here"),
  ];
}

function render({ model, el }) {
  const parts = card(el, "Regimes: hidden neurons and learning rate");
  say(parts.wait, "no sweep yet");
  keepKeys(el);
  el.classList.add("ncviz-control");
  const keys = h("div", { class: "ncviz-legend" });
  const name = h("span", { class: "ncviz-sub" }, "learning rate");
  const table = h("div", { class: "ncviz-regimes", role: "group", "aria-label": "Cells of the sweep" });
  const below = h("p", { class: "ncviz-sub ncviz-regime-axis" }, "hidden neurons");
  const said = h("p", { class: "ncviz-readout ncviz-regime-said" });
  const choices = ["S", "regime"].map((by) => {
    const button = wordButton(by === "S" ? "S" : "Regime", () => {
      model.set("by", by);
      model.save_changes();
    });
    return { by, button };
  });
  const chooser = h(
    "div",
    { class: "ncviz-actions ncviz-regime-by", role: "group", "aria-label": "Coloured by" },
    h("span", { class: "ncviz-sub", "aria-hidden": "true" }, "coloured by"),
    ...choices.map(({ button }) => button),
  );
  parts.body.append(chooser, keys, name, table, below, said);

  let cells = []; // rows of buttons, null where there is no such cell
  let pointed = null;
  let frame = {};

  const flat = () => cells.flat().filter(Boolean);

  function tell() {
    const row = pointed && frame.rows?.[pointed[0]];
    say(said, row?.[pointed[1]]?.said ?? (frame.moved ? `${MOVED} ${HINT}` : HINT));
  }

  function press(row, column) {
    model.send({ choose: frame.rates[row], hidden: frame.hidden[column] });
  }

  function makeCell(row, column) {
    const cell = wordButton("", () => press(row, column), { class: "ncviz-regime" });
    const point = () => {
      pointed = [row, column];
      tell();
    };
    const leave = () => {
      pointed = null;
      tell();
    };
    cell.addEventListener("focus", () => {
      for (const other of flat()) other.tabIndex = other === cell ? 0 : -1;
      point();
    });
    cell.addEventListener("pointerenter", point);
    cell.addEventListener("pointerleave", leave);
    cell.addEventListener("blur", leave);
    return cell;
  }

  function build() {
    cells = frame.rows.map((row, i) => row.map((place, k) => (place ? makeCell(i, k) : null)));
    const [i, k] = frame.here ?? [];
    const first = cells[i]?.[k] ?? flat()[0];
    for (const cell of flat()) cell.tabIndex = cell === first ? 0 : -1;
    const label = (text, look = "") =>
      h("span", { class: `ncviz-tick-word ${look}`, "aria-hidden": "true" }, text);
    const rows = cells.flatMap((row, r) => [label(String(frame.rates[r])), ...row.map((cell) => cell ?? h("span"))]);
    table.style.gridTemplateColumns = `auto repeat(${frame.hidden.length}, minmax(0, 1fr))`;
    return [...rows, label(""), ...frame.hidden.map((n) => label(String(n), "ncviz-tick-below"))];
  }

  // One stop of the Tab key for the whole map; the arrow keys move within it.
  table.addEventListener("keydown", (event) => {
    const row = cells.findIndex((some) => some.includes(event.target));
    if (row < 0) return;
    const column = cells[row].indexOf(event.target);
    const [down, right] = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
    }[event.key] ?? [0, 0];
    const ends = { Home: 0, End: cells[row].length - 1 };
    const to = event.key in ends ? ends[event.key] : column + right;
    if (!(event.key in ends) && !down && !right) return;
    event.preventDefault();
    cells[row + down]?.[to]?.focus();
  });

  function draw(now) {
    frame = now ?? {};
    const by = model.get("by");
    if (!fillCard(parts, frame, "mean of S in each cell")) return;
    for (const choice of choices) put(choice.button, { "aria-pressed": choice.by === by });
    layer(keys, by, () => legend(by, frame));
    const there = frame.rows.map((row) => row.map(Boolean));
    layer(table, [frame.hidden, frame.rates, there], build);
    const wide = (parts.body.clientWidth - 40) / frame.hidden.length;
    table.classList.toggle("ncviz-regimes-small", wide < LETTERS + 12);
    cells.forEach((row, i) =>
      row.forEach((cell, k) => {
        if (!cell) return;
        const place = frame.rows[i][k];
        const { pole, share } = colour(place, by, frame);
        const here = frame.here?.[0] === i && frame.here?.[1] === k;
        cell.className = `ncviz-regime ncviz-regime-${pole}${here ? " ncviz-regime-here" : ""}`;
        cell.style.setProperty("--share", `${Math.round(share * 100)}%`);
        say(cell, wide < LETTERS - 6 ? "" : textOf(place, by));
        put(cell, { "aria-label": place.said + (here ? "; you are here" : "") });
        if (here) put(cell, { "aria-current": "true" });
        else cell.removeAttribute("aria-current");
      }),
    );
    tell();
  }

  return live(model, el, draw, ["by"]).stop;
}

export default answering(render);
