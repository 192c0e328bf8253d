// Sentences and a table, as Python says them.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-statement");
  const heading = h("h3");
  const wait = h("p", { class: "ncviz-sub" });
  const table = h("table", { class: "ncviz-table ncviz-statement-table" });
  const scroll = h("div", { class: "ncviz-statement-scroll" }, table);
  const list = h("ul", { class: "ncviz-statement-list" });
  const section = h("section", { class: "ncviz-card" }, h("header", { class: "ncviz-row ncviz-head" }, heading), wait, scroll, list);
  el.replaceChildren(section);

  return follow(model, ["title", "sentences", "columns", "rows", "wait"], () => {
    const [title, sentences, columns, rows] = ["title", "sentences", "columns", "rows"].map((t) => model.get(t));
    say(heading, title);
    put(section, { "aria-label": title });
    say(wait, model.get("wait"));
    wait.hidden = sentences.length + rows.length > 0;
    layer(list, sentences, () => sentences.map((text) => h("li", {}, text)));
    list.hidden = !sentences.length;
    list.classList.toggle("ncviz-statement-one", sentences.length === 1);
    scroll.hidden = !rows.length;
    layer(table, [columns, rows], () => tableOf(columns, rows));
  });
}

export default answering(render);
