// Shared by the controls.

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

/** An input or a list, and the name before it. */
function labelled(text, control, look = null) {
  put(control, { id: uniqueId("field") });
  return [h("label", { for: control.id, class: look }, text), control];
}

/** A list of [value, text] that sets a trait. */
function traitSelect(model, trait, options, attrs = {}) {
  const select = h("select", attrs, ...options.map(([value, text]) => h("option", { value }, text)));
  select.addEventListener("change", () => setTraits(model, { [trait]: select.value }));
  return select;
}

const settingSelect = (model) =>
  traitSelect(model, "setting", SETTINGS.map((setting) => [setting, settingName(setting)]));

/** A box for the number of a run, from 0 to its "max". */
function runBox(model, attrs = {}) {
  const box = h("input", { type: "number", min: 0, step: 1, inputmode: "numeric", ...attrs });
  box.addEventListener("change", () => {
    const value = Math.round(Number(box.value));
    const run = Number.isFinite(value) ? clamp(value, 0, Number(box.max)) : model.get("run");
    box.value = run;
    setTraits(model, { run });
  });
  return box;
}

/** Shows a value in a box or list, unless somebody is about to write another into it. */
function showIn(control, value) {
  if (document.activeElement !== control) control.value = value;
}

/** A box for text that is no prose. */
const textBox = (attrs) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attrs });

/** Makes the nodes the children of a parent. Those that stay are not moved: they keep the focus. */
function arrange(parent, nodes) {
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, k) => {
    if (parent.children[k] !== node) parent.insertBefore(node, parent.children[k] ?? null);
  });
}

/**
 * A control: its name, and maybe its value, above an input; below it why it cannot be moved, a hint,
 * and what is wrong. Returns follow(traits, show), which shows all of it now and whenever it changes,
 * and sayHint(index), which shows the sentence of an option.
 */
function makeControl(model, el, input, value = "") {
  el.classList.add("ncviz", "ncviz-control");
  keepKeys(input);
  const [name] = labelled("", input);
  const [lock, hint] = ["lock", "hint"].map((look) => h("p", { class: `ncviz-${look}`, id: uniqueId(look) }));
  const message = h("p", { class: "ncviz-message", id: uniqueId("wrong"), role: "alert" });
  put(input, { "aria-describedby": `${lock.id} ${hint.id} ${message.id}` });
  el.replaceChildren(h("div", { class: "ncviz-row ncviz-control-row" }, name, value), input, lock, hint, message);
  hint.hidden = true;
  return {
    sayHint(index) {
      const options = model.get("options");
      hint.hidden = !options.some((option) => option.hint); // no room for one where none has any
      say(hint, options[index]?.hint ?? "");
    },
    follow: (traits, show) =>
      follow(model, ["name", "message", "locked", ...traits], () => {
        const locked = model.get("locked");
        say(name, model.get("name"));
        showMessage(message, input, model.get("message"));
        say(lock, locked);
        lock.hidden = !locked;
        input.disabled = Boolean(locked);
        el.classList.toggle("ncviz-locked", Boolean(locked));
        show();
      }),
  };
}

/** Says beside a control why its value cannot be; an empty text takes that back. */
function showMessage(message, input, text) {
  say(message, text);
  message.hidden = !text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
