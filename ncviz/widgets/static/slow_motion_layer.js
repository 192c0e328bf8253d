// The shared layer between two heads: a ring around each neuron of the net, and a bar beside it.

const RING_ROOM = 4.5; // px between a neuron's circle and its ring
const BARS = "Cosine of both pulls; the area of a bar is how much they help or hinder each other.";
const ALONE = "Each neuron has one head only, which pulls alone.";
const BAR = { width: 120, height: 16, thickest: 14, thinnest: 2 };

/** The net's drawing, which cannot be pointed at here, with rings. */
function makeLayer() {
  const net = makeNet();
  net.svg.removeAttribute("tabindex");
  put(net.svg, { role: "img" });
  const rings = s("g", {});
  net.svg.insertBefore(rings, net.nodes);
  const bars = h("ol", { class: "ncviz-slow-bars", "aria-label": "How Alice and Bob pull at each neuron" });
  const words = h("p", { class: "ncviz-readout" });
  const sign = (look, text) => {
    const line = put(rule(`ncviz-net-line ncviz-net-${look}`, 0, 26, 5), { "stroke-width": 3 });
    return keyOf(26, 10, [line], text);
  };
  const legend = h("div", { class: "ncviz-row ncviz-legend" }, sign("plus", "weight above 0"), sign("minus", "below 0"));
  const root = h("div", { class: "ncviz-slow-layer" }, net.svg, legend, bars, words);
  return { net, rings, bars, words, root };
}

/**
 * A bar from the middle: to the left for pulls against each other, to the right for together. As
 * thick as both pulls are strong, so that its area is how much they help or hinder each other.
 */
function barOf(cosine, how, strength, index) {
  const middle = BAR.width / 2;
  const end = middle * (1 + (cosine ?? 0));
  const thick = Math.max(BAR.thinnest, BAR.thickest * strength);
  const bar = s(
    "svg",
    { viewBox: `0 0 ${BAR.width} ${BAR.height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "ncviz-slow-track", x: 0, y: 6, width: BAR.width, height: 4 }),
    s("rect", {
      x: px(Math.min(middle, end)),
      y: px((BAR.height - thick) / 2),
      width: px(Math.abs(end - middle)),
      height: px(thick),
      style: `fill: ${correlatorColour(Math.sign(cosine ?? 0))}`,
    }),
    rule("ncviz-axis", middle, middle, 0, BAR.height),
  );
  const words = how ? `${how} ${number(cosine)}` : "nobody pulls";
  return h("li", {}, h("b", {}, `neuron ${index + 1}`), bar, h("span", {}, words));
}

/** Draws the net; true while its neurons still grow or leave, so that more must follow. */
function drawLayer(layer_, frame, width) {
  const data = unpackNet(frame);
  const box = layoutNet(Math.min(width, 420), data);
  const grows = drawNet(layer_.net, data, box, frame, null);
  put(layer_.net.svg, { "aria-label": `The network, after ${frame.updates} updates` });
  const there = [...layer_.net.units.values()].filter((unit) => !unit.leaving);
  const ring = (unit) =>
    s("circle", {
      class: "ncviz-slow-ring",
      cx: px(unit.now.x),
      cy: px(unit.now.y),
      r: px(unit.now.r * unit.now.share + RING_ROOM),
      style: `stroke: ${correlatorColour(frame.cosines[unit.index])}`,
    });
  layer_.rings.replaceChildren(...(frame.cosines.length ? there.map(ring) : []));
  layer(layer_.bars, [frame.cosines, frame.strengths], () => frame.cosines.map((c, i) => barOf(c, frame.manners[i], frame.strengths[i], i)));
  layer_.bars.hidden = !frame.cosines.length;
  say(layer_.words, frame.cosines.length ? BARS : ALONE);
  return grows;
}
