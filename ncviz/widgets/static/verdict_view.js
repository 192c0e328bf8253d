// The verdict: S, its interval and what they mean; progress; and what went wrong.

const TROUBLE = "Something went wrong in the training; the Explorer still works";

function render({ model, el }) {
  const value = h("span", { class: "ncviz-big" });
  const spread = h("span", { class: "ncviz-big-interval" });
  const sentences = h("span", { class: "ncviz-sentences" });
  const note = h("span", { class: "ncviz-note" });
  const bar = progressBar("ncviz-training", "Training");
  const status = h("span", { class: "ncviz-status" });
  const spoken = h("div", { class: "ncviz-unseen", role: "status", "aria-live": "polite" });
  const trace = h("pre", { tabindex: 0, "aria-label": "Details of the error" });
  const trouble = h("div", { class: "ncviz-error" }, h("h3", {}, TROUBLE), trace);
  const figure = h("span", { class: "ncviz-figure" }, value, " ", spread);
  const verdict = h("div", { class: "ncviz-row ncviz-verdict" }, figure, " ", sentences);
  const progress = h("div", { class: "ncviz-row ncviz-progress-row" }, note, bar.root, status);
  const look = { class: "ncviz-top", "aria-label": "Verdict" };
  el.replaceChildren(h("section", look, verdict, progress, trouble, spoken));
  let before = "";

  // The numbers change 25 times a second: only an end is worth interrupting a listener.
  function speak(frame, state) {
    if (state !== before && state === "done") {
      spoken.textContent = `${frame.value} ${frame.interval ?? ""}. ${frame.sentences ?? ""}`;
    } else if (state !== before && state === "error") spoken.textContent = `${TROUBLE}.`;
    before = state;
  }

  function draw(data) {
    const frame = data ?? {};
    const state = frame.state ?? "waiting";
    el.dataset.state = state;
    say(value, frame.value || "S = –");
    say(spread, frame.interval ?? "");
    say(sentences, frame.sentences || (frame.value ? "" : "waiting for the first training"));
    say(note, frame.note ?? "");
    say(status, frame.status ?? "");
    bar.show(clamp(frame.progress ?? 0, 0, 1));
    trouble.hidden = !frame.error;
    say(trace, frame.error ?? "");
    speak(frame, state);
  }

  return live(model, el, draw).stop;
}

export default answering(render);
