// The network as a drawing: bits, hidden neurons and heads, joined by lines as wide as the weights.

const BITS = ["s1", "s2", "s3", "s4"];
const LEAST_SCALE = 1; // weights below 1 all look thin, instead of the largest always looking wide
const LEAST_HEIGHT = 194;
const GROW_MS = 400;

const RING = [1.5, 4.5]; // px: of a neuron that nobody uses, and of the one that is used most

function unpackNet({ trunks, drawn, weights, used }) {
  const all = floats(weights);
  let from = 0;
  const take = (count) => all.subarray(from, (from += count));
  const into = take(trunks * drawn * BITS.length);
  const bias = take(trunks * drawn);
  const out = take(HEADS.length * drawn);
  return { trunks, drawn, into, bias, out, headBias: take(HEADS.length), all, used: floats(used) };
}

/** Everything that can be read from the drawing, as one part of it. */
function weightOf(net, { part, trunk, index, end }) {
  const unit = trunk * net.drawn + index;
  if (part === "into") return net.into[unit * BITS.length + end];
  if (part === "out") return net.out[end * net.drawn + index];
  return part === "unit" ? net.bias[unit] : net.headBias[end];
}

const headsOf = (net, trunk) => (net.trunks === 2 ? [trunk] : [0, 1]);

/** How much Alice and Bob use a shared neuron; nothing where each has neurons of its own. */
function usersOf(net, index) {
  if (net.used.length < 2 * net.drawn) return null;
  const [alice, bob] = [net.used[index], net.used[net.drawn + index]];
  return { both: alice + bob, share: alice + bob > 0 ? alice / (alice + bob) : 0.5 };
}

/** "; Alice uses 62 % of it, Bob 38 %": of what both heads together make of it. */
function usersInWords(net, item) {
  const users = item.part === "unit" ? usersOf(net, item.index) : null;
  if (!users || users.both === 0) return "";
  const alice = Math.round(100 * users.share);
  return `; of its use Alice has ${alice} %, Bob ${100 - alice} %`;
}

/** Whether an item is part of this net: neurons and trunks come and go. */
function isThere(net, { part, trunk, index, end }) {
  const unit = trunk < net.trunks && index < net.drawn;
  return unit && (part !== "out" || headsOf(net, trunk).includes(end));
}

/** What the arrow keys walk through: for each neuron its parts, from left to right. */
function walkOf(net, row) {
  const [trunk, index] = [Math.floor(row / net.drawn), row % net.drawn];
  const heads = headsOf(net, trunk);
  const part = (name) => (end) => ({ part: name, trunk, index, end });
  return [
    ...BITS.map((_, bit) => part("into")(bit)),
    part("unit")(0),
    ...heads.map(part("out")),
    ...heads.map(part("head")),
  ];
}

/** "s2 → neuron 3: +1.84" */
function inWords(net, item) {
  const { part, trunk, index, end } = item;
  const head = NAMES[HEADS[part === "out" || part === "head" ? end : trunk]];
  const unit = `${net.trunks === 2 ? `${head}’s neuron` : "neuron"} ${index + 1}`;
  const weight = weightOf(net, item);
  const value = (weight >= 0.005 ? "+" : "") + number(weight);
  if (part === "bit") return `${BITS[end]}: the input, −1 for bit 0 and +1 for bit 1`;
  if (part === "into") return `${BITS[end]} → ${unit}: ${value}`;
  if (part === "out") return `${unit} → ${head}: ${value}`;
  return `${part === "unit" ? unit : head}: bias ${value}${usersInWords(net, item)}`;
}

const sameItem = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** Whether a line is one of those that an item is about. */
function touches(item, line) {
  const sameUnit = item.trunk === line.trunk && item.index === line.index;
  if (item.part === "unit") return sameUnit;
  if (item.part === "bit") return line.part === "into" && item.end === line.end;
  if (item.part === "head") return line.part === "out" && item.end === line.end;
  return item.part === line.part && sameUnit && item.end === line.end;
}

/** Where everything stands. Up to twelve neurons share one height; more make the drawing taller. */
function layoutNet(width, { trunks, drawn }) {
  const slots = trunks * drawn + (trunks - 1);
  const pitch = clamp(LEAST_HEIGHT / slots, 14, 58);
  const tall = Math.max(LEAST_HEIGHT, slots * pitch);
  const side = clamp(width * 0.1, 32, 52); // half of a head's words
  const box = { width, top: 4, tall, height: tall + 30, bitX: 14, headX: width - side, side };
  box.r = clamp(pitch * 0.45, 9.5, 13);
  box.hiddenX = (box.bitX + box.headX) / 2;
  box.widest = clamp(pitch * 0.3, 4, 6.5);
  // Where neurons stand closer than they are wide, every other one steps aside.
  const aside = Math.sqrt(Math.max(0, (2 * box.r + 2) ** 2 - pitch ** 2)) / 2;
  const y = (slot, count, room) => box.top + tall / 2 + (slot - (count - 1) / 2) * room;
  box.bits = BITS.map((_, bit) => ({ x: box.bitX, y: y(bit, 4, tall / 4.2), r: 12 }));
  box.heads = HEADS.map((_, head) => ({ x: box.headX, y: y(head, 2, tall * 0.44), r: 12 }));
  box.unit = (trunk, index) => ({
    x: box.hiddenX + (index % 2 ? aside : -aside),
    y: y(trunk * (drawn + 1) + index, slots, pitch),
    r: box.r,
  });
  return box;
}

/** A circle with its texts; each text stands `dy` below the middle of the circle. */
function makeNode(look, ...texts) {
  const circle = s("circle", {});
  // `share` is 1 for what is there, less for what is growing in or leaving.
  const place = { x: 0, y: 0, r: 0, share: 0 };
  for (const text of texts) put(text, { "text-anchor": "middle" });
  const root = s("g", { class: `ncviz-net-node ${look}` }, circle, ...texts);
  return { root, circle, texts, now: place, from: place, to: place };
}

const inside = (text) => s("text", { dy: "0.35em" }, text);

function makeHead(head) {
  const look = `ncviz-label ncviz-strong ncviz-rim ncviz-text-${head}`;
  // Alice's words above and Bob's below, out of the way of most lines.
  const [nameY, taskY] = head === "alice" ? [-31, -18] : [25, 38];
  const task = s("text", { class: "ncviz-tick ncviz-rim", dy: taskY });
  const name = s("text", { class: look, dy: nameY }, NAMES[head]);
  const node = makeNode(`ncviz-net-head ncviz-of-${head}`, name, task);
  return { ...node, task };
}

function makeUnit(trunk, index) {
  const line = (part) => (_, end) => ({ part, trunk, index, end, node: s("line"), weight: 0, used: true });
  const node = makeNode("ncviz-net-unit", inside(String(index + 1)));
  const rings = HEADS.map((head) => s("path", { class: `ncviz-net-ring ncviz-of-${head}` }));
  node.circle.after(...rings);
  const lines = [...BITS.map(line("into")), ...HEADS.map(line("out"))];
  return { ...node, rings, trunk, index, lines, leaving: false };
}

function makeNet() {
  const net = {
    back: s("g", {}),
    lines: s("g", { class: "ncviz-net-lines ncviz-curve" }),
    nodes: s("g", {}),
    units: new Map(),
    bits: BITS.map((name) => makeNode("ncviz-net-bit", inside(name))),
    heads: HEADS.map(makeHead),
    width: 0,
    arrangedFor: "",
    started: -Infinity,
  };
  net.svg = s(
    "svg",
    { class: "ncviz-chart ncviz-net", role: "application", tabindex: 0 },
    net.back,
    net.lines,
    net.nodes,
    ...[...net.bits, ...net.heads].map((node) => node.root),
  );
  return net;
}

function send(node, place, share = 1) {
  node.from = node.now;
  node.to = { ...place, share };
}

/** Gives every node its new place; neurons that are new or gone begin to grow or to leave. */
function rearrange(net, data, box) {
  net.bits.forEach((node, bit) => send(node, box.bits[bit]));
  net.heads.forEach((node, head) => {
    const [first, last] = [box.unit(head, 0), box.unit(head, data.drawn - 1)];
    const own = { ...box.heads[head], y: (first.y + last.y) / 2 };
    send(node, data.trunks === 2 ? own : box.heads[head]);
  });
  for (let trunk = 0; trunk < data.trunks; trunk++) {
    for (let index = 0; index < data.drawn; index++) {
      const key = `${trunk} ${index}`;
      const place = box.unit(trunk, index);
      if (!net.units.has(key)) {
        const unit = makeUnit(trunk, index);
        unit.now = { ...place, share: 0 };
        net.units.set(key, unit);
        net.nodes.append(unit.root);
        net.lines.append(...unit.lines.map((line) => line.node));
      }
      send(net.units.get(key), place);
    }
  }
  for (const unit of net.units.values()) {
    unit.leaving = unit.trunk >= data.trunks || unit.index >= data.drawn;
    if (unit.leaving) send(unit, unit.now, 0);
  }
}

/** Rings around what an item joins: its line may be too thin to be seen. */
function ringNodes(net, item) {
  const ring = (node, on) => node.root.classList.toggle("ncviz-net-ringed", Boolean(on));
  const ofUnit = item && ["into", "unit", "out"].includes(item.part);
  const ends = (names, end) => item && names.includes(item.part) && item.end === end;
  net.bits.forEach((node, bit) => ring(node, ends(["into", "bit"], bit)));
  net.heads.forEach((node, head) => ring(node, ends(["out", "head"], head)));
  for (const unit of net.units.values()) {
    ring(unit, ofUnit && unit.trunk === item.trunk && unit.index === item.index);
  }
}

function drawNode(node, t) {
  const mix = (key) => node.from[key] + (node.to[key] - node.from[key]) * t;
  node.now = t === 1 ? node.to : { x: mix("x"), y: mix("y"), r: mix("r"), share: mix("share") };
  const { x, y, r, share } = node.now;
  put(node.root, { opacity: share === 1 ? 1 : px(share) });
  put(node.circle, { cx: px(x), cy: px(y), r: px(r * share) });
  for (const text of node.texts) put(text, { x: px(x), y: px(y) });
}

/** One scale for the whole drawing: the weight that is drawn at the greatest width. */
function scaleOf({ into, out }) {
  let most = LEAST_SCALE;
  for (const weights of [into, out]) {
    for (const weight of weights) if (Math.abs(weight) > most) most = Math.abs(weight);
  }
  return most;
}

/** An arc of a circle, clockwise from the top, between two shares of the whole. */
function arc({ x, y }, r, from, to) {
  const at = (share) => {
    const turn = 2 * Math.PI * share;
    return `${px(x + r * Math.sin(turn))},${px(y - r * Math.cos(turn))}`;
  };
  const [end, large] = [Math.min(to, from + 0.9999), to - from > 0.5 ? 1 : 0];
  return end - from < 0.001 ? "" : `M${at(from)}A${px(r)},${px(r)} 0 ${large} 1 ${at(end)}`;
}

/** A ring around a shared neuron: Bob's share of its use to the right, Alice's to the left. */
function drawRing(unit, data, most) {
  const users = unit.leaving ? null : usersOf(data, unit.index);
  const width = users ? RING[0] + (RING[1] - RING[0]) * (users.both / (most || 1)) : 0;
  const r = unit.now.r * unit.now.share + width / 2;
  const bob = users ? 1 - users.share : 0;
  put(unit.rings[0], { d: users ? arc(unit.now, r, bob, 1) : "", "stroke-width": px(width) });
  put(unit.rings[1], { d: users ? arc(unit.now, r, 0, bob) : "", "stroke-width": px(width) });
}

/** How much the neuron is used that is used most. */
const mostUsed = (data) =>
  Math.max(0, ...Array.from({ length: data.drawn }, (_, k) => usersOf(data, k)?.both ?? 0));

function drawUnit(unit, net, data, look) {
  drawRing(unit, data, look.most);
  const owner = data.trunks === 2 ? HEADS[unit.trunk] : "both";
  put(unit.circle, { class: `ncviz-of-${owner}` });
  for (const line of unit.lines) {
    // One that is leaving has no weights any more, and shrinks with its last ones.
    if (!unit.leaving) {
      line.used = line.part === "into" || headsOf(data, unit.trunk).includes(line.end);
      line.weight = line.used ? weightOf(data, line) : 0;
    }
    drawLine(line, unit, net, look);
  }
}

function drawLine(line, unit, net, look) {
  const other = line.part === "into" ? net.bits[line.end].now : net.heads[line.end].now;
  const lit = look.item && touches(look.item, line) ? " ncviz-net-lit" : "";
  const sign = line.weight < 0 ? "minus" : "plus";
  put(line.node, {
    class: `ncviz-net-line ncviz-net-${sign}${lit}`,
    x1: px(unit.now.x),
    y1: px(unit.now.y),
    x2: px(other.x),
    y2: px(other.y),
    // Two decimals: a tenth of a pixel would be a tenth of a thin line.
    "stroke-width": Math.round((Math.abs(line.weight) / look.scale) * look.widest * unit.now.share * 100) / 100,
  });
}

function columnNames({ trunks }, box, hidden) {
  const y = box.top + box.tall + 22;
  const neurons = hidden === 1 ? "neuron" : "neurons";
  const words = trunks === 2 ? `${hidden} + ${hidden} neurons` : `${hidden} shared ${neurons}`;
  return [
    tickAt(0, y, "start", "4 bits"),
    tickAt(box.hiddenX, y, "middle", words),
    tickAt(box.headX, y, "middle", "heads"),
  ];
}

function nameTasks(net, tasks, box) {
  net.heads.forEach(({ task }, head) => {
    const words = () => [shorten(tasks[head], 2 * box.side), s("title", {}, tasks[head])];
    layer(task, [tasks[head], box.side], words);
  });
}

/** Draws one frame; true while neurons still grow in or leave, so that more must follow. */
function drawNet(net, data, box, frame, item) {
  const arranged = JSON.stringify([box.width, data.trunks, data.drawn]);
  if (net.arrangedFor !== arranged) {
    rearrange(net, data, box);
    const jump = net.width !== box.width || prefersStill();
    net.started = jump ? -Infinity : performance.now();
    net.arrangedFor = arranged;
    net.width = box.width;
  }
  const passed = clamp((performance.now() - net.started) / GROW_MS, 0, 1);
  const t = 1 - (1 - passed) ** 3;
  put(net.svg, { width: box.width, height: box.height });
  layer(net.back, [box.width, data.trunks, data.drawn, frame.hidden], () =>
    columnNames(data, box, frame.hidden),
  );
  nameTasks(net, frame.tasks, box);
  const units = [...net.units.values()];
  for (const node of [...net.bits, ...net.heads, ...units]) drawNode(node, t);
  const look = { item, scale: scaleOf(data), widest: box.widest, most: mostUsed(data) };
  for (const unit of units) drawUnit(unit, net, data, look);
  net.svg.classList.toggle("ncviz-net-dim", Boolean(item));
  ringNodes(net, item);
  if (t < 1) return true;
  for (const [key, unit] of net.units) {
    if (!unit.leaving) continue;
    net.units.delete(key);
    for (const { node } of [{ node: unit.root }, ...unit.lines]) node.remove();
  }
  return false;
}

function distanceTo(line, x, y) {
  const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name)));
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = clamp(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.hypot(x1 + along * dx - x, y1 + along * dy - y);
}

const GENEROUS = 9; // px around a line or circle

/** The part of the drawing under a pointer: a circle first, else the nearest line. */
function partAt(net, x, y) {
  const near = ({ now }) => Math.hypot(now.x - x, now.y - y) <= now.r + 3;
  const bit = net.bits.findIndex(near);
  if (bit >= 0) return { part: "bit", trunk: 0, index: 0, end: bit };
  const head = net.heads.findIndex(near);
  if (head >= 0) return { part: "head", trunk: 0, index: 0, end: head };
  const there = [...net.units.values()].filter((unit) => !unit.leaving);
  const unit = there.find(near);
  if (unit) return { part: "unit", trunk: unit.trunk, index: unit.index, end: 0 };
  let best = null;
  let least = GENEROUS;
  for (const line of there.flatMap(({ lines }) => lines)) {
    // From the edge of a line, so that a wide one is easier to hit than a thin one beside it.
    const half = Number(line.node.getAttribute("stroke-width")) / 2;
    const away = line.used ? distanceTo(line.node, x, y) - half : Infinity;
    if (away < least) [best, least] = [line, away];
  }
  return best && { part: best.part, trunk: best.trunk, index: best.index, end: best.end };
}
