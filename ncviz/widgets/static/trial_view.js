// A card that trains when it is asked to: a form, its progress, a settled picture and a table.

function makeForm(model) {
  const fields = model.get("fields").map(({ id, text, value, low, high }) => {
    const limits = { type: "number", value, min: low, max: high, step: 1, inputmode: "numeric" };
    const input = h("input", { id: uniqueId(id), ...limits });
    const message = h("p", { class: "ncviz-message", id: uniqueId(`${id}-wrong`), role: "alert" });
    put(input, { "aria-describedby": message.id });
    input.addEventListener("keydown", (event) => event.key === "Enter" && start());
    const node = h("div", { class: "ncviz-field" }, h("label", { for: input.id }, text), input);
    return { id, node, input, message };
  });
  const running = () => model.get("state") === "running";
  function start() {
    if (running()) return;
    model.send({ start: Object.fromEntries(fields.map(({ id, input }) => [id, input.value.trim()])) });
  }
  // One button, so that it keeps the focus: to start, and while it trains to cancel.
  const button = wordButton("Start", () => (running() ? model.send({ cancel: true }) : start()));
  const row = h("div", { class: "ncviz-row ncviz-trial-fields" }, ...fields.map(({ node }) => node), h("div", { class: "ncviz-actions" }, button));
  const root = h("div", {}, row, ...fields.map(({ message }) => message));
  keepKeys(root);
  return { root, fields, button };
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
  const bar = progressBar("ncviz-trial-bar", model.get("title"));
  const status = h("span", { class: "ncviz-sub ncviz-trial-status" });
  const ended = h("span", { class: "ncviz-unseen", role: "status" });
  const progress = h("div", { class: "ncviz-row ncviz-trial-progress" }, bar.root, status, ended);
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
    follow(model, ["wrong"], () => {
      const wrong = model.get("wrong");
      for (const { id, input, message } of form.fields) showMessage(message, input, wrong[id] ?? "");
    }),
    follow(model, ["state", "share", "status"], () => {
      const state = model.get("state");
      say(form.button, state === "running" ? "Cancel" : "Start");
      progress.hidden = state === "idle";
      bar.root.hidden = state === "failed";
      bar.show(model.get("share"), model.get("status"));
      say(status, model.get("status"));
      status.classList.toggle("ncviz-message", state === "failed");
      // Its end is spoken; every step of it would be noise.
      say(ended, ["done", "cancelled", "failed"].includes(state) ? model.get("status") : "");
    }),
    follow(model, ["note"], () => {
      say(note, model.get("note"));
      note.hidden = !model.get("note");
    }),
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
