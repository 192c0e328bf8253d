// Buttons with words on them.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-actions");
  el.setAttribute("role", "group");

  const unfollow = follow(model, ["name", "labels"], () => {
    el.setAttribute("aria-label", model.get("name"));
    el.replaceChildren(
      ...model.get("labels").map(({ id, text, title }) => {
        const button = h("button", { type: "button", title }, text);
        button.addEventListener("click", () => model.send({ click: id }));
        keepKeys(button);
        return button;
      }),
    );
  });
  return unfollow;
}

export default { render };
