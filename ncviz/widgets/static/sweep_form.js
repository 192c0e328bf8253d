// What a sweep is to be made of, how far it is, and its files.

const LIST = "list";

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-sweep-form");
  keepKeys(el);

  const box = (attrs = {}) => textBox({ inputmode: "numeric", ...attrs });
  const form = startForm(model, "ncviz-sweep", "Sweep", [
    ["from", "Hidden neurons from", box()],
    ["to", "to", box()],
    ["runs", "Runs a cell", box()],
    ["kind", "Learning rates", h("select")],
    ["rates", "My learning rates", box({ inputmode: "text", placeholder: "0.1, 0.5, 1" })],
  ]);
  const byName = Object.fromEntries(form.fields.map((one) => [one.name, one]));
  const kind = byName.kind.input;
  for (const { name, node, input, message } of form.fields) {
    node.classList.add(`ncviz-sweep-${name}`);
    node.append(message);
    input.addEventListener("change", () => {
      byName.rates.node.hidden = kind.value !== LIST;
      setTraits(model, { values: form.typed() });
    });
  }
  const rest = h("p", { class: "ncviz-sub ncviz-sweep-rest" });

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
      h("div", { class: "ncviz-row ncviz-sweep-fields" }, ...form.fields.map(({ node }) => node)),
      rest,
      h("div", { class: "ncviz-actions ncviz-sweep-run" }, form.button, ...form.progress),
      h("div", { class: "ncviz-actions ncviz-sweep-away" }, ...files, inPython),
    ),
  );

  return together(
    downloads.stop,
    form.stop,
    follow(model, ["kinds", "values"], () => {
      const values = model.get("values");
      const kinds = model.get("kinds");
      layer(kind, kinds, () => kinds.map(({ id, text }) => h("option", { value: id }, text)));
      for (const { name, input } of form.fields) {
        // A box being typed in is not overwritten.
        if (document.activeElement !== input || name === "kind") input.value = values[name] ?? "";
      }
      byName.rates.node.hidden = kind.value !== LIST;
    }),
    follow(model, ["rest"], () => say(rest, model.get("rest"))),
    follow(model, ["rows"], () => {
      for (const file of files) turnOff(file, !model.get("rows"));
    }),
  );
}

export default answering(render);
