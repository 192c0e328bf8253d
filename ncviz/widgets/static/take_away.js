// Everything that leaves the Explorer through the browser, and the way back in.

const SAID_SECONDS = 4;
const DRAWING = "drawing…";

/** Puts text on the clipboard; false if the browser does not allow it. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // There is no clipboard on a page that came by plain http from another machine.
    const before = document.activeElement;
    const area = h("textarea", { class: "ncviz-take-area", readonly: "" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  }
}

/** A part of the card: its name, what happened to it last, and its content. */
function part(name, ...content) {
  const said = h("span", { class: "ncviz-sub", role: "status" });
  const node = h("div", {}, h("div", { class: "ncviz-row ncviz-control-row" }, name, said), ...content);
  let timer = 0;
  const sayFor = (text, seconds = SAID_SECONDS) => {
    clearTimeout(timer);
    say(said, text);
    if (seconds < Infinity) timer = setTimeout(() => say(said, ""), seconds * 1000);
  };
  const unsay = (text) => said.textContent === text && sayFor("");
  return { node, say: sayFor, unsay };
}

const NAMED = "ncviz-student";

/**
 * The name that was told in this tab, or tells it. Asked once, it is known to the Explorers of every
 * notebook in the tab. It ends with the tab: who sits at the computer next is somebody else.
 */
function toldName(name) {
  try {
    if (name !== undefined) sessionStorage.setItem(NAMED, name);
    return sessionStorage.getItem(NAMED) ?? "";
  } catch {
    return ""; // a page that may keep nothing
  }
}

/** Code may go on in a new line after a bracket or comma, not within a word. */
const breakable = (text) => text.split(/(?<=[(,)])/).flatMap((part) => [part, h("wbr")]);

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-take");
  keepKeys(el);
  const code = h("code");
  const row = (...buttons) => h("div", { class: "ncviz-actions" }, ...buttons);
  const heading = (text) => h("h4", {}, text);

  const copier = (text, trait) =>
    wordButton(text, async () => {
      const done = await copyText(model.get(trait));
      state.say(done ? "copied" : "the browser does not allow it");
    });
  const state = part(
    heading("This experiment"),
    h("pre", {}, code),
    row(copier("Copy", "code"), copier("Copy JSON", "json"), copier("Copy query", "query")),
  );

  const { ask, stop } = fileAsker(model, ({ type }) =>
    (type === "text/csv" ? data : picture).say("downloaded"),
  );
  const runs = wordButton("Runs (CSV)", () => ask({ download: "runs" }));
  const pinned = wordButton("Pinned runs (CSV)", () => ask({ download: "pinned" }));
  const who = textBox({ maxlength: "60", autocomplete: "name", placeholder: model.get("user") });
  const call = (name) => setTraits(model, { student: name });
  who.addEventListener("input", () => {
    const [before, name] = [model.get("student"), who.value];
    call(name);
    toldName(name);
    window.dispatchEvent(new CustomEvent(NAMED, { detail: { before, name } }));
  });
  // One whom a teacher has named otherwise is somebody else.
  const hear = ({ detail: { before, name } }) => {
    if (["", before].includes(model.get("student"))) call(name);
  };
  window.addEventListener(NAMED, hear);
  if (!model.get("student") && toldName()) call(toldName());
  const beside = (...nodes) => h("div", { class: "ncviz-take-beside ncviz-actions" }, ...nodes);
  const [label] = labelled("Your name, for the file of pinned runs", who);
  const named = h("div", {}, label, beside(who));
  const data = part(heading("Data"), row(runs, pinned), named);

  const select = h("select");
  const drawer = (text, kind) =>
    wordButton(text, () => ask({ download: kind, picture: select.value }));
  const [png, svg] = [drawer("PNG", "png"), drawer("SVG", "svg")];
  const [ofPicture] = labelled("Picture", select);
  const picture = part(ofPicture, beside(select, png, svg));

  const message = h("p", { class: "ncviz-message", id: uniqueId("wrong"), role: "alert" });
  const box = textBox({ placeholder: "paste JSON or a query", "aria-describedby": message.id });
  const load = () => model.send({ load: box.value.trim() });
  box.addEventListener("keydown", (event) => event.key === "Enter" && load());
  const [ofState] = labelled("Return to a saved state", box);
  const back = part(ofState, beside(box, wordButton("Load", load)), message);

  const head = h("header", { class: "ncviz-row ncviz-head" }, h("h3", {}, "Take it away"));
  const others = h("div", { class: "ncviz-take-parts" }, data.node, picture.node, back.node);
  const look = { class: "ncviz-card", "aria-label": "Take it away" };
  el.replaceChildren(h("section", look, head, state.node, others));

  return together(
    stop,
    () => window.removeEventListener(NAMED, hear),
    follow(model, ["code"], () => code.replaceChildren(...breakable(model.get("code")))),
    follow(model, ["pictures"], () => {
      const before = select.value;
      const pictures = model.get("pictures");
      select.replaceChildren(...pictures.map(({ id, text }) => h("option", { value: id }, text)));
      if (pictures.some(({ id }) => id === before)) select.value = before;
    }),
    follow(model, ["busy", "pictures"], () => {
      const busy = model.get("busy");
      for (const button of [png, svg]) turnOff(button, busy || !model.get("pictures").length);
      if (busy) picture.say(DRAWING, Infinity);
      else picture.unsay(DRAWING); // "downloaded" may stand there already
    }),
    follow(model, ["pins"], () => {
      arrange(runs.parentNode, model.get("pins") ? [runs, pinned] : [runs]);
      named.hidden = !model.get("pins");
    }),
    follow(model, ["student"], () => {
      if (who.value !== model.get("student")) who.value = model.get("student");
    }),
    follow(model, ["rows", "pinned"], () => {
      turnOff(runs, !model.get("rows"));
      turnOff(pinned, !model.get("pinned"));
    }),
    follow(model, ["message"], () => {
      showMessage(message, box, model.get("message"));
      message.hidden = false; // its room stays
    }),
  );
}

export default answering(render);
