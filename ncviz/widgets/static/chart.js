// Shared by charts: scales, axes, curves, legends, and the step that is pointed at.

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

/** A line of a picture, which lies where its second height is left out. */
const rule = (look, x1, x2, y1, y2 = y1) => s("line", { class: look, x1, x2, y1, y2 });

/** Words at a tick of an axis, or beside it. */
const tickAt = (x, y, anchor, text) => s("text", { class: "ncviz-tick", x, y, "text-anchor": anchor }, text);

const axisName = (x, y, anchor, text) =>
  s("text", { class: "ncviz-axis-name", x, y, "text-anchor": anchor }, text);

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
    tickAt(x(value), y, value >= steps ? "end" : "middle", String(value)),
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

/** The training step at so many pixels from the left of a chart. */
const stepUnder = (at, { left, right }, steps) => clamp(((at - left) / (right - left)) * steps, 0, steps);

/** The upright line at the chosen step, if there is one. */
function drawHair(hair, { top }, bottom, x) {
  put(hair, { x1: x ?? 0, x2: x ?? 0, y1: top, y2: x === null ? top : bottom });
}

/** Background of a correlator: purple at −1, neutral at 0, green at +1. */
function correlatorColour(value) {
  if (!known(value)) return "transparent";
  const pole = value < 0 ? "--ncviz-minus" : "--ncviz-plus";
  const share = Math.round(clamp(Math.abs(value), 0, 1) * 100);
  return `color-mix(in srgb, var(${pole}) ${share}%, var(--ncviz-neutral))`;
}

/**
 * Lets pointer, touch and arrow keys choose a training step in charts, each with its `svg` and, if
 * that is not all that can be pointed at, `root`. What they show is `now`: { data, boxes }. The
 * choice is `scrub.step`; `scrub.at()` is its place among the records, −1 without any.
 */
function scrub(target, { signal, redraw }, charts, now) {
  const steps = () => now.data?.step ?? [];
  const choice = { step: null, byKey: false };
  choice.at = () => (choice.step === null || !steps().length ? -1 : nearest(steps(), choice.step));
  const choose = (step, byKey = false) => {
    if (step === choice.step && byKey === choice.byKey) return;
    choice.step = step;
    choice.byKey = byKey;
    redraw();
  };
  const on = (where, type, listener) => where.addEventListener(type, listener, { signal });
  const point = (event) => {
    const which = charts.findIndex(({ root, svg }) => (root ?? svg).contains(event.target));
    if (!now.boxes[which]) return;
    const at = event.clientX - charts[which].svg.getBoundingClientRect().left;
    choose(stepUnder(at, now.boxes[which], now.data.steps));
  };
  on(target, "pointerdown", point);
  on(target, "pointermove", point);
  // A lifted finger leaves the readout up; a tap elsewhere takes it away.
  on(target, "pointerleave", (event) => event.pointerType !== "touch" && choose(null));
  on(document, "pointerdown", (event) => !target.contains(event.target) && choose(null));
  on(target, "blur", () => choice.byKey && choose(null));
  on(target, "keydown", (event) => {
    const last = steps().length - 1;
    const at = choice.step === null ? last : choice.at();
    const jump = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: at - jump, ArrowRight: at + jump, Home: 0, End: last }[event.key];
    if (event.key === "Escape") choose(null);
    if (to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation(); // or the notebook would move its cells
    choose(steps()[clamp(to, 0, last)], true);
  });
  return choice;
}

/** A line of a legend: a small drawing, and what it is. */
function keyOf(width, height, shapes, text) {
  const sample = s("svg", { width, height, "aria-hidden": "true" }, ...shapes);
  return h("span", { class: "ncviz-key" }, sample, text);
}

/** How a curve looks, and what it is. */
function curveKey(look, text = "") {
  const words = h("span", {}, text);
  return { root: keyOf(24, 10, [s("path", { class: look, d: "M1,5H23" })], words), words };
}

/** What a kept experiment's curves are called; the key is hidden where nothing is kept. */
function sayKept(key, ghost) {
  key.root.hidden = !ghost.step;
  say(key.words, ghost.step ? `kept: ${ghost.label}` : "");
}
