// S at each rank of the adapter that was tried: its interval, every run, and two rivals.

const BOUNDS = [
  { at: 2, name: "2 classical", look: "" },
  { at: 2 * Math.SQRT2, name: "2√2 Tsirelson", look: "ncviz-bound-quantum" },
  { at: 4, name: "4 any signalling", look: "ncviz-bound-any" },
];
const SERIES = [
  { key: "S", name: "S", look: "ncviz-lora-s", mark: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z" },
  { key: "train", name: "S on training texts", look: "ncviz-lora-train", mark: "M0,-4.6L4.4,3.4H-4.4Z" },
  // An open square, as it is often where S is: both stay to be seen.
  { key: "product", name: "product baseline: no correlation", look: "ncviz-lora-product", mark: "M-6,-6H6V6H-6Z" },
];
const HINT = "Point at a rank, or go through the ranks with the arrow keys.";

const line = (look, x1, y1, x2, y2) =>
  s("line", { class: look, x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2) });
const words = (look, x, y, text, anchor = "middle") =>
  s("text", { class: look, x: px(x), y: px(y), "text-anchor": anchor }, text);

/** Room for all means and runs; an interval that is wider still is cut at the ends. */
function rangeOf(frame) {
  const means = SERIES.flatMap(({ key }) => frame[key].map(([value]) => value));
  const there = [...means, ...frame.each.flat()].filter(known);
  return [Math.floor(Math.min(0, ...there) * 2) / 2, Math.max(3.05, ...there.map((value) => value + 0.15))];
}

function layout(width, frame) {
  const roomy = width >= 400;
  const box = { width, height: 250, left: 30, top: 18, base: 210, right: width - (roomy ? 98 : 32), roomy };
  box.range = rangeOf(frame);
  box.x = scale(-0.5, frame.ranks.length - 0.5, box.left, box.right);
  box.y = scale(...box.range, box.base, box.top);
  return box;
}

const named = (rank) => (rank ? `rank ${rank}` : "no adapter");

function back(box, frame) {
  const nodes = [
    s("rect", {
      class: "ncviz-above",
      x: box.left,
      y: box.top,
      width: Math.max(0, box.right - box.left),
      height: Math.max(0, box.y(2) - box.top),
    }),
    line("ncviz-axis", box.left, box.base, box.right, box.base),
    words("ncviz-axis-name", box.left - 6, 10, "S", "end"),
    words("ncviz-axis-name", (box.left + box.right) / 2, box.base + 34, "rank of the adapter (0: none)"),
  ];
  for (const value of ticks(...box.range, 5).filter(Number.isInteger)) {
    nodes.push(words("ncviz-tick", box.left - 6, box.y(value) + 4, number(value, 0), "end"));
  }
  for (const { at, name, look } of BOUNDS) {
    if (at > box.range[1]) continue;
    nodes.push(line(`ncviz-bound ${look}`, box.left, box.y(at), box.right, box.y(at)));
    const text = box.roomy ? name : name.split(" ")[0];
    nodes.push(words("ncviz-tick", box.right + 5, box.y(at) + 4, text, "start"));
  }
  frame.ranks.forEach((rank, k) => {
    const here = rank === frame.here;
    const node = words(`ncviz-tick ${here ? "ncviz-lora-here" : ""}`, box.x(k), box.base + 16, String(rank));
    nodes.push(node);
  });
  return nodes;
}

function drawing(box, frame) {
  const places = frame.ranks.map((_, k) => k);
  const nodes = [];
  const inside = (value) => clamp(value, ...box.range);
  let intervals = "";
  frame.S.forEach(([, low, high], k) => {
    if (known(low) && known(high)) intervals += `M${px(box.x(k))},${px(box.y(inside(low)))}V${px(box.y(inside(high)))}`;
  });
  nodes.push(s("path", { class: "ncviz-lora-interval", d: intervals }));
  const aside = Math.min(0.14, 12 / Math.max(1, box.x(1) - box.x(0)));
  frame.each.forEach((runs, k) =>
    runs.forEach((value) => nodes.push(s("circle", { class: "ncviz-dot", cx: px(box.x(k + aside)), cy: px(box.y(value)), r: 2 }))),
  );
  for (const { key, look, mark } of [...SERIES].reverse()) {
    const values = frame[key].map(([value]) => value ?? NaN);
    const marks = values.flatMap((value, k) =>
      known(value) ? [s("path", { class: "ncviz-lora-mark", d: mark, transform: `translate(${px(box.x(k))},${px(box.y(value))})` })] : [],
    );
    const d = linePath(places, values, box.x, box.y);
    nodes.push(s("g", { class: look }, s("path", { class: "ncviz-lora-line", d }), ...marks));
  }
  return nodes;
}

function legend() {
  return SERIES.map(({ name, look, mark }) => {
    const sample = s(
      "svg",
      { width: 28, height: 14, "aria-hidden": "true" },
      s(
        "g",
        { class: look },
        s("path", { class: "ncviz-lora-line", d: "M0,7H28" }),
        s("path", { class: "ncviz-lora-mark", d: mark, transform: "translate(14,7)" }),
      ),
    );
    return h("span", { class: "ncviz-key" }, sample, h("span", {}, name));
  });
}

function readoutOf(frame, k) {
  const [mean, train, product] = SERIES.map(({ key }) => frame[key][k]);
  return (
    `${named(frame.ranks[k])}: S = ${number(mean[0])} ${interval(mean)}, ` +
    `on training texts ${number(train[0])}, without correlation ${number(product[0])}`
  );
}

function render({ model, el }) {
  const parts = card(el, "S at each rank you have tried");
  say(parts.wait, "no answer with these settings yet");
  const keys = h("div", { class: "ncviz-legend" }, ...legend());
  const behind = s("g");
  const front = s("g", { class: "ncviz-curve" });
  const hair = s("line", { class: "ncviz-hair" });
  const svg = s("svg", { class: "ncviz-chart", role: "img", tabindex: 0 }, behind, hair, front);
  const said = h("p", { class: "ncviz-readout ncviz-lora-readout" });
  parts.body.append(keys, svg, said);
  let box = null;
  let frame = null;

  function draw(now) {
    frame = now;
    if (!fillCard(parts, frame, `mean of ${runsOf(frame)}, 95 % interval; dots: runs`)) return;
    box = layout(Math.floor(parts.body.clientWidth), frame);
    put(svg, { width: box.width, height: box.height, "aria-label": frame.caption });
    layer(behind, [box, frame.ranks, frame.here], () => back(box, frame));
    front.replaceChildren(...drawing(box, frame));
    const k = choice.step === null ? -1 : Math.min(choice.step, frame.ranks.length - 1);
    hair.style.visibility = k < 0 ? "hidden" : "visible";
    if (k >= 0) put(hair, { x1: box.x(k), x2: box.x(k), y1: box.top, y2: box.base });
    readout(said, k < 0 ? HINT : readoutOf(frame, k), choice.byKey);
  }

  const grip = {
    steps: () => (frame?.ranks ?? []).map((_, k) => k),
    stepAt(event) {
      if (!box || !frame?.ranks?.length) return null;
      const at = event.clientX - svg.getBoundingClientRect().left;
      const share = (at - box.left) / (box.right - box.left || 1);
      return clamp(Math.floor(share * frame.ranks.length), 0, frame.ranks.length - 1);
    },
  };
  const view = live(model, el, draw);
  const choice = scrub(svg, view.signal, grip, view.redraw);
  return view.stop;
}

export default answering(render);
