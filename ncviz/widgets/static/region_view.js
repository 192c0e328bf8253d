// Where the network stands: two CHSH forms against each other, and S against the visible change.

const REACH = 4.3;
const HINT = "The left and right arrow keys go through the marks.";
const KEYS = [
  "Slanted line: s_odd = 2 + δ. Up to it, D ≤ 0, the visible change is large enough to explain S.",
  "Bar at δ = 0, without signalling: local up to 2, quantum up to 2√2, any box up to 4.",
];
const THIS = "this network";

const line = (look, x1, y1, x2, y2) =>
  s("line", { class: look, x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2) });

const words = (look, x, y, text, anchor = "middle") =>
  s("text", { class: look, x: px(x), y: px(y), "text-anchor": anchor }, text);

/* The plane of S′ and S. */

function planeBox(width) {
  const side = Math.min(width, 400);
  const box = { width, left: (width - side) / 2 + 20, top: 20 };
  box.right = box.left + side - 28;
  box.base = box.top + (box.right - box.left);
  box.height = box.base + 36;
  box.x = scale(-REACH, REACH, box.left, box.right);
  box.y = scale(-REACH, REACH, box.base, box.top);
  return box;
}

function planeBack(box, [classical, quantum, any]) {
  const { x, y } = box;
  const corner = (a, b) => `${px(x(a))},${px(y(b))}`;
  const diamond = `M${corner(any, 0)}L${corner(0, any)}L${corner(-any, 0)}L${corner(0, -any)}Z`;
  const side = x(classical) - x(-classical);
  const square = { x: px(x(-classical)), y: px(y(classical)), width: px(side), height: px(side) };
  const tick = (value) => number(value, 0);
  const small = box.right - box.left < 260;
  return [
    s("path", { class: "ncviz-region ncviz-region-any", d: diamond }),
    s("circle", {
      class: "ncviz-region ncviz-region-quantum",
      cx: px(x(0)),
      cy: px(y(0)),
      r: px(x(quantum) - x(0)),
    }),
    s("rect", { class: "ncviz-region ncviz-region-local", ...square }),
    line("ncviz-grid", x(-REACH), y(0), x(REACH), y(0)),
    line("ncviz-grid", x(0), y(-REACH), x(0), y(REACH)),
    ...[-4, -2, 2, 4].flatMap((value) => [
      words("ncviz-tick", x(value), box.base + 14, tick(value)),
      words("ncviz-tick", box.left - 4, y(value) + 4, tick(value), "end"),
    ]),
    words("ncviz-tick", x(0), box.base + 14, "0"),
    words("ncviz-tick", box.left - 4, y(0) + 4, "0", "end"),
    words("ncviz-axis-name", x(0), box.base + 29, "S′ = −C11 + C12 + C21 + C22"),
    words("ncviz-axis-name", box.left - 4, 12, "S", "end"),
    words("ncviz-label", x(0), y(-1.35), "local"),
    words("ncviz-label", x(0), y(-2.55), "quantum"),
    ...["possible", "at all"].map((text, i) => words("ncviz-label", x(REACH), y(-3.2) + 13 * i, text, "end")),
    line("ncviz-leader", x(small ? 2.2 : 2.7), y(-3.15), x(1.35), y(-2.45)),
    ...["signalling is", "not seen here"].map((text, i) =>
      words("ncviz-tick", box.left, y(REACH) + 10 + 13 * i, text, "start"),
    ),
  ];
}

/* The largest form against the visible change of the mean outcomes. */

function changeBox(width, height, frame) {
  const box = { width, height, left: 30, right: width - 8, top: 24, base: height - 36 };
  const { net, marks } = frame;
  box.most = Math.max(2, Math.ceil(Math.max(...marks.map((mark) => mark.delta), net.delta?.[0] ?? 0)));
  box.least = (net.s_odd?.[0] ?? 2) < 1.2 ? 0 : 1;
  box.x = scale(-0.12, box.most, box.left, box.right);
  box.y = scale(box.least, 4.12, box.base, box.top);
  return box;
}

function changeBack(box, [classical, quantum, any]) {
  const { x, y } = box;
  const part = (kind, low, high) =>
    s("rect", {
      class: `ncviz-region-${kind}`,
      x: px(box.left),
      y: px(y(high)),
      width: px(x(0) - box.left),
      height: px(y(low) - y(high)),
    });
  const above = `M${px(x(0))},${px(y(2))}L${px(x(2))},${px(y(4))}L${px(x(0))},${px(y(4))}Z`;
  const bound = (kind, at, text) => [
    line(`ncviz-bound ncviz-bound-${kind}`, box.left, y(at), box.right, y(at)),
    words("ncviz-tick", box.left - 5, y(at) + 4, text, "end"),
  ];
  const step = box.right - box.left < 240 && box.most > 2 ? 2 : 1;
  const places = ticks(0, box.most, box.most / step).filter(Number.isInteger);
  return [
    s("path", { class: "ncviz-unexplained", d: above }),
    part("local", box.least, classical),
    part("quantum", classical, quantum),
    part("any", quantum, any),
    line("ncviz-axis", box.left, box.base, box.right, box.base),
    line("ncviz-axis", x(0), box.base, x(0), y(any)),
    ...bound("classical", classical, "2"),
    ...bound("quantum", quantum, "2√2"),
    ...bound("any", any, "4"),
    words("ncviz-tick", box.left - 5, y(box.least) + 4, String(box.least), "end"),
    line("ncviz-diagonal", x(0), y(2), x(2), y(4)),
    words("ncviz-tick ncviz-strong", x(0.42), y(3.42), "D > 0", "start"),
    words("ncviz-tick ncviz-strong", box.right - 4, y(any) + 16, "D ≤ 0", "end"),
    ...places.map((value) => words("ncviz-tick", x(value), box.base + 14, String(value))),
    words(
      "ncviz-axis-name",
      (box.left + box.right) / 2,
      box.base + 29,
      box.right - box.left < 250 ? "δ, visible change" : "δ, visible change of the mean outcomes",
    ),
    words("ncviz-axis-name", 0, 12, "s_odd, the largest form", "start"),
  ];
}

/* Both charts, and the list of what is marked in them. */

function makeChart() {
  const chart = { back: s("g"), cloud: s("g"), marks: s("g"), ring: s("circle", { class: "ncviz-ring" }) };
  const picture = [chart.back, chart.cloud, chart.ring, chart.marks];
  chart.svg = s("svg", { class: "ncviz-chart", role: "img" }, ...picture);
  return chart;
}

/** Draws references and the network; keeps where they are for the pointer. */
function drawMarks(chart, box, frame, [across, upward], picked) {
  const { marks, net } = frame;
  const points = marks.map((mark) => ({ x: box.x(mark[across]), y: box.y(mark[upward]) }));
  const [x, y] = [net[across], net[upward]];
  const there = known(x?.[0]) && known(y?.[0]);
  const mean = there ? [{ x: box.x(x[0]), y: box.y(y[0]), r: 6 }] : [];
  const numbers = placeNumbers(points, mean, box);
  chart.marks.replaceChildren(
    ...marks.map((mark, i) => markShape(mark.published, points[i].x, points[i].y)),
    ...marks.flatMap((_, i) => numberAt(String(i + 1), points[i], numbers[i])),
    ...netMark(x, y, box),
  );
  chart.points = [...points, ...mean];
  const chosen = picked === null ? undefined : chart.points[picked];
  put(chart.ring, chosen ? { cx: px(chosen.x), cy: px(chosen.y), r: 10 } : { r: 0 });
}

function drawCloud(group, box, values) {
  const dots = [];
  for (let i = 0; i < values.length; i += 2) {
    const [cx, cy] = [px(box.x(values[i])), px(box.y(values[i + 1]))];
    dots.push(s("circle", { class: "ncviz-run-dot", cx, cy, r: 2 }));
  }
  group.replaceChildren(...dots);
}

function makeList() {
  const column = (text) => h("th", { scope: "col" }, text);
  const body = h("tbody", {});
  const caption = h("caption", { class: "ncviz-unseen" }, "What is marked in the charts");
  const head = h(
    "tr",
    {},
    column(h("span", { class: "ncviz-unseen" }, "mark")),
    column("s_odd"),
    column("δ"),
    column("D"),
  );
  return { body, rows: [], root: h("table", { class: "ncviz-marks" }, caption, h("thead", {}, head), body) };
}

function keySample(published) {
  const shape = published === null ? s("circle", { class: "ncviz-net-mean", cx: 7, cy: 7, r: 5.5 }) : null;
  return s("svg", { width: 14, height: 14, "aria-hidden": "true" }, shape ?? markShape(published, 7, 7));
}

function drawList(list, { marks, net }, picked) {
  layer(
    list.body,
    marks.map((mark) => mark.name),
    () => {
      list.rows = [...marks.map((mark) => [mark.name, mark.published]), [THIS, null]].map(
        ([name, published], i) => {
          const cells = [0, 1, 2].map(() => ({
            value: h("span", {}),
            spread: h("span", { class: "ncviz-spread" }),
          }));
          const title = published === null ? h("b", {}, name) : `${i + 1} ${name}`;
          const head = h("th", { scope: "row" }, keySample(published), " ", title);
          const root = h(
            "tr",
            {},
            head,
            ...cells.map(({ value, spread }) => h("td", {}, value, " ", spread)),
          );
          return { root, cells };
        },
      );
      return list.rows.map((row) => row.root);
    },
  );
  [...marks, net].forEach((mark, i) => {
    ["s_odd", "delta", "D"].forEach((key, k) => {
      const value = mark[key];
      const { value: text, spread } = list.rows[i].cells[k];
      say(text, number(Array.isArray(value) ? value[0] : value));
      const error = key === "s_odd" && known(mark.error) ? `± ${number(mark.error)}` : "";
      say(spread, Array.isArray(value) ? interval(value) : error);
    });
    list.rows[i].root.classList.toggle("ncviz-picked", i === picked);
  });
}

function render({ model, el }) {
  const parts = card(el, "Where the network stands");
  const [plane, change] = [makeChart(), makeChart()];
  const list = makeList();
  const said = h("p", { class: "ncviz-readout ncviz-region-said" });
  const half = (title, chart, ...more) =>
    h("div", {}, h("h4", {}, title), chart.svg, ...more.map((text) => h("p", { class: "ncviz-sub" }, text)));
  const charts = h(
    "div",
    { class: "ncviz-region-charts" },
    half("Two CHSH forms", plane),
    half("S and the visible change", change, ...KEYS),
  );
  const group = h("div", { role: "group", tabindex: 0, "aria-description": HINT }, charts, said, list.root);
  parts.body.append(group);
  let count = 0;

  const grip = {
    steps: () => Array.from({ length: count }, (_, i) => i),
    stepAt(event) {
      const row = list.rows.findIndex(({ root }) => root.contains(event.target));
      if (row >= 0) return row < count ? row : null;
      const chart = [plane, change].find(({ svg }) => svg.contains(event.target));
      if (!chart?.points) return null;
      const at = chart.svg.getBoundingClientRect();
      const far = chart.points.map(({ x, y }) =>
        Math.hypot(event.clientX - at.left - x, event.clientY - at.top - y),
      );
      const least = Math.min(...far);
      return least < 24 ? far.lastIndexOf(least) : null;
    },
  };

  function draw(frame) {
    if (
      !fillCard(
        parts,
        frame,
        `mean of ${runsOf(frame)}, 95 % interval; dots: runs; point at a mark to read it`,
      )
    )
      return;
    const width = Math.floor(parts.body.clientWidth);
    const wide = width >= 560;
    const own = wide ? Math.floor((width - 20) / 2) : width;
    group.dataset.size = wide ? "wide" : width < 340 ? "narrow" : "middle";
    count = frame.marks.length + (known(frame.net.y?.[0]) ? 1 : 0);
    const picked = choice.step === null || choice.step >= count ? null : choice.step;
    const first = planeBox(own);
    const second = changeBox(own, wide ? first.height : Math.min(first.height, 300), frame);
    for (const [chart, box, back, keys] of [
      [plane, first, planeBack, ["x", "y"]],
      [change, second, changeBack, ["delta", "s_odd"]],
    ]) {
      put(chart.svg, { width: own, height: box.height });
      layer(chart.back, [own, box.height, box.most, box.least], () => back(box, frame.bounds));
      drawMarks(chart, box, frame, keys, picked);
    }
    drawCloud(plane.cloud, first, floats(frame.cloud));
    put(plane.svg, { "aria-label": `S against S′, another CHSH form. ${frame.caption ?? ""}` });
    put(change.svg, { "aria-label": "The largest CHSH form against the visible change δ." });
    put(group, { "aria-label": `Where the network stands. ${frame.caption ?? ""}` });
    drawList(list, frame, picked);
    const told = picked === null ? frame.net : [...frame.marks, frame.net][picked];
    said.hidden = !told.words;
    readout(said, told.words, choice.byKey);
  }

  const view = live(model, el, draw);
  const choice = scrub(group, view.signal, grip, view.redraw);
  return view.stop;
}

export default answering(render);
