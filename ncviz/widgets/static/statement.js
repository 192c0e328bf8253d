// Sentences and a table, as Python says them.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-statement");
  const heading = h("h3");
  const wait = h("p", { class: "ncviz-sub" });
  const table = h("table", { class: "ncviz-statement-table" });
  const scroll = h("div", { class: "ncviz-statement-scroll" }, table);
  const list = h("ul", { class: "ncviz-statement-list" });
  const section = h("section", { class: "ncviz-card" }, h("header", { class: "ncviz-head" }, heading), wait, scroll, list);
  el.replaceChildren(section);

  function rowOf([name, ...cells]) {
    return h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((text) => h("td", {}, text)));
  }

  function draw() {
    const [title, sentences, columns, rows] = ["title", "sentences", "columns", "rows"].map((t) => model.get(t));
    say(heading, title);
    put(section, { "aria-label": title });
    say(wait, model.get("wait"));
    wait.hidden = sentences.length + rows.length > 0;
    layer(list, sentences, () => sentences.map((text) => h("li", {}, text)));
    list.hidden = !sentences.length;
    list.classList.toggle("ncviz-statement-one", sentences.length === 1);
    scroll.hidden = !rows.length;
    layer(table, [columns, rows], () => [
      h("thead", {}, h("tr", {}, ...columns.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...rows.map(rowOf)),
    ]);
  }

  const traits = ["title", "sentences", "columns", "rows", "wait"];
  for (const trait of traits) model.on(`change:${trait}`, draw);
  draw();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, draw);
  };
}

export default answering(render);
