// Plays a recorded training: the browser owns the clock and chooses the record that is shown.

const WHOLE_MS = 6000; // a whole training at speed 1
const LEAST_MS = 50; // between two records that are asked for
const LONGEST_TICK_MS = 500; // a page that was hidden goes on where it was
const STILLS = 10; // instead of an animation, where one does not want to see motion
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const SPEED_TEXTS = ["¼×", "½×", "1×", "2×", "4×"];
const TRAITS = ["steps", "last", "index", "live", "playing", "speed"];
const TITLE = "the whole training in 6 s at speed 1×";
const STILLS_TITLE = `${TITLE}, as ten still pictures: your system asks for less motion`;

/** Runs while this view plays: asks for records in time, until the end or until told to stop. */
function makeClock(model, show) {
  let place = 0; // in records, with a fraction
  let shown = 0; // when the last record was asked for
  let before = null;
  let queued = 0;

  const stop = () => {
    cancelAnimationFrame(queued);
    queued = 0;
  };

  function tick(now) {
    queued = requestAnimationFrame(tick);
    const [end, last] = [model.get("steps").length - 1, model.get("last")];
    const passed = Math.min(now - (before ?? now), LONGEST_TICK_MS);
    before = now;
    // A training that still runs may be slower than its replay, which then waits at the newest.
    place = Math.min(place + (passed / WHOLE_MS) * model.get("speed") * end, last);
    if (place >= end) {
      stop();
      show({ index: end, playing: false, live: true });
      return;
    }
    const still = Math.max(1, end / STILLS);
    const index = Math.floor(prefersStill() ? Math.floor(place / still + 1e-9) * still : place);
    if (index === model.get("index") || now - shown < LEAST_MS) return;
    shown = now;
    show({ index });
  }

  function start(index) {
    stop();
    [place, shown, before] = [index, 0, null];
    queued = requestAnimationFrame(tick);
  }

  return { start, stop, runs: () => queued !== 0 };
}

/** An input with a name that is not seen. */
const unseenly = (name, look, input) =>
  h("div", { class: `ncviz-replay-${look}` }, ...labelled(name, input, "ncviz-unseen"));

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-replay");
  const show = (traits) => setTraits(model, traits);
  const clock = makeClock(model, show);
  const newest = () => Math.max(0, model.get("last"));
  const go = (index) => show({ index: clamp(index, 0, newest()), live: false, playing: false });

  const play = wordButton("Play", () => {
    if (model.get("playing")) return show({ playing: false });
    const index = model.get("index") >= newest() ? 0 : model.get("index");
    show({ index, live: false, playing: true });
    clock.start(index);
  });
  const back = wordButton("Back", () => go(model.get("index") - 1), { title: "one record back" });
  const step = wordButton("Step", () => go(model.get("index") + 1), { title: "one record on" });
  const toNewest = wordButton("Newest", () => show({ index: newest(), live: true, playing: false }), {
    title: "show the training as it comes, or its end",
  });
  const slider = h("input", { type: "range", min: 0, step: 1 });
  const sliding = unseenly("Training step", "slider", slider);
  const where = h("output", { for: slider.id, class: "ncviz-replay-where", "aria-live": "off" });
  const speed = h("select", {}, ...SPEEDS.map((value, i) => h("option", { value }, SPEED_TEXTS[i])));
  speed.addEventListener("change", () => show({ speed: Number(speed.value) }));
  const buttons = h("div", { class: "ncviz-actions ncviz-replay-buttons" }, play, back, step, toNewest);
  const speeds = unseenly("Replay speed", "speed", speed);
  const bar = h("div", { class: "ncviz-replay-bar" }, buttons, speeds, sliding, where);
  put(bar, { role: "group", "aria-label": "Replay of the training" });
  play.classList.add("ncviz-replay-play");
  el.replaceChildren(bar);
  keepKeys(bar);

  let queued = 0;
  const send = () => {
    queued = 0;
    go(Number(slider.value));
  };
  // At most one message a painted frame.
  slider.addEventListener("input", () => {
    // With nothing trained yet it cannot be moved, but keeps the focus.
    slider.value = Math.min(Number(slider.value), newest());
    if (model.get("last") >= 0) queued ||= requestAnimationFrame(send);
  });

  const unfollow = follow(model, TRAITS, () => {
    const [steps, last, playing] = [model.get("steps"), model.get("last"), model.get("playing")];
    if (!playing) clock.stop();
    const end = Math.max(0, steps.length - 1);
    const index = Math.min(model.get("index"), newest());
    const none = last < 0;
    const share = (record) => (end ? Math.max(0, record) / end : 0);
    const textAt = (record) => `step ${steps[record]} of ${steps[end]}`;
    const text = none ? "no step trained yet" : textAt(index);
    say(play, playing ? "Pause" : "Play");
    put(play, { title: prefersStill() ? STILLS_TITLE : TITLE });
    turnOff(play, none);
    turnOff(back, none || index <= 0);
    turnOff(step, none || index >= last);
    turnOff(toNewest, none || model.get("live"));
    slider.max = end;
    turnOff(slider, none);
    if (!queued) slider.value = index; // else the hand is ahead
    put(slider, { "aria-valuetext": text });
    slider.style.setProperty("--at", share(index));
    slider.style.setProperty("--trained", share(last));
    say(where, text);
    where.style.minWidth = `${textAt(end).length * 0.56}em`; // the slider beside it keeps its length
    speed.value = model.get("speed");
  });
  return () => {
    unfollow();
    cancelAnimationFrame(queued);
    if (clock.runs()) show({ playing: false }); // nobody else moves it
    clock.stop();
  };
}

export default answering(render);
