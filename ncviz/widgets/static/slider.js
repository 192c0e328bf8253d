// A native range input: name, keys and touch come with it.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control");
  const id = uniqueId("slider");
  const name = h("label", { for: id });
  const value = h("output", { for: id, class: "ncviz-control-value", "aria-live": "off" });
  const hint = h("p", { class: "ncviz-hint", id: `${id}-hint` });
  const lock = h("p", { class: "ncviz-lock", id: `${id}-lock` });
  const described = { "aria-describedby": `${lock.id} ${hint.id}` };
  const input = h("input", { id, type: "range", min: 0, step: 1, ...described });
  const message = h("p", { class: "ncviz-message", role: "alert" });
  el.replaceChildren(h("div", { class: "ncviz-control-row" }, name, value), input, lock, hint, message);
  let queued = 0;

  function show(index) {
    const options = model.get("options");
    const option = options[index] ?? {};
    const text = [option.text, option.unit].filter(Boolean).join(" ");
    value.textContent = text;
    showHint(hint, options, index);
    input.setAttribute("aria-valuetext", text);
    input.style.setProperty("--at", options.length > 1 ? index / (options.length - 1) : 0);
  }

  function send() {
    cancelAnimationFrame(queued);
    queued = 0;
    model.set("index", Number(input.value));
    model.save_changes();
  }

  // At most one message a painted frame; the release always sends the last value.
  input.addEventListener("input", () => {
    show(Number(input.value));
    queued ||= requestAnimationFrame(send);
  });
  input.addEventListener("change", send);
  keepKeys(input);

  const unfollow = follow(model, ["name", "options", "index", "message", "locked"], () => {
    showMessage(message, input, model.get("message"));
    showLock(el, lock, input, model.get("locked"));
    name.textContent = model.get("name");
    input.max = model.get("options").length - 1;
    if (queued) return; // the hand is ahead of the kernel
    input.value = model.get("index");
    show(model.get("index"));
  });
  return () => {
    cancelAnimationFrame(queued);
    unfollow();
  };
}

export default answering(render);
