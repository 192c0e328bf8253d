// Slow motion: buttons that step one net, and pictures of its hidden layer between the heads.

const TIMES = [1, 10, 100];
const MOST_TURNS = 8;
const TICK_MS = 120;
const STILL_MS = 1000; // between two pictures, where one does not want to see motion
const STEPS = { alice: "Step Alice", bob: "Step Bob", both: "Step both", turns: "Step in turns" };
const TITLES = {
  alice: "only Alice’s loss moves the shared layer, and her own head; Bob’s head stands still",
  bob: "only Bob’s loss moves the shared layer, and his own head; Alice’s head stands still",
  both: "both losses act at once, as in the training itself",
  turns: "first so many steps of one head alone, then one of the other alone",
};
const PAIRS = ["", "12", "13", "14", "23", "24", "34"];

const field = (text, control) => h("span", { class: "ncviz-slow-field" }, ...labelled(text, control));

/** A bar of buttons, lists and boxes, whose keys are not the notebook's. */
function makeRow(...parts) {
  const row = h("div", { class: "ncviz-row ncviz-chooser ncviz-slow-bar" }, ...parts);
  keepKeys(row);
  return row;
}

/** "3 1": three of Alice for each of Bob. */
function turnOptions() {
  const some = Array.from({ length: MOST_TURNS }, (_, k) => k + 1);
  return [
    ...some.map((k) => [`${k} 1`, `${k} of Alice for each of Bob`]),
    ...some.slice(1).map((k) => [`1 ${k}`, `${k} of Bob for each of Alice`]),
  ];
}

/** Whether there are batches for one step more of a kind. */
function possible(frame, { kind, turns }) {
  const updates = kind === "turns" ? turns.split(" ").reduce((sum, head) => sum + Number(head), 0) : 1;
  return !frame.problem && !frame.lost && frame.left >= updates;
}

/** What is stepped how often, and whether it goes on by itself. The browser owns the clock. */
function makePlayer(model, redraw) {
  const player = { kind: "both", times: 1, turns: "3 1", playing: false };
  let [timer, asked, waiting] = [0, 0, false];

  const send = () => {
    const [alice, bob] = player.turns.split(" ").map(Number);
    [asked, waiting] = [performance.now(), true];
    model.send({ move: player.kind, times: player.times, alice, bob });
  };
  player.step = (kind) => {
    player.kind = kind;
    player.stop();
    send();
  };
  player.stop = () => {
    player.playing = false;
    clearTimeout(timer);
    redraw();
  };
  player.start = () => {
    player.playing = true;
    send();
    redraw();
  };
  player.back = (move) => {
    player.stop();
    model.send({ move });
  };
  /** The next step is asked for when the last one has come, and no sooner than the clock says. */
  player.arrived = (more) => {
    if (player.playing && !more) return player.stop();
    if (!player.playing || !waiting) return;
    waiting = false;
    const wait = (prefersStill() ? STILL_MS : TICK_MS) - (performance.now() - asked);
    timer = setTimeout(send, Math.max(0, wait));
  };
  player.end = () => clearTimeout(timer);
  return player;
}

function makeBar(player) {
  const steps = Object.fromEntries(
    Object.entries(STEPS).map(([kind, text]) => [kind, wordButton(text, () => player.step(kind), { title: TITLES[kind] })]),
  );
  for (const head of HEADS) steps[head].classList.add(`ncviz-of-${head}`);
  const times = TIMES.map((count) => {
    const press = () => {
      player.times = count;
      player.redraw();
    };
    return wordButton(`×${count}`, press, { "aria-label": `${count} at a time` });
  });
  const play = wordButton("Play", () => (player.playing ? player.stop() : player.start()));
  const undo = wordButton("Undo", () => player.back("undo"));
  const again = wordButton("Start again", () => player.back("reset"));
  const turns = h("select", {}, ...turnOptions().map(([value, text]) => h("option", { value }, text)));
  turns.value = player.turns;
  turns.addEventListener("change", () => {
    player.turns = turns.value;
    player.redraw();
  });
  const group = (name, ...kids) => h("div", { class: "ncviz-actions", role: "group", "aria-label": name }, ...kids);
  const plays = h("span", { class: "ncviz-sub" });
  const root = makeRow(
    group("Step", ...Object.values(steps)),
    field("Turns", turns),
    group("How many at a time", ...times),
    group("Play", play, undo, again),
    plays,
  );
  return { root, steps, times, play, undo, again, plays };
}

function drawBar(bar, player, frame) {
  for (const [kind, button] of Object.entries(bar.steps)) {
    turnOff(button, !possible(frame, { kind, turns: player.turns }));
  }
  bar.times.forEach((button, k) => put(button, { "aria-pressed": player.times === TIMES[k] }));
  say(bar.play, player.playing ? "Pause" : "Play");
  turnOff(bar.play, !possible(frame, player));
  turnOff(bar.undo, !frame.updates);
  turnOff(bar.again, !frame.updates);
  const what = STEPS[player.kind].toLowerCase().replace("alice", "Alice").replace("bob", "Bob");
  say(bar.plays, frame.left === 0 ? "All batches of this run are used." : `Play repeats: ${what}, ×${player.times}.`);
}

function makeChooser(model) {
  const setting = settingSelect(model);
  const pair = traitSelect(model, "pair", PAIRS.map((x) => [x, x ? `s${x[0]} and s${x[1]}` : "the bits that matter"]));
  const others = traitSelect(model, "others", ["00", "01", "10", "11"].map((x) => [x, x]));
  const run = runBox(model);
  const root = makeRow(field("Setting", setting), field("Run", run));
  const ofPlane = makeRow(field("Vary", pair), field("Keep", others));
  return { root, ofPlane, run, selects: { setting, pair, others } };
}

function drawChooser(chooser, model, frame) {
  for (const [trait, select] of Object.entries(chooser.selects)) showIn(select, model.get(trait));
  put(chooser.run, { max: frame.last_run });
  showIn(chooser.run, Math.min(model.get("run"), frame.last_run));
  const names = (frame.fixed ?? []).map((bit) => BITS[bit]);
  [...chooser.selects.others.options].forEach((option) =>
    say(option, names.length ? names.map((name, k) => `${name} = ${option.value[k]}`).join(", ") : option.value),
  );
}

function makeKey() {
  const key = (text, tag, look, place) => keyOf(14, 14, [s(tag, { class: look, ...place })], text);
  const patch = (band, text) => key(text, "rect", null, { ...bandLook(band), width: 14, height: 14 });
  const look = (label) => `ncviz-slow-point ncviz-slow-is-${label}`;
  const dot = (label) => key(`${label} is right`, "circle", look(label), { cx: 7, cy: 7, r: 5.5 });
  return h(
    "div",
    { class: "ncviz-row ncviz-legend" },
    ...HEADS.map((head, k) => keyOf(30, 12, arrowOf(2, 6, 26, 0, k), `${NAMES[head]} pushes`)),
    patch(5, "says 1"),
    patch(0, "says 0"),
    dot(1),
    dot(0),
    key("wrong", "path", "ncviz-slow-cross", { d: "M2,2l10,10M2,12l10,-10" }),
    h("span", {}, "small: the other bits differ"),
  );
}

function render({ model, el }) {
  const parts = card(el, "Slow motion");
  let view = null;
  const redraw = () => view?.redraw();
  const player = makePlayer(model, redraw);
  player.redraw = redraw;
  const bar = makeBar(player);
  const chooser = makeChooser(model);
  const net = makeLayer();
  const pushes = makePlane("pushes", "Neurons as lines, pushed by both");
  const maps = HEADS.map((head) => makePlane(head, NAMES[head]));
  const losses = makeLosses();
  const key = h("div", { class: "ncviz-slow-key" }, makeKey(), chooser.ofPlane);
  const picture = h("div", { class: "ncviz-slow-picture" }, net.root, pushes.root, ...maps.map((map) => map.root), key, losses.root);
  parts.body.append(chooser.root, bar.root, parts.caption);
  const explain = orProblem(parts, picture);

  function draw(frame, widthOf) {
    if (!fillCard(parts, frame, frame?.tasks ? `run ${frame.run}, ${frame.tasks.join(" with ")}` : "")) return;
    const nothing = frame.problem || frame.lost;
    put(parts.caption, { "aria-live": player.playing ? "off" : "polite" });
    bar.root.hidden = Boolean(frame.problem);
    drawChooser(chooser, model, frame);
    explain(nothing);
    if (!frame.problem) drawBar(bar, player, frame);
    if (nothing) return;
    if (drawLayer(net, frame, widthOf(net.root))) view.redraw();
    drawPushes(pushes, frame, widthOf(pushes.root));
    maps.forEach((map, head) => drawMap(map, frame, head, widthOf(map.root)));
    drawLosses(losses, frame, widthOf(losses.root));
  }

  view = live(model, el, draw, ["run", "setting", "pair", "others"]);
  const arrived = () => player.arrived(possible(model.get("frame"), player));
  return together(follow(model, ["frame"], arrived), player.end, view.stop);
}

export default answering(render);
