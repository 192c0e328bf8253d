// Shared by the controls.

/** Calls update now and whenever one of the traits changes; returns what undoes that. */
function follow(model, traits, update) {
  for (const trait of traits) model.on(`change:${trait}`, update);
  update();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, update);
  };
}

/** Ctrl+S and its like are meant for the notebook; what edits a text, or has no Ctrl, is not. */
const forNotebook = ({ ctrlKey, metaKey, altKey, key }) =>
  (ctrlKey || metaKey) && !altKey && /^[^acvxyz]$/i.test(key);

/** Keys meant for a control must not reach the notebook's shortcuts. */
const keepKeys = (node) =>
  node.addEventListener("keydown", (event) => forNotebook(event) || event.stopPropagation());

/** A button with words on it. One that is off keeps the focus, and says that it is off. */
function wordButton(text, press, attrs = {}) {
  const button = h("button", { type: "button", ...attrs }, text);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") press();
  });
  return button;
}

const turnOff = (button, off) => put(button, { "aria-disabled": Boolean(off) });

/** Makes the nodes the children of a parent. Those that stay are not moved: they keep the focus. */
function arrange(parent, nodes) {
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, k) => {
    if (parent.children[k] !== node) parent.insertBefore(node, parent.children[k] ?? null);
  });
}

/** The sentence of the chosen option; no room for one where no option has any. */
function showHint(hint, options, index) {
  hint.hidden = !options.some((option) => option.hint);
  say(hint, options[index]?.hint ?? "");
}

/** Says why a control cannot be moved, and switches it off; an empty text takes that back. */
function showLock(el, note, input, text) {
  say(note, text);
  note.hidden = !text;
  input.disabled = Boolean(text);
  el.classList.toggle("ncviz-locked", Boolean(text));
}

/** Says beside a control why its value cannot be; an empty text takes that back. */
function showMessage(message, input, text) {
  say(message, text);
  message.hidden = !text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
