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
  const node = h("div", {}, h("div", { class: "ncviz-control-row" }, name, said), ...content);
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
  const title = h("h3", {}, "Take it away");
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

  // Another view of the same widget did not ask for the file, and must not save it too.
  let asked = 0;
  const ask = (request) => {
    asked++;
    model.send(request);
  };
  const runs = wordButton("Runs (CSV)", () => ask({ download: "runs" }));
  const pinned = wordButton("Pinned runs (CSV)", () => ask({ download: "pinned" }));
  const who = h("input", {
    id: uniqueId("student"),
    type: "text",
    maxlength: "60",
    autocomplete: "name",
    spellcheck: "false",
    placeholder: model.get("user"),
  });
  const call = (name) => {
    model.set("student", name);
    model.save_changes();
  };
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
  const label = h("label", { for: who.id }, "Your name, for the file of pinned runs");
  const named = h("div", {}, label, h("div", { class: "ncviz-take-beside ncviz-actions" }, who));
  const data = part(heading("Data"), row(runs, pinned), named);

  const select = h("select", { id: uniqueId("picture") });
  const drawer = (text, kind) =>
    wordButton(text, () => ask({ download: kind, picture: select.value }));
  const [png, svg] = [drawer("PNG", "png"), drawer("SVG", "svg")];
  const beside = (...nodes) => h("div", { class: "ncviz-take-beside ncviz-actions" }, ...nodes);
  const picture = part(h("label", { for: select.id }, "Picture"), beside(select, png, svg));

  const message = h("p", { class: "ncviz-message", id: uniqueId("wrong"), role: "alert" });
  const box = h("input", {
    id: uniqueId("saved"),
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "paste JSON or a query",
    "aria-describedby": message.id,
  });
  const load = () => model.send({ load: box.value.trim() });
  box.addEventListener("keydown", (event) => event.key === "Enter" && load());
  const back = part(
    h("label", { for: box.id }, "Return to a saved state"),
    beside(box, wordButton("Load", load)),
    message,
  );

  const others = [data, picture, back].map(({ node }) => node);
  el.replaceChildren(
    h(
      "section",
      { class: "ncviz-card", "aria-label": "Take it away" },
      h("header", { class: "ncviz-head" }, title),
      state.node,
      h("div", { class: "ncviz-take-parts" }, ...others),
    ),
  );

  const receive = (content, buffers) => {
    if (!content?.file || !asked) return;
    asked--;
    saveFile(content.file, content.type, buffers[0]);
    (content.type === "text/csv" ? data : picture).say("downloaded");
  };
  model.on("msg:custom", receive);

  const unfollow = [
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
      const wrong = model.get("message");
      say(message, wrong);
      if (wrong) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
    }),
  ];
  return () => {
    model.off("msg:custom", receive);
    window.removeEventListener(NAMED, hear);
    for (const undo of unfollow) undo();
  };
}

export default answering(render);
