// Shared by all widgets: this text is put in front of each widget's own script.

const SVG_NS = "http://www.w3.org/2000/svg";

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

/** Round tick values between low and high, about `count` of them. */
function ticks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) * power;
  const values = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    values.push(Number((k * step).toPrecision(12)));
  }
  return values;
}

const scale = (low, high, start, end) => (value) =>
  start + ((value - low) / (high - low || 1)) * (end - start);

const px = (value) => Math.round(value * 10) / 10; // much faster than toFixed

function linePath(xs, ys, x, y) {
  let path = "";
  let pen = "M";
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i])) {
      pen = "M";
      continue;
    }
    path += `${pen}${px(x(xs[i]))},${px(y(ys[i]))}`;
    pen = "L";
  }
  return path;
}

/**
 * Where runs stand across a strip, from 0 to 1: in no order, and the same in every frame. Where
 * many are tied those that agree stand side by side, on a bar as long as their share of the runs.
 */
function acrossStrip(values, tied) {
  const places = Array.from(values, (_, run) => (run * 0.618033988749895) % 1);
  if (!tied) return places;
  const alike = new Map();
  values.forEach((value, run) => alike.set(value, [...(alike.get(value) ?? []), run]));
  for (const runs of alike.values()) {
    const [many, share] = [runs.length, runs.length / values.length];
    if (many > 1) runs.forEach((run, k) => (places[run] = 0.5 + (k / (many - 1) - 0.5) * share));
  }
  return places;
}

function bandPath(xs, low, high, x, y) {
  const there = [];
  for (let i = 0; i < xs.length; i++) {
    if (Number.isFinite(low[i]) && Number.isFinite(high[i])) there.push(i);
  }
  if (!there.length) return "";
  const point = (i, ys) => `${px(x(xs[i]))},${px(y(ys[i]))}`;
  const up = there.map((i) => point(i, high));
  const back = there.reverse().map((i) => point(i, low));
  return `M${up.join("L")}L${back.join("L")}Z`;
}

/** Labels of the training-step axis; the last one ends at the axis, to stay inside. */
function stepTicks(steps, x, y, count) {
  return ticks(0, steps, count).map((value) =>
    s(
      "text",
      { class: "ncviz-tick", x: x(value), y, "text-anchor": value >= steps ? "end" : "middle" },
      String(value),
    ),
  );
}

/** Text of a picture that has so many pixels of room. */
function shorten(text, room) {
  const letters = Math.max(3, Math.floor(room / 6.6)); // about one letter's width at 11 px
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

function nearest(steps, step) {
  let best = 0;
  for (let i = 1; i < steps.length; i++) {
    if (Math.abs(steps[i] - step) < Math.abs(steps[best] - step)) best = i;
  }
  return best;
}

/** Background of a correlator: purple at −1, neutral at 0, green at +1. */
function correlatorColour(value) {
  if (!known(value)) return "transparent";
  const pole = value < 0 ? "--ncviz-minus" : "--ncviz-plus";
  const share = Math.round(clamp(Math.abs(value), 0, 1) * 100);
  return `color-mix(in srgb, var(${pole}) ${share}%, var(--ncviz-neutral))`;
}

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
      { class: "ncviz-head" },
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

/** Asked each time: the setting may change while the page is open. */
const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Calls draw(frame, width) for the newest frame, at most once a painted frame: frames that
 * arrive faster than the screen are dropped. `also` names further traits that it draws.
 * Returns { redraw, signal, stop }.
 */
function live(model, el, draw, also = []) {
  el.classList.add("ncviz");
  const abort = new AbortController();
  let queued = 0;
  let width = 0;
  const paint = () => {
    queued = 0;
    if (width === 0) return;
    if (el.clientWidth > 0) draw(model.get("frame"), width);
    else redraw(); // hidden just now: it waits until that, or its return, is observed
  };
  const redraw = () => {
    queued ||= requestAnimationFrame(paint);
  };
  const observer = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
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

/**
 * Lets pointer, touch and arrow keys choose a training step. `chart.stepAt(event)` gives the
 * step under a pointer, `chart.steps()` the recorded ones. The choice is `scrub.step`.
 */
function scrub(target, signal, chart, redraw) {
  const choice = { step: null, byKey: false };
  const choose = (step, byKey = false) => {
    if (step === choice.step && byKey === choice.byKey) return;
    choice.step = step;
    choice.byKey = byKey;
    redraw();
  };
  const on = (where, type, listener) => where.addEventListener(type, listener, { signal });
  const point = (event) => {
    const step = chart.stepAt(event);
    if (step !== null) choose(step);
  };
  on(target, "pointerdown", point);
  on(target, "pointermove", point);
  // A lifted finger leaves the readout up; a tap elsewhere takes it away.
  on(target, "pointerleave", (event) => event.pointerType !== "touch" && choose(null));
  on(document, "pointerdown", (event) => !target.contains(event.target) && choose(null));
  on(target, "blur", () => choice.byKey && choose(null));
  on(target, "keydown", (event) => {
    const steps = chart.steps();
    const last = steps.length - 1;
    const now = choice.step === null ? last : nearest(steps, choice.step);
    const jump = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: now - jump, ArrowRight: now + jump, Home: 0, End: last }[event.key];
    if (event.key === "Escape") choose(null);
    if (to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation(); // or the notebook would move its cells
    choose(steps[clamp(to, 0, last)], true);
  });
  return choice;
}

/** Speaks the readout only when a key moved it: every frame of a training would be noise. */
function readout(node, text, byKey) {
  put(node, { "aria-live": byKey ? "polite" : "off" });
  say(node, text);
}

/** A line of a legend: how a curve looks, and what it is. */
function curveKey(look, text = "") {
  const words = h("span", {}, text);
  const sample = s(
    "svg",
    { width: 24, height: 10, "aria-hidden": "true" },
    s("path", { class: look, d: "M1,5H23" }),
  );
  return { root: h("span", { class: "ncviz-key" }, sample, words), words };
}

/** What a kept experiment's curves are called; the key is hidden where nothing is kept. */
function sayKept(key, ghost) {
  key.root.hidden = !ghost.step;
  say(key.words, ghost.step ? `kept: ${ghost.label}` : "");
}

/** "50 runs", "1 run". */
function runsOf(frame) {
  const runs = frame?.runs ?? 0;
  return runs === 1 ? "1 run" : `${runs} runs`;
}
