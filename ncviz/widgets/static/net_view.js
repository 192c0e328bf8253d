// One network, drawn: its weights, and the points it gets wrong.

const BY_POINTER = "Point at a line to read its weight.";
const BY_KEY = "Arrow keys read the weights.";
const KEYS = "Left and right go along one neuron’s weights, up and down to another neuron.";

/** Which network: a setting and a run. */
function makeChooser(model) {
  const [setting, run] = [settingSelect(model), runBox(model)];
  const of = h("span", { class: "ncviz-net-of" });
  const ofSetting = labelled("Setting", setting, "ncviz-unseen");
  const root = h("div", { class: "ncviz-row ncviz-chooser ncviz-net-chooser" }, ...ofSetting, ...labelled("Run", run), of);
  keepKeys(root);
  return { root, setting, run, of };
}

function drawChooser(chooser, model, kept) {
  chooser.run.readOnly = kept < 1; // not disabled: it keeps the focus
  put(chooser.run, { max: Math.max(0, kept - 1) });
  say(chooser.of, kept < 1 ? "" : `0 to ${kept - 1}`);
  showIn(chooser.run, model.get("run"));
  showIn(chooser.setting, model.get("setting"));
}

/** The scale of the drawing, by two lines of a round weight. */
function makeScale() {
  const sample = (sign) => {
    const line = rule(`ncviz-net-line ncviz-net-${sign}`, 0, 30, 6);
    const value = h("span", {});
    return { line, value, root: keyOf(30, 12, [line], value) };
  };
  const [plus, minus] = ["plus", "minus"].map(sample);
  const ring = h("span", { class: "ncviz-net-ring-key" }, "ring = who uses a neuron");
  const root = h("div", { class: "ncviz-row ncviz-legend" }, "width = weight", plus.root, minus.root, ring);
  return { root, plus, minus, ring };
}

function drawScale(legend, scaleEnd, widest) {
  const power = 10 ** Math.floor(Math.log10(scaleEnd));
  const round = [5, 2, 1].find((digit) => digit * power <= scaleEnd) * power;
  const width = Math.round((round / scaleEnd) * widest * 100) / 100;
  for (const [name, sign] of [["plus", "+"], ["minus", "−"]]) {
    put(legend[name].line, { "stroke-width": width });
    say(legend[name].value, sign + round);
  }
}

/** Pointer and arrow keys choose a part of the drawing; the choice is `choice.item`. */
function choosePart(net, signal, drawn, redraw) {
  const choice = { item: null, byKey: false };
  const at = { row: 0, column: -1 };
  const on = (where, type, listener) => where.addEventListener(type, listener, { signal });
  const choose = (item, byKey = false) => {
    if (sameItem(item, choice.item) && byKey === choice.byKey) return;
    choice.item = item;
    choice.byKey = byKey;
    redraw();
  };
  const point = (event) => {
    const box = net.svg.getBoundingClientRect();
    choose(partAt(net, event.clientX - box.left, event.clientY - box.top));
  };
  on(net.svg, "pointerdown", point);
  on(net.svg, "pointermove", point);
  // A lifted finger leaves the readout up; a tap elsewhere takes it away.
  on(net.svg, "pointerleave", (event) => event.pointerType !== "touch" && choose(null));
  on(document, "pointerdown", (event) => !net.svg.contains(event.target) && choose(null));
  on(net.svg, "blur", () => (choice.byKey ? choose(null) : redraw()));
  on(net.svg, "focus", redraw);
  on(net.svg, "keydown", (event) => {
    const data = drawn();
    if (event.key === "Escape") choose(null);
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const by = { ...move, Home: [0, -99], End: [0, 99] }[event.key];
    if (!by || !data) return;
    event.preventDefault();
    event.stopPropagation(); // or the notebook would move its cells
    at.row = clamp(at.row + by[0], 0, data.trunks * data.drawn - 1);
    const walk = walkOf(data, at.row);
    at.column = clamp(at.column + by[1], 0, walk.length - 1);
    choose(walk[at.column], true);
  });
  return choice;
}

function render({ model, el }) {
  const parts = card(el, "The net");
  const chooser = makeChooser(model);
  const line = h("p", { class: "ncviz-readout" });
  const net = makeNet();
  const legend = makeScale();
  const notAll = h("p", { class: "ncviz-net-part" });
  const wrong = makeWrongPoints();
  const picture = h("div", {}, line, net.svg, legend.root, notAll, wrong.root);
  parts.body.append(chooser.root);
  const explain = orProblem(parts, picture);
  put(net.svg, { "aria-description": KEYS });
  let data = null;

  function draw(frame, widthOf) {
    if (!fillCard(parts, frame, `run ${frame.run}, step ${frame.step}`)) return;
    drawChooser(chooser, model, frame.kept);
    explain(frame.problem);
    data = frame.problem ? null : unpackNet(frame);
    if (!data) return;
    const width = widthOf(parts.body);
    const box = layoutNet(Math.min(width, 560), data);
    if (choice.item && !isThere(data, choice.item)) choice.item = null;
    put(net.svg, { "aria-label": `The network drawn, ${settingName(frame.setting)}` });
    if (drawNet(net, data, box, frame, choice.item)) view.redraw();
    drawScale(legend, scaleOf(data), box.widest);
    legend.ring.hidden = data.trunks === 2;
    const how = net.svg.matches(":focus-visible") ? BY_KEY : BY_POINTER;
    readout(line, choice.item ? inWords(data, choice.item) : how, choice.byKey);
    const some = frame.hidden > frame.drawn;
    sayIf(notAll, some ? `Only the first ${frame.drawn} of ${frame.hidden} neurons are drawn.` : "");
    drawWrongPoints(wrong, frame, width);
  }

  const view = live(model, el, draw, ["run", "setting"]);
  const choice = choosePart(net, view.signal, () => data, view.redraw);
  return view.stop;
}

export default answering(render);
