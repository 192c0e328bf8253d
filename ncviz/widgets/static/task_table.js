// The answers of one task for all 16 points: s1 s2 choose the row, s3 s4 the column.

const PAIRS = ["00", "01", "10", "11"];
const BITS = PAIRS.flatMap((row) => PAIRS.map((column) => row + column));

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-task-table");
  keepKeys(el);
  const group = uniqueId("slot");
  const radios = PAIRS.map((_, slot) => {
    const radio = h("input", { type: "radio", name: group, class: "ncviz-unseen" });
    radio.addEventListener("change", () => setTraits(model, { chosen: slot }));
    return radio;
  });
  const slotNames = radios.map(() => h("span"));
  const task = h("p", { class: "ncviz-task-name" });
  const cells = BITS.map((_bits, point) => {
    const toggle = () => model.send({ toggle: point, slot: model.get("chosen") });
    const cell = wordButton("", toggle, { class: "ncviz-answer", tabindex: point ? -1 : 0 });
    cell.addEventListener("focus", () => {
      for (const other of cells) other.tabIndex = other === cell ? 0 : -1;
    });
    return cell;
  });
  const header = (text) => h("span", { "aria-hidden": "true" }, text); // the cells' names say it
  const grid = h("div", { class: "ncviz-answers", role: "group" });
  grid.append(header(""), fill(header("s3 s4"), { class: "ncviz-answers-over" }, []));
  grid.append(header("s1 s2"), ...PAIRS.map(header));
  PAIRS.forEach((pair, row) => grid.append(header(pair), ...cells.slice(4 * row, 4 * row + 4)));
  const segments = radios.map((radio, k) => h("label", {}, radio, slotNames[k]));
  const slots = h("div", { class: "ncviz-segments" }, ...segments);
  const hint = h("p", { class: "ncviz-hint" }, "Press an answer to change it: the task becomes your own.");
  el.replaceChildren(h("fieldset", {}, h("legend", {}, "Task to edit"), slots), task, grid, hint);

  // One stop of the Tab key for the whole grid; the arrow keys move within it.
  grid.addEventListener("keydown", (event) => {
    const at = cells.indexOf(event.target);
    const [row, column] = [at >> 2, at & 3];
    const to = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [row, 0],
      End: [row, 3],
    }[event.key];
    if (at < 0 || !to) return;
    event.preventDefault();
    cells[4 * clamp(to[0], 0, 3) + clamp(to[1], 0, 3)].focus();
  });

  return follow(model, ["slots", "chosen"], () => {
    const slots = model.get("slots");
    const chosen = model.get("chosen");
    slots.forEach(({ slot, name }, k) => {
      say(slotNames[k], slot);
      put(radios[k], { "aria-label": `${slot}: ${name}` });
      radios[k].checked = k === chosen;
    });
    const { slot, name, labels } = slots[chosen];
    say(task, name);
    HEADS.forEach((head, k) => el.classList.toggle(`ncviz-of-${head}`, slot.startsWith("AB"[k])));
    put(grid, { "aria-label": `Answers of ${slot}, ${name}` });
    cells.forEach((cell, point) => {
      const words = [...BITS[point]].map((bit, k) => `s${k + 1} ${bit}`).join(", ");
      say(cell, String(labels[point]));
      put(cell, { "aria-label": `${words}: answer ${labels[point]}`, "aria-pressed": labels[point] === 1 });
    });
  });
}

export default answering(render);
