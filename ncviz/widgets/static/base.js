// Shared by all widgets: this text is put in front of each widget's own script.

const SVG_NS = "http://www.w3.org/2000/svg";

// The protocol: two heads, each with two tasks, in four settings.
const HEADS = ["alice", "bob"];
const NAMES = { alice: "Alice", bob: "Bob" };
const SETTINGS = ["11", "12", "21", "22"];
const settingName = ([alice, bob]) => `A${alice} with B${bob}`;

/** Sets attributes that changed; a view is drawn 25 times a second, so nothing is redone. */
function put(node, attrs) {
  for (const [key, value] of Object.entries(attrs)) {
    if (value === null || value === undefined) continue;
    const text = String(value);
    if (node.getAttribute(key) !== text) node.setAttribute(key, text);
  }
  return node;
}

/** Sets text that changed. */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Builds the content of a group anew only when what it depends on changed. */
function layer(group, depends, build) {
  const key = JSON.stringify(depends);
  if (group.builtFor === key) return;
  group.builtFor = key;
  group.replaceChildren(...build());
}

function fill(node, attrs, kids) {
  put(node, attrs);
  // append() makes text nodes of strings, so a task name can never become markup.
  node.append(...kids);
  return node;
}

const h = (tag, attrs = {}, ...kids) => fill(document.createElement(tag), attrs, kids);
const s = (tag, attrs = {}, ...kids) => fill(document.createElementNS(SVG_NS, tag), attrs, kids);

// Ids must not clash between views, and each view class has its own copy of this module.
const uniqueId = (stem) => `ncviz-${stem}-${Math.random().toString(36).slice(2, 10)}`;

/** Calls update now and whenever one of the traits changes; returns what undoes that. */
function follow(model, traits, update) {
  for (const trait of traits) model.on(`change:${trait}`, update);
  update();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, update);
  };
}

/** Tells Python new values of traits. */
function setTraits(model, traits) {
  for (const [name, value] of Object.entries(traits)) model.set(name, value);
  model.save_changes();
}

/** Float32 values of a DataView; copied if its offset is not a multiple of four. */
function floats(data) {
  if (!data) return new Float32Array(0);
  if (data.byteOffset % 4 === 0) return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new Float32Array(bytes.buffer);
}

const known = (value) => typeof value === "number" && Number.isFinite(value);

/** A number as people write it: a true minus sign, never "−0.00", a dash if missing; "2e+29". */
function number(value, digits = 2) {
  if (!known(value)) return "–";
  const text = Math.abs(value) < 1e6 ? value.toFixed(digits) : String(Number(value.toPrecision(2)));
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** "[0.78, 0.92]", or nothing where the limits are missing. */
function interval(triple) {
  const [, low, high] = triple ?? [];
  return known(low) && known(high) ? `[${number(low)}, ${number(high)}]` : "";
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const px = (value) => Math.round(value * 10) / 10; // much faster than toFixed

/** The frame around every view: heading, subtitle, body, caption. */
function card(el, title) {
  const parts = {
    subtitle: h("span", {}),
    badge: h("span", { class: "ncviz-badge", title: "fewer runs while you move the slider" }, "rough"),
    wait: h("p", { class: "ncviz-wait" }, "waiting for the first training"),
    body: h("div", { class: "ncviz-body" }),
    caption: h("p", { class: "ncviz-caption" }),
  };
  parts.section = h(
    "section",
    { class: "ncviz-card", "aria-label": title },
    h(
      "header",
      { class: "ncviz-row ncviz-head" },
      h("h3", {}, title),
      h("span", { class: "ncviz-sub" }, parts.subtitle, " ", parts.badge),
    ),
    parts.wait,
    parts.body,
    parts.caption,
  );
  el.replaceChildren(parts.section);
  return parts;
}

/** Shows what all cards have in common; false if there is nothing to draw yet. */
function fillCard(parts, frame, subtitle) {
  const empty = !frame || Object.keys(frame).length === 0;
  parts.wait.hidden = !empty;
  parts.body.hidden = empty;
  parts.caption.hidden = empty;
  // Hidden but in its place, so that nothing moves when a rough answer comes.
  parts.badge.style.visibility = !empty && frame.rough ? "visible" : "hidden";
  say(parts.subtitle, empty ? "" : subtitle);
  say(parts.caption, empty ? "" : (frame.caption ?? ""));
  parts.section.classList.toggle("ncviz-is-rough", !empty && Boolean(frame.rough));
  return !empty;
}

/** A picture in a card's body, in whose place a sentence can say why there is none: show(why). */
function orProblem(parts, picture) {
  const problem = h("p", { class: "ncviz-wait" });
  parts.body.append(problem, picture);
  return (why) => {
    say(problem, why);
    problem.hidden = !why;
    picture.hidden = parts.caption.hidden = Boolean(why); // the caption says the same
  };
}

/** Asked each time: the setting may change while the page is open. */
const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Calls draw(frame, widthOf) for the newest frame, at most once a painted frame: frames that
 * arrive faster than the screen are dropped. `also` names further traits that it draws.
 * widthOf(node) is the room in a node, read once for each width of the view: among the writings of
 * other views every reading costs a layout of the whole page. Returns { redraw, signal, stop }.
 */
function live(model, el, draw, also = []) {
  el.classList.add("ncviz");
  const abort = new AbortController();
  let queued = 0;
  let width = 0;
  const widths = new Map();
  const widthOf = (node) => {
    if (!widths.get(node)) {
      const { paddingLeft, paddingRight } = getComputedStyle(node);
      widths.set(node, Math.floor(node.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)));
    }
    return widths.get(node);
  };
  const paint = () => {
    queued = 0;
    if (width === 0) return;
    if (widthOf(el) > 0) draw(model.get("frame"), widthOf);
    else redraw(); // hidden just now: it waits until that, or its return, is observed
  };
  const redraw = () => {
    queued ||= requestAnimationFrame(paint);
  };
  const observer = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    widths.clear();
    redraw();
  });
  observer.observe(el);
  const events = ["frame", ...also].map((trait) => `change:${trait}`);
  for (const event of events) model.on(event, redraw);
  const stop = () => {
    abort.abort();
    observer.disconnect();
    cancelAnimationFrame(queued);
    for (const event of events) model.off(event, redraw);
  };
  return { redraw, signal: abort.signal, stop };
}

const together = (...stops) => () => {
  for (const stop of stops) stop();
};

/** Calls change when the page becomes light or dark; returns what stops that. */
function onTheme(change) {
  const observer = new MutationObserver(change);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => observer.disconnect();
}

/** Speaks the readout only when a key moved it: every frame of a training would be noise. */
function readout(node, text, byKey) {
  put(node, { "aria-live": byKey ? "polite" : "off" });
  say(node, text);
}

/** A bar that says how far something is; show(share, text). */
function progressBar(look, name) {
  const fill = h("div", { class: "ncviz-progress-fill" });
  const limits = { role: "progressbar", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100 };
  const root = h("div", { class: `ncviz-progress ${look}`, ...limits }, fill);
  function show(share, text) {
    const percent = Math.round(100 * share);
    fill.style.width = `${percent}%`;
    put(root, { "aria-valuenow": percent, "aria-valuetext": text });
  }
  return { root, show };
}

/** The head and the body of a table whose rows begin with a name. */
function tableOf(columns, rows) {
  const head = columns.map((text) => h("th", { scope: "col" }, text));
  const body = rows.map(([name, ...cells]) =>
    h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((text) => h("td", {}, text))),
  );
  return [h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)];
}

/** "50 runs", "1 run". */
function runsOf(frame) {
  const runs = frame?.runs ?? 0;
  return runs === 1 ? "1 run" : `${runs} runs`;
}
