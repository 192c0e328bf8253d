// The verdict: S, its interval and what they mean; progress; and what went wrong.

function render({ model, el }) {
  const value = h("span", { class: "ncviz-big" });
  const spread = h("span", { class: "ncviz-big-interval" });
  const sentences = h("span", { class: "ncviz-sentences" });
  const note = h("span", { class: "ncviz-note" });
  const fillPart = h("div", { class: "ncviz-progress-fill" });
  const bar = h(
    "div",
    {
      class: "ncviz-progress",
      role: "progressbar",
      "aria-label": "Training",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    fillPart,
  );
  const status = h("span", { class: "ncviz-status" });
  const spoken = h("div", { class: "ncviz-unseen", role: "status", "aria-live": "polite" });
  const trace = h("pre", { tabindex: 0, "aria-label": "Details of the error" });
  const trouble = h(
    "div",
    { class: "ncviz-error" },
    h("h3", {}, "Something went wrong in the training; the Explorer still works"),
    trace,
  );
  el.replaceChildren(
    h(
      "section",
      { class: "ncviz-top", "aria-label": "Verdict" },
      h(
        "div",
        { class: "ncviz-verdict" },
        h("span", { class: "ncviz-figure" }, value, " ", spread),
        " ",
        sentences,
      ),
      h("div", { class: "ncviz-progress-row" }, note, bar, status),
      trouble,
      spoken,
    ),
  );
  let before = "";

  // The numbers change 25 times a second: only an end is worth interrupting a listener.
  function speak(frame, state) {
    if (state !== before && state === "done") {
      spoken.textContent = `${frame.value} ${frame.interval ?? ""}. ${frame.sentences ?? ""}`;
    } else if (state !== before && state === "error") {
      spoken.textContent = "Something went wrong in the training; the Explorer still works.";
    }
    before = state;
  }

  function draw(data) {
    const frame = data ?? {};
    const state = frame.state ?? "waiting";
    const percent = Math.round(clamp(frame.progress ?? 0, 0, 1) * 100);
    el.dataset.state = state;
    say(value, frame.value || "S = –");
    say(spread, frame.interval ?? "");
    say(sentences, frame.sentences || (frame.value ? "" : "waiting for the first training"));
    say(note, frame.note ?? "");
    say(status, frame.status ?? "");
    fillPart.style.width = `${percent}%`;
    put(bar, { "aria-valuenow": percent });
    trouble.hidden = !frame.error;
    say(trace, frame.error ?? "");
    speak(frame, state);
  }

  return live(model, el, draw).stop;
}

export default answering(render);
