// A native select with a label and a hint.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control");
  const id = uniqueId("choice");
  const name = h("label", { for: id });
  const hint = h("p", { class: "ncviz-hint", id: `${id}-hint` });
  const lock = h("p", { class: "ncviz-lock", id: `${id}-lock` });
  const select = h("select", { id, "aria-describedby": `${lock.id} ${hint.id}` });
  const message = h("p", { class: "ncviz-message", role: "alert" });
  el.replaceChildren(h("div", { class: "ncviz-control-row" }, name), select, lock, hint, message);

  select.addEventListener("change", () => {
    model.set("index", select.selectedIndex);
    model.save_changes();
  });
  keepKeys(select);

  const unfollowOptions = follow(model, ["options"], () => {
    select.replaceChildren(...model.get("options").map((option) => h("option", {}, option.text)));
    select.selectedIndex = model.get("index");
  });
  const unfollow = follow(model, ["name", "options", "index", "message", "locked"], () => {
    showMessage(message, select, model.get("message"));
    showLock(el, lock, select, model.get("locked"));
    const index = model.get("index");
    name.textContent = model.get("name");
    select.selectedIndex = index;
    showHint(hint, model.get("options"), index);
  });
  return () => {
    unfollowOptions();
    unfollow();
  };
}

export default answering(render);
