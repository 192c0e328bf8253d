// A question, the button that runs an experiment once it is answered, and the comparison.

const FIXED = "Your prediction stays as it is.";

/** How far the run is; `leave` takes the focus before the button that has it goes away. */
function makeProgress(model, leave) {
  const bar = progressBar("ncviz-lesson-bar", "The run");
  const status = h("span", { class: "ncviz-sub" });
  const stop = wordButton("Stop", () => model.send({ stop: true }), { class: "ncviz-lesson-second" });
  const root = h("div", { class: "ncviz-row ncviz-lesson-progress" }, bar.root, status, stop);

  function show() {
    const phase = model.get("phase");
    const share = model.get("share");
    const over = !["running", "stopping"].includes(phase);
    if (over && root.contains(document.activeElement)) leave();
    root.hidden = over;
    bar.show(share ?? 0, model.get("status"));
    bar.root.classList.toggle("ncviz-lesson-unknown", share === null);
    if (share === null) bar.root.removeAttribute("aria-valuenow");
    say(status, model.get("status"));
    turnOff(stop, phase === "stopping");
  }
  return { root, stop: follow(model, ["phase", "share", "status"], show) };
}

function render({ model, el }) {
  const { section, id } = lessonCard(el, "Predict", model.get("question"));
  const phase = () => model.get("phase");
  const answered = () => model.get("given").trim() && !model.get("wrong");
  const start = () => phase() === "asking" && field.given().trim() && model.send({ start: field.given() });
  const field = makeField(model, id, "Your prediction", start);
  const press = () => (phase() === "done" ? model.send({ again: true }) : start());
  const { button, reason, row } = makeMain("", press);
  const toButton = () => button.focus({ preventScroll: true });
  const progress = makeProgress(model, toButton);
  const trouble = makeTrouble(model);
  // It is there from the start: what is put into it later is spoken.
  const comparison = h("div", { class: "ncviz-lesson-comparison", role: "status" });
  section.append(field.root, row, progress.root, comparison, trouble.root);

  function show() {
    const now = phase();
    const done = now === "done";
    const busy = now === "running" || now === "stopping";
    say(button, busy ? "Running…" : done ? "Predict again" : "Run the experiment");
    turnOff(button, busy || !(done || answered()));
    button.classList.toggle("ncviz-lesson-quiet", done);
    const first = `Predict first: ${model.get("ask")}.`;
    say(reason, busy || done ? FIXED : answered() ? model.get("status") : first);
    // What is switched off would lose the focus: whoever pressed Enter goes on at the button.
    if (now !== "asking" && field.root.contains(document.activeElement)) toButton();
    field.lock(now !== "asking");
    section.dataset.phase = now;
    say(comparison, model.get("comparison"));
    comparison.classList.toggle("ncviz-lesson-told", Boolean(model.get("comparison")));
  }
  const unfollow = follow(model, ["phase", "given", "wrong", "status", "comparison"], show);
  return together(unfollow, field.stop, progress.stop, trouble.stop);
}

export default answering(render);
