// Marks of experiments and boxes, and numbers beside them that cover nothing.

/** A published experiment is a full diamond, a made-up box an open ring. */
function markShape(published, x, y, r = 4.5) {
  if (!published) return s("circle", { class: "ncviz-made-up", cx: px(x), cy: px(y), r });
  const d = `M${px(x)},${px(y - r)}L${px(x + r)},${px(y)}L${px(x)},${px(y + r)}L${px(x - r)},${px(y)}Z`;
  return s("path", { class: "ncviz-published", d });
}

const DIRECTIONS = [-45, 0, 45, 90, 180, 225, 135, -90].map((degrees) => (degrees * Math.PI) / 180);
const FAR = [11, 16, 22, 29];

/** Where to write the number of each point: the nearest free place around it, inside the box. */
function placeNumbers(points, taken, box) {
  const found = [];
  const free = (at) =>
    at.x > box.left + 4 &&
    at.x < box.right - 4 &&
    at.y > box.top - 8 &&
    at.y < box.base - 6 &&
    points.every((other) => Math.hypot(at.x - other.x, at.y - other.y) > 9.5) &&
    taken.every((other) => Math.hypot(at.x - other.x, at.y - other.y) > other.r + 5) &&
    found.every((other) => Math.hypot(at.x - other.x, at.y - other.y) > 11);
  for (const point of points) {
    const around = FAR.flatMap((far) =>
      DIRECTIONS.map((angle) => ({
        x: point.x + far * Math.cos(angle),
        y: point.y + far * Math.sin(angle),
        far,
      })),
    );
    found.push(around.find(free) ?? around[0]);
  }
  return found;
}

/** A number beside its mark, with a line to it where it had to move away. */
function numberAt(text, point, at) {
  const nodes = [];
  if (at.far > FAR[0]) {
    const share = 1 - 6 / at.far;
    nodes.push(
      s("line", {
        class: "ncviz-leader",
        x1: px(point.x),
        y1: px(point.y),
        x2: px(point.x + (at.x - point.x) * share),
        y2: px(point.y + (at.y - point.y) * share),
      }),
    );
  }
  const look = { class: "ncviz-mark-number", x: px(at.x), y: px(at.y + 4), "text-anchor": "middle" };
  nodes.push(s("text", look, text));
  return nodes;
}

/** The mean of the network: a strong dot with its intervals, cut off at the ends of the axes. */
function netMark(x, y, box, r = 5.5) {
  const [at, up] = [x?.[0], y?.[0]];
  if (!known(at) || !known(up)) return [];
  const [cx, cy] = [box.x(at), box.y(up)];
  const nodes = [];
  const inside = (value, low, high) => px(clamp(value, Math.min(low, high), Math.max(low, high)));
  if (known(x[1]) && known(x[2])) {
    const ends = [x[1], x[2]].map((end) => inside(box.x(end), box.left, box.right));
    nodes.push(s("line", { class: "ncviz-net-whisker", x1: ends[0], x2: ends[1], y1: px(cy), y2: px(cy) }));
  }
  if (known(y[1]) && known(y[2])) {
    const ends = [y[1], y[2]].map((end) => inside(box.y(end), box.top, box.base));
    nodes.push(s("line", { class: "ncviz-net-whisker", x1: px(cx), x2: px(cx), y1: ends[0], y2: ends[1] }));
  }
  return [...nodes, s("circle", { class: "ncviz-net-mean", cx: px(cx), cy: px(cy), r })];
}
