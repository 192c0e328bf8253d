// A seed as text: it may be larger than JavaScript's numbers are exact.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control");
  const id = uniqueId("seed");
  const name = h("label", { for: id });
  const message = h("p", { class: "ncviz-message", id: `${id}-message`, role: "alert" });
  const lock = h("p", { class: "ncviz-lock", id: `${id}-lock` });
  const input = h("input", {
    id,
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${lock.id} ${message.id}`,
  });
  el.replaceChildren(h("div", { class: "ncviz-control-row" }, name), input, lock, message);

  // "change" comes with Enter and on leaving the box.
  input.addEventListener("change", () => {
    model.set("value", input.value.trim());
    model.save_changes();
  });
  keepKeys(input);

  const unfollow = follow(model, ["name", "value", "message", "locked"], () => {
    const wrong = model.get("message");
    name.textContent = model.get("name");
    // A box being typed in is not overwritten, nor is a wrong value that its message is about.
    const typing = document.activeElement === input && input.value.trim() !== model.get("value");
    if (!typing) input.value = model.get("value");
    showMessage(message, input, wrong);
    showLock(el, lock, input, model.get("locked"));
  });
  return unfollow;
}

export default answering(render);
