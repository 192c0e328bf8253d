// A card that trains when it is asked to: a form, its progress, a settled picture and a table.

function makeForm(model) {
  const asked = model.get("fields").map(({ id, text, value, low, high }) => {
    const limits = { type: "number", value, min: low, max: high, step: 1, inputmode: "numeric" };
    return [id, text, h("input", limits)];
  });
  const form = startForm(model, "ncviz-trial", model.get("title"), asked);
  const [nodes, messages] = ["node", "message"].map((part) => form.fields.map((field) => field[part]));
  const row = h("div", { class: "ncviz-row ncviz-trial-fields" }, ...nodes, h("div", { class: "ncviz-actions" }, form.button));
  const root = h("div", {}, row, ...messages);
  keepKeys(root);
  return { ...form, root };
}

function rowsOf({ columns, rows }, press) {
  return rows.flatMap(({ id, cells, says }) => {
    const [first, ...others] = cells;
    const name = id ? wordButton(first, () => press(id), { class: "ncviz-trial-choose" }) : first;
    const cell = (text, k) => h("td", { "data-name": columns[k + 1] }, text);
    const row = h("tr", {}, h("th", { scope: "row" }, name), ...others.map(cell));
    if (!says) return [row];
    const said = h("tr", { class: "ncviz-trial-says" }, h("td", { colspan: columns.length }, says));
    return [row, said];
  });
}

function render({ model, el }) {
  el.classList.add("ncviz-control");
  const parts = card(el, model.get("title"));
  el.classList.add("ncviz", "ncviz-trial");
  const form = makeForm(model);
  const progress = h("div", { class: "ncviz-row ncviz-trial-progress" }, ...form.progress);
  const note = h("p", { class: "ncviz-sub ncviz-trial-note" });
  const picture = h("div", { class: "ncviz-picture", role: "img" });
  const head = h("thead", {});
  const body = h("tbody", {});
  const table = h("table", { class: "ncviz-table ncviz-trial-table" }, h("caption", { class: "ncviz-unseen" }, model.get("title")), head, body);
  // What is too wide for a phone can be moved, by keys as well.
  const room = h("div", { class: "ncviz-trial-room", role: "region", tabindex: 0, "aria-label": `Table: ${model.get("title")}` }, table);
  const answer = h("div", { class: "ncviz-trial-answer" }, picture, h("div", { class: "ncviz-trial-told" }, parts.caption, room));
  const about = h("p", { class: "ncviz-readout" }, model.get("about"));
  parts.wait.remove();
  parts.body.hidden = false;
  parts.body.append(about, form.root, progress, note, answer);
  put(parts.badge, { hidden: "" });

  return together(
    form.stop,
    follow(model, ["state"], () => {
      progress.hidden = model.get("state") === "idle";
    }),
    follow(model, ["note"], () => sayIf(note, model.get("note"))),
    follow(model, ["frame"], () => {
      const frame = model.get("frame");
      const there = Boolean(frame.svg);
      answer.hidden = !there;
      parts.caption.hidden = !there;
      say(parts.caption, frame.caption ?? "");
      if (!there) return;
      put(picture, { "aria-label": frame.caption });
      picture.style.maxWidth = `${frame.width}px`;
      picture.replaceChildren(drawing(frame));
      layer(head, frame.columns, () => [h("tr", {}, ...frame.columns.map((name) => h("th", { scope: "col" }, name)))]);
      layer(body, frame.rows, () => rowsOf(frame, (id) => model.send({ choose: id })));
    }),
  );
}

export default answering(render);
