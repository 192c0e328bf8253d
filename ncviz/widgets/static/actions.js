// Buttons with words on them.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-actions");
  el.setAttribute("role", "group");
  keepKeys(el);
  const buttons = new Map(); // by id: a button whose words change keeps the focus

  return follow(model, ["name", "labels"], () => {
    el.setAttribute("aria-label", model.get("name"));
    const shown = model.get("labels").map(({ id, text, name, title = "", off }) => {
      if (!buttons.has(id)) buttons.set(id, wordButton("", () => model.send({ click: id })));
      const button = buttons.get(id);
      say(button, text);
      put(button, { "aria-label": name, title: off || title }); // `off` says why it cannot be pressed now
      turnOff(button, off);
      return button;
    });
    arrange(el, shown);
  });
}

export default answering(render);
