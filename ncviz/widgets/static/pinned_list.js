// The pinned experiments.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-pinned");
  keepKeys(el);
  const title = h("h3", { tabindex: -1 }, "Pinned runs");
  const count = h("span", { class: "ncviz-sub", role: "status" });
  const empty = h("p", { class: "ncviz-sub" }, "Pin an experiment to keep its runs for comparing.");
  const list = h("ul");
  const header = h("header", { class: "ncviz-row ncviz-head" }, title, count);
  const look = { class: "ncviz-card", "aria-label": "Pinned runs" };
  el.replaceChildren(h("section", look, header, empty, list));
  const items = new Map(); // by id: an item that stays is not touched and keeps the focus

  function item({ id, text, s }) {
    const button = (word) =>
      wordButton(word, () => model.send({ [word.toLowerCase()]: id }), { "aria-label": `${word} ${text}` });
    return h(
      "li",
      {},
      h("span", { class: "ncviz-pinned-text" }, text),
      h("span", { class: "ncviz-pinned-s" }, s),
      h("span", { class: "ncviz-actions" }, button("Show"), button("Remove")),
    );
  }

  return follow(model, ["rows"], () => {
    const rows = model.get("rows");
    const at = [...list.children].findIndex((node) => node.contains(document.activeElement));
    for (const row of rows) if (!items.has(row.id)) items.set(row.id, item(row));
    const shown = rows.map(({ id }) => items.get(id));
    for (const [id, node] of items) if (!shown.includes(node)) items.delete(id);
    const gone = at >= 0 && !shown.includes(list.children[at]);
    arrange(list, shown);
    // Whoever removes one by the keyboard goes on at its neighbour.
    if (gone) (shown[Math.min(at, shown.length - 1)]?.querySelector("button:last-child") ?? title).focus();
    say(count, rows.length ? `${rows.length} kept` : "");
    empty.hidden = rows.length > 0;
    list.hidden = rows.length === 0;
  });
}

export default answering(render);
