// What a sweep is to be made of, how far it is, and its files.

const LIST = "list";

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-sweep-form");
  keepKeys(el);

  /** A control with its name above it and its message below. */
  function field(name, text, input) {
    const message = h("p", { class: "ncviz-message", id: uniqueId(`${name}-wrong`), role: "alert" });
    put(input, { id: uniqueId(name), "aria-describedby": message.id });
    const look = `ncviz-field ncviz-sweep-${name}`;
    const node = h("div", { class: look }, h("label", { for: input.id }, text), input, message);
    input.addEventListener("change", keep);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && input.tagName === "INPUT") start();
    });
    return { name, node, input, message };
  }

  const box = (attrs = {}) => textBox({ inputmode: "numeric", ...attrs });
  const fields = [
    field("from", "Hidden neurons from", box()),
    field("to", "to", box()),
    field("runs", "Runs a cell", box()),
    field("kind", "Learning rates", h("select")),
    field("rates", "My learning rates", box({ inputmode: "text", placeholder: "0.1, 0.5, 1" })),
  ];
  const byName = Object.fromEntries(fields.map((one) => [one.name, one]));
  const kind = byName.kind.input;

  const typed = () => Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()]));

  function keep() {
    byName.rates.node.hidden = kind.value !== LIST;
    setTraits(model, { values: typed() });
  }

  function start() {
    if (model.get("state") !== "running") model.send({ start: typed() });
  }

  // One button, so that it keeps the focus: to start, and while it trains to cancel.
  const button = wordButton("Start", () => {
    if (model.get("state") === "running") model.send({ cancel: true });
    else start();
  });
  const rest = h("p", { class: "ncviz-sub ncviz-sweep-rest" });
  const bar = progressBar("ncviz-sweep-bar", "Sweep");
  const status = h("span", { class: "ncviz-sub ncviz-sweep-status" });
  const ended = h("span", { class: "ncviz-unseen", role: "status" });

  const downloads = fileAsker(model);
  const files = Object.entries({ csv: "Sweep (CSV)", parquet: "Sweep (Parquet)" }).map(([id, text]) =>
    wordButton(text, () => downloads.ask({ download: id })),
  );
  const inPython = h("span", { class: "ncviz-sub" }, "in Python: ", h("code", {}, "explorer.sweep"));
  el.replaceChildren(
    h(
      "section",
      { class: "ncviz-card", "aria-label": "A sweep" },
      h("header", { class: "ncviz-row ncviz-head" }, h("h3", {}, "Train at many sizes")),
      h("div", { class: "ncviz-row ncviz-sweep-fields" }, ...fields.map(({ node }) => node)),
      rest,
      h("div", { class: "ncviz-actions ncviz-sweep-run" }, button, bar.root, status, ended),
      h("div", { class: "ncviz-actions ncviz-sweep-away" }, ...files, inPython),
    ),
  );

  return together(
    downloads.stop,
    follow(model, ["kinds", "values"], () => {
      const values = model.get("values");
      const kinds = model.get("kinds");
      layer(kind, kinds, () => kinds.map(({ id, text }) => h("option", { value: id }, text)));
      for (const { name, input } of fields) {
        // A box being typed in is not overwritten.
        if (document.activeElement !== input || name === "kind") input.value = values[name] ?? "";
      }
      byName.rates.node.hidden = kind.value !== LIST;
    }),
    follow(model, ["wrong"], () => {
      const wrong = model.get("wrong");
      for (const { name, input, message } of fields) showMessage(message, input, wrong[name] ?? "");
    }),
    follow(model, ["rest"], () => say(rest, model.get("rest"))),
    follow(model, ["state", "share", "status"], () => {
      const state = model.get("state");
      say(button, state === "running" ? "Cancel" : "Start");
      bar.root.hidden = state === "idle";
      bar.show(model.get("share"), model.get("status"));
      say(status, model.get("status"));
      // Its end is spoken; every step of it would be noise.
      say(ended, state === "done" || state === "cancelled" ? model.get("status") : "");
    }),
    follow(model, ["rows"], () => {
      for (const file of files) turnOff(file, !model.get("rows"));
    }),
  );
}

export default answering(render);
