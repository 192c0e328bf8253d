// A disclosure button. What it opens is another widget, which Python shows and hides.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-fold-button");
  keepKeys(el);
  const mark = h("span", { class: "ncviz-fold-mark", "aria-hidden": "true" });
  const text = h("span");
  const button = h("button", { type: "button" }, mark, text);
  el.replaceChildren(h("h3", {}, button));

  button.addEventListener("click", () => setTraits(model, { opened: !model.get("opened") }));

  return follow(model, ["text", "opened"], () => {
    const open = model.get("opened");
    say(text, model.get("text"));
    say(mark, open ? "▾" : "▸");
    put(button, { "aria-expanded": open });
  });
}

export default answering(render);
