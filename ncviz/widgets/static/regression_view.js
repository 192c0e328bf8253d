// A picture that Python has drawn, and over it a ring that shows, and lets choose, single runs.

const REACH = 14; // pixels from a point within which a pointer means it
const HINT =
  "Point at a run; click it, or press Enter, to set the Explorer to it. Arrow keys walk from run to run.";

/** The runs of each experiment by rising x, for walking from one to the next. */
function walks({ x, cell, cells }) {
  const rows = cells.map(() => []);
  cell.forEach((c, i) => rows[c].push(i));
  for (const row of rows) row.sort((a, b) => x[a] - x[b] || a - b);
  return rows.filter((row) => row.length);
}

function render({ model, el }) {
  const parts = card(el, "S against held-out error");
  el.classList.add("ncviz-control", "ncviz-regression-view");
  keepKeys(el);
  const heading = parts.section.querySelector("h3");
  const note = h("span", { class: "ncviz-badge ncviz-regression-note", role: "status" });
  heading.after(note);
  const image = h("img", { class: "ncviz-regression-picture", draggable: "false", alt: "" });
  const ring = s("circle", { class: "ncviz-regression-ring", r: 7 });
  const chosenRing = s("circle", { class: "ncviz-regression-chosen", r: 7 });
  const marks = s("svg", { class: "ncviz-regression-marks", "aria-hidden": "true" }, chosenRing, ring);
  const picture = h("div", { class: "ncviz-regression-frame", role: "img", tabindex: 0 }, image, marks);
  const said = h("p", { class: "ncviz-readout ncviz-picture-said ncviz-regression-readout" });

  const downloads = fileAsker(model);
  const files = ["png", "svg"].map((kind) =>
    wordButton(`Picture (${kind.toUpperCase()})`, () => downloads.ask({ download: kind })),
  );
  parts.body.append(picture, said);
  parts.section.append(h("div", { class: "ncviz-actions ncviz-picture-choice ncviz-regression-files" }, ...files));

  let now = null; // the numbers of the frame that is shown
  let rows = [];
  let at = null; // the point that is looked at
  let byKey = false;
  let url = "";

  const words = (i) => {
    const [x, y] = now.names;
    const where = [now.cells[now.cell[i]], `run ${now.run[i]}`].filter(Boolean).join(", ");
    return `${where}: ${x} ${number(now.x[i], 1)}${now.unit}, ${y} ${number(now.y[i])}`;
  };

  function tell() {
    const chosen = model.get("chosen");
    const told = now && at !== null ? words(at) : now?.cells && chosen >= 0 && chosen < now.x.length
      ? `The Explorer is at ${words(chosen)}`
      : HINT;
    readout(said, told, byKey);
  }

  function mark(node, i) {
    const there = now !== null && i !== null && i >= 0 && i < now.x.length;
    node.style.display = there ? "inline" : "none";
    if (there) put(node, { cx: px(now.left[i]), cy: px(now.top[i]) });
  }

  function look(i, key = false) {
    at = i;
    byKey = key;
    mark(ring, at);
    tell();
  }

  function choose(i) {
    if (i === null) return;
    model.send({ select: i, drawing: model.get("frame").drawing });
    byKey = true; // spoken when the choice has come back
    at = null;
    mark(ring, null);
  }

  function under(event) {
    if (!now) return null;
    const box = picture.getBoundingClientRect();
    const factor = now.width / (box.width || 1);
    const [x, y] = [(event.clientX - box.left) * factor, (event.clientY - box.top) * factor];
    let best = null;
    let least = (REACH * factor) ** 2;
    for (let i = 0; i < now.x.length; i++) {
      const away = (now.left[i] - x) ** 2 + (now.top[i] - y) ** 2;
      if (away <= least) [best, least] = [i, away];
    }
    return best;
  }

  picture.addEventListener("pointermove", (event) => look(under(event)));
  picture.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && look(null));
  picture.addEventListener("click", (event) => choose(under(event)));
  picture.addEventListener("blur", () => byKey && look(null));
  picture.addEventListener("keydown", (event) => {
    if (!now || !rows.length) return;
    if (event.key === "Escape") return look(null);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return choose(at);
    }
    const start = at ?? (model.get("chosen") >= 0 ? model.get("chosen") : rows[0][0]);
    const row = Math.max(0, rows.findIndex((some) => some.includes(start)));
    const place = rows[row].indexOf(start);
    const jump = event.shiftKey ? 10 : 1;
    const along = { ArrowLeft: place - jump, ArrowRight: place + jump, Home: 0, End: rows[row].length - 1 };
    const across = { ArrowUp: row + 1, ArrowDown: row - 1 }[event.key];
    if (!(event.key in along) && across === undefined) return;
    event.preventDefault();
    if (at === null) return look(start, true); // the first key shows where one stands
    if (across === undefined) return look(rows[row][clamp(along[event.key], 0, rows[row].length - 1)], true);
    const next = rows[clamp(across, 0, rows.length - 1)];
    look(next.reduce((a, b) => (Math.abs(now.x[b] - now.x[at]) < Math.abs(now.x[a] - now.x[at]) ? b : a)), true);
  });

  function draw(frame) {
    const there = fillCard(parts, frame, "");
    for (const file of files) file.parentElement.hidden = !there;
    if (!there) {
      now = null;
      return look(null);
    }
    if (now?.drawing !== frame.drawing) {
      const numbers = ["left", "top", "x", "y", "run", "cell"].map((name) => [name, floats(frame[name])]);
      now = { ...frame, ...Object.fromEntries(numbers) };
      rows = walks(now);
      at = null;
      const old = url;
      url = URL.createObjectURL(new Blob([frame.png], { type: "image/png" }));
      image.src = url;
      if (old) URL.revokeObjectURL(old); // what it has loaded stays until the next one is there
      put(image, { width: frame.width, height: frame.height });
      put(marks, { viewBox: `0 0 ${frame.width} ${frame.height}` });
      put(picture, { "aria-label": `${frame.title}. ${frame.alt} Arrow keys walk from run to run, Enter chooses.` });
      say(heading, frame.title);
      put(parts.section, { "aria-label": frame.title });
      picture.style.maxWidth = `${frame.width}px`;
    }
    mark(ring, at);
    mark(chosenRing, model.get("chosen"));
    tell();
  }

  function report() {
    const wide = Math.floor(parts.section.clientWidth - 26);
    // In steps, so that a window that is pulled wider is not drawn for at each pixel. A card that is
    // out of sight has no width, but the theme can change all the same.
    const room = wide > 0 ? clamp(Math.floor(wide / 20) * 20, 260, 860) : model.get("room");
    const dark = document.body.dataset.jpThemeLight === "false";
    if (model.get("room") === room && model.get("dark") === dark) return;
    setTraits(model, { room, dark });
  }
  const size = new ResizeObserver(report);
  size.observe(parts.section);
  const unfollow = follow(model, ["note"], () => {
    sayIf(note, model.get("note"));
    say(parts.wait, model.get("note") || "no line to draw");
    el.classList.toggle("ncviz-regression-old", Boolean(model.get("note")));
  });
  const view = live(model, el, draw, ["chosen"]);

  const revoke = () => URL.revokeObjectURL(url);
  return together(downloads.stop, onTheme(report), () => size.disconnect(), unfollow, view.stop, revoke);
}

export default answering(render);
