// Input space: neurons as lines that both heads push, and what each head answers where.

const LEVELS = [-0.8, -0.4, 0, 0.4, 0.8]; // of 2p − 1, between the colours of a map
const FINENESS = 32767; // of the maps’ numbers
const STRIP = 2; // px
const LARGEST = 360; // px of a side
const FULL_SIZE = 220; // px of a side at which points are drawn in full size
const ROOM = { left: 18, bottom: 30, top: 4, right: 6 };
const ASIDE = 5; // px between the arrows of Alice and of Bob
const LEAST_ARROW = 3; // px; a shorter one is not seen
const OUTSIDE = [
  [17, 0],
  [0, 17],
  [15, 15],
]; // px from a corner to its points that lie in other planes

/** From "surely 0" to "surely 1". */
const BANDS = ["bob 75%", "bob 48%", "bob 24%", "alice 24%", "alice 48%", "alice 75%"];

function bandLook(band) {
  const [head, share] = BANDS[band].split(" ");
  const style = `fill: color-mix(in srgb, var(--ncviz-${head}) ${share}, var(--ncviz-bg))`;
  return { class: "ncviz-slow-band", style };
}

const bandOf = (value) => LEVELS.filter((level) => value >= level).length;

/** The values of a map at a height, in cells from the lowest row's middle. */
function rowAt(values, cells, height) {
  const below = clamp(Math.floor(height), 0, cells - 2);
  const t = clamp(height - below, 0, 1);
  const of = (row, column) => values[row * cells + column] / FINENESS;
  return (column) => (1 - t) * of(below, column) + t * of(below + 1, column);
}

/** One path for each colour of a map, strip by strip; between the cells it is interpolated. */
function bandPaths(values, cells, size) {
  const paths = Array(LEVELS.length + 1).fill("");
  const cell = size / cells;
  for (let y = 0; y < size; y += STRIP) {
    const tall = Math.min(STRIP, size - y);
    const of = rowAt(values, cells, (size - y - tall / 2) / cell - 0.5);
    let [from, band] = [0, bandOf(of(0))];
    const emit = (to) => {
      if (px(to) > px(from)) paths[band] += `M${px(from)},${y}H${px(to)}v${tall}H${px(from)}Z`;
      from = to;
    };
    for (let column = 1; column < cells; column++) {
      const [before, now] = [of(column - 1), of(column)];
      while (bandOf(now) !== band) {
        const up = bandOf(now) > band;
        const level = LEVELS[up ? band : band - 1];
        const t = now === before ? 0 : clamp((level - before) / (now - before), 0, 1);
        emit((column - 0.5 + t) * cell);
        band += up ? 1 : -1;
      }
    }
    emit(size);
  }
  return paths;
}

function makePlane(look, title) {
  const layers = ["bands", "axes", "lines", "points", "arrows"].map((name) => [name, s("g", {})]);
  const groups = Object.fromEntries(layers);
  const svg = s("svg", { class: "ncviz-chart", role: "img" }, ...Object.values(groups));
  const words = h("p", { class: "ncviz-readout" });
  const under = h("p", { class: "ncviz-slow-under" });
  const root = h("div", { class: `ncviz-slow-plane ncviz-slow-${look}` }, h("h4", {}, title), under, svg, words);
  return { svg, words, under, root, ...groups };
}

/** Where things of input space stand in a picture so many pixels wide. */
function squareOf(width, { reach }) {
  const size = clamp(width - ROOM.left - ROOM.right, 80, LARGEST);
  return {
    size,
    share: clamp(size / FULL_SIZE, 0.5, 1),
    width: size + ROOM.left + ROOM.right,
    height: size + ROOM.top + ROOM.bottom,
    x: scale(-reach, reach, ROOM.left, ROOM.left + size),
    y: scale(-reach, reach, ROOM.top + size, ROOM.top),
  };
}

function axesOf(square, frame) {
  const [across, up] = frame.pair.map((bit) => BITS[bit]);
  const bottom = ROOM.top + square.size;
  const text = (x, y, words, anchor = "middle") => tickAt(px(x), px(y), anchor, words);
  return [
    s("rect", { class: "ncviz-slow-frame", x: ROOM.left, y: ROOM.top, width: square.size, height: square.size }),
    ...[0, 1].flatMap((bit) => [
      text(square.x(2 * bit - 1), bottom + 13, String(bit)),
      text(ROOM.left - 6, square.y(2 * bit - 1) + 4, String(bit), "end"),
    ]),
    text(square.x(0), bottom + 24, across),
    text(ROOM.left - 4, square.y(0) + 4, up, "end"),
  ];
}

function linesOf(square, frame, trunk) {
  return frame.lines
    .filter((line) => trunk === null || line.trunk === trunk)
    .flatMap(({ trunk: of, index, ends: [a, b] }) => {
      const look = frame.trunks === 2 ? `ncviz-of-${HEADS[of]}` : "";
      const at = { x: px(square.x(b[0] * 0.93 + a[0] * 0.07)), y: px(square.y(b[1] * 0.93 + a[1] * 0.07)) };
      return [
        rule(`ncviz-slow-line ${look}`, px(square.x(a[0])), px(square.x(b[0])), px(square.y(a[1])), px(square.y(b[1]))),
        s("text", { class: "ncviz-rim ncviz-slow-name", ...at, dy: "0.35em", "text-anchor": "middle" }, String(index + 1)),
      ];
    });
}

/** An arrow with a full head for Alice, and with a hollow one for Bob. */
function arrowOf(x, y, dx, dy, head) {
  const length = Math.hypot(dx, dy);
  if (length < LEAST_ARROW) return [];
  const [ux, uy] = [dx / length, dy / length];
  const tip = Math.min(8, length);
  const [baseX, baseY] = [x + dx - ux * tip, y + dy - uy * tip];
  const wing = (side) => `${px(baseX - side * uy * tip * 0.5)},${px(baseY + side * ux * tip * 0.5)}`;
  const look = `ncviz-slow-arrow ncviz-of-${HEADS[head]}`;
  return [
    s("path", { class: look, d: `M${px(x)},${px(y)}L${px(baseX)},${px(baseY)}` }),
    s("path", { class: `${look} ncviz-slow-tip`, d: `M${px(x + dx)},${px(y + dy)}L${wing(1)}L${wing(-1)}Z` }),
  ];
}

function arrowsOf(square, frame) {
  const unit = square.x(1) - square.x(0);
  return frame.lines.flatMap(({ ends: [a, b], feet, pushes }) => {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const [ux, uy] = [(b[0] - a[0]) / length, (a[1] - b[1]) / length]; // along the line, in pixels
    return HEADS.flatMap((_, head) =>
      feet.flatMap(([x, y], k) => {
        const aside = head ? ASIDE : -ASIDE;
        const [dx, dy] = pushes[head][k].map((by) => by * frame.gain * unit);
        return arrowOf(square.x(x) + aside * ux, square.y(y) + aside * uy, dx, -dy, head);
      }),
    );
  });
}

const bitsOf = (point) => BITS.map((_, bit) => (point >> (BITS.length - 1 - bit)) & 1);

/** The 16 points without noise at the corners; those of other planes stand small beside. */
function pointsOf(square, frame, head) {
  const beside = [0, 0, 0, 0];
  return frame.inside.flatMap((inside, point) => {
    const bits = bitsOf(point);
    const [across, up] = frame.pair.map((bit) => bits[bit]);
    const [dx, dy] = inside ? [0, 0] : OUTSIDE[beside[2 * across + up]++];
    const x = square.x(2 * across - 1) + square.share * (across ? dx : -dx);
    const y = square.y(2 * up - 1) + square.share * (up ? -dy : dy);
    const [label, said] = [frame.labels[point][head], frame.says[point][head]];
    const r = square.share * (inside ? 6.5 : 3.6);
    const circle = s(
      "circle",
      { class: `ncviz-slow-point ncviz-slow-is-${label}`, cx: px(x), cy: px(y), r },
      s("title", {}, `s = ${bits.join("")}: ${label} is right, ${NAMES[HEADS[head]]} says ${said}`),
    );
    if (label === said) return [circle];
    const d = r + 3; // the arms of a cross behind the point, whose label stays to be seen
    const cross = `M${px(x - d)},${px(y - d)}l${2 * d},${2 * d}M${px(x - d)},${px(y + d)}l${2 * d},${-2 * d}`;
    return [...["cross-rim", "cross"].map((look) => s("path", { class: `ncviz-slow-${look}`, d: cross })), circle];
  });
}

function drawSquare(plane, square, frame) {
  put(plane.svg, { width: px(square.width), height: px(square.height) });
  layer(plane.axes, [square.size, frame.pair], () => axesOf(square, frame));
}

function aboutArrows({ lines, trunks, hidden, fixed, gain, rate }) {
  const names = fixed.map((bit) => BITS[bit]).join(" and ");
  if (!lines.length) return `No neuron’s line crosses this plane: let other bits vary, or keep other values of ${names}.`;
  const all = trunks * hidden;
  const times = gain === 1 ? "" : `${Number(gain.toPrecision(1))} times `;
  const missing = lines.length < all ? ` ${all - lines.length} of ${all} lines lie outside.` : "";
  return `Arrows: ${times}as long as what one plain step of rate ${rate} on all training points would do.${missing}`;
}

/** Bare input space: where each head pushes each neuron's line. */
function drawPushes(plane, frame, width) {
  const square = squareOf(width, frame);
  drawSquare(plane, square, frame);
  plane.lines.replaceChildren(...linesOf(square, frame, null));
  plane.arrows.replaceChildren(...arrowsOf(square, frame));
  say(plane.under, "each is where its input is 0");
  say(plane.words, aboutArrows(frame));
  put(plane.svg, { "aria-label": `${frame.lines.length} neurons as lines in input space, with the pushes of Alice and Bob` });
}

/** Int16 values of a DataView; copied, as its offset need not be a multiple of two. */
function whole16(data) {
  return new Int16Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer);
}

/** What a head answers where. */
function drawMap(plane, frame, head, width) {
  const square = squareOf(width, frame);
  drawSquare(plane, square, frame);
  const { cells, maps } = frame;
  const all = whole16(maps);
  const paths = bandPaths(all.subarray(head * cells ** 2, (head + 1) * cells ** 2), cells, square.size);
  if (!plane.bands.children.length) plane.bands.append(...paths.map((_, band) => s("path", bandLook(band))));
  put(plane.bands, { transform: `translate(${ROOM.left} ${ROOM.top})` });
  paths.forEach((path, band) => put(plane.bands.children[band], { d: path }));
  plane.lines.replaceChildren(...linesOf(square, frame, frame.trunks === 2 ? head : null));
  plane.points.replaceChildren(...pointsOf(square, frame, head));
  const right = frame.labels.filter((label, point) => label[head] === frame.says[point][head]).length;
  const name = NAMES[HEADS[head]];
  say(plane.under, frame.tasks[head]);
  put(plane.under, { title: frame.tasks[head] });
  say(plane.words, `Right on ${right} of the 16 points.`);
  put(plane.svg, { "aria-label": `What ${name} answers in input space; right on ${right} of the 16 points without noise` });
}
