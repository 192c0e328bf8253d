// The losses so far, update by update, and under them who made each update.

const CHART = { left: 30, right: 8, top: 6, bottom: 32, tall: 110 };
const LEAST_UPDATES = 10;
const LEAST_LOSS = 0.8; // a little more than the loss of a head that guesses, log 2

function makeLosses() {
  const [back, curves, turns] = [s("g", {}), s("g", {}), s("g", {})];
  const svg = s("svg", { class: "ncviz-chart", role: "img" }, back, curves, turns);
  const looks = HEADS.map((head) => `ncviz-slow-loss ncviz-of-${head}`);
  const keys = [
    ...HEADS.map((head, k) => curveKey(looks[k], NAMES[head])),
    curveKey("ncviz-slow-loss ncviz-slow-held", "thin: held-out"),
  ];
  const legend = h("div", { class: "ncviz-row ncviz-legend" }, "loss in nats", ...keys.map((key) => key.root));
  const paths = [...looks, ...looks.map((look) => `${look} ncviz-slow-held`)].map((look) => s("path", { class: look }));
  curves.append(...paths);
  const strips = HEADS.map((head) => s("path", { class: `ncviz-slow-turn ncviz-of-${head}` }));
  turns.append(...strips);
  const words = h("p", { class: "ncviz-readout" });
  const root = h("div", { class: "ncviz-slow-losses" }, h("h4", {}, "Losses so far"), legend, svg, words);
  return { svg, back, paths, strips, words, root };
}

/** A dash for every update that a head took part in. */
function turnsOf(who, letter, x, y) {
  let path = "";
  for (let i = 0; i < who.length; i++) {
    if (who[i] !== letter && who[i] !== "2") continue;
    let end = i;
    while (end < who.length && (who[end] === letter || who[end] === "2")) end++;
    path += `M${px(x(i))},${y}H${px(x(end))}`;
    i = end;
  }
  return path;
}

function drawLosses(chart, frame, width) {
  const at = floats(frame.at);
  const all = floats(frame.losses);
  const rows = [0, 1, 2, 3].map((row) => all.subarray(row * at.length, (row + 1) * at.length));
  const most = all.reduce((top, loss) => (loss > top ? loss : top), LEAST_LOSS);
  const until = Math.max(LEAST_UPDATES, frame.updates);
  const bottom = CHART.top + CHART.tall;
  const x = scale(0, until, CHART.left, width - CHART.right);
  const y = scale(0, most, bottom, CHART.top);
  put(chart.svg, { width, height: bottom + CHART.bottom });
  layer(chart.back, [width, until, most], () => [
    ...ticks(0, most, 3).flatMap((value) => [
      rule("ncviz-grid", CHART.left, width - CHART.right, px(y(value))),
      tickAt(CHART.left - 5, px(y(value) + 4), "end", String(value)),
    ]),
    ...stepTicks(until, x, bottom + 26, width < 400 ? 3 : 6),
  ]);
  chart.paths.forEach((path, row) => put(path, { d: linePath(at, rows[row], x, y) }));
  chart.strips.forEach((strip, head) => put(strip, { d: turnsOf(frame.who, "ab"[head], x, bottom + 5 + 5 * head) }));
  const percent = (share) => `${number(100 * share, 0)} %`;
  const [train, test, , right] = frame.scores;
  const of = (head) =>
    `${NAMES[HEADS[head]]} ${number(train[head], 3)} (held-out ${number(test[head], 3)}, ${percent(right[head])} right)`;
  say(chart.words, `After ${frame.updates} of ${frame.steps} updates: ${of(0)}, ${of(1)}.`);
  put(chart.svg, { "aria-label": `Training and held-out losses of Alice and Bob over ${frame.updates} updates` });
}
