// Shared by the lesson's cards: the question, and the field in which it is answered.

/** A card with its kind ("Predict") over the question; `id` is that of the question. */
function lessonCard(el, kind, question) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-lesson-card");
  const id = uniqueId("question");
  const text = h("h3", { class: "ncviz-lesson-question", id }, question);
  const section = h("section", { "aria-labelledby": id }, h("p", { class: "ncviz-lesson-kind" }, kind), text);
  el.replaceChildren(section);
  keepKeys(section);
  return { section, id };
}

/** Native radio buttons, none of them chosen at first. */
function makeChoices(model, question) {
  const group = uniqueId("choices");
  const options = model.get("asked").choices.map((text) => {
    const input = h("input", { type: "radio", name: group, value: text });
    input.addEventListener("change", () => setTraits(model, { given: text }));
    return { text, input, root: h("label", { class: "ncviz-lesson-choice" }, input, h("span", {}, text)) };
  });
  const look = { class: "ncviz-lesson-choices", role: "radiogroup", "aria-labelledby": question };
  return {
    root: h("div", look, ...options.map(({ root }) => root)),
    given: () => options.find(({ input }) => input.checked)?.text ?? "",
    show: (given) => {
      for (const { text, input } of options) input.checked = text === given;
    },
    lock: (locked) => {
      for (const { input } of options) input.disabled = locked;
    },
  };
}

/** A box for a number, and where there are limits a slider beside it, which shows no value before one is given. */
function makeNumber(model, question, name, enter) {
  const { low, high, step } = model.get("asked");
  const limited = low !== undefined;
  const message = h("p", { class: "ncviz-message", id: uniqueId("wrong"), role: "alert" });
  // The keys of numbers on a phone may have no minus.
  const keys = limited && low >= 0 ? "decimal" : null;
  const box = textBox({ inputmode: keys, "aria-describedby": `${question} ${message.id}` });
  const called = { "aria-label": `${name}, as a slider`, "aria-describedby": question };
  const slider = h("input", { type: "range", min: low, max: high, step, ...called });
  const short = (value) => number(value, 6).replace(/\.?0+$/, "");
  const marks = (limited ? ticks(low, high, 4) : []).map((value) =>
    h("span", { style: `--at: ${(value - low) / (high - low)}` }, short(value)),
  );
  const scaleLine = h("div", { class: "ncviz-lesson-ticks", "aria-hidden": "true" }, ...marks);
  const line = limited ? h("div", { class: "ncviz-lesson-line" }, slider, scaleLine) : "";
  const named = h("div", { class: "ncviz-lesson-box" }, ...labelled(name, box, "ncviz-lesson-name"));
  const root = h("div", { class: "ncviz-row ncviz-lesson-number" }, named, line, message);
  const give = (given) => setTraits(model, { given });
  let typing = false;

  function place(text) {
    const value = Number(text.replace("−", "-").replace(",", ".") || NaN);
    const there = Number.isFinite(value) && value >= low && value <= high;
    slider.classList.toggle("ncviz-lesson-unset", !there);
    if (there) slider.value = value;
    else if (!text) slider.value = (low + high) / 2;
    slider.style.setProperty("--at", there ? (value - low) / (high - low) : 0);
    put(slider, { "aria-valuetext": there ? short(value) : "no answer yet" });
  }

  function slid() {
    box.value = slider.value.replace("-", "−");
    place(slider.value);
    tell();
    give(slider.value);
  }
  const tell = () => showMessage(message, box, typing ? "" : model.get("wrong"));

  slider.addEventListener("input", slid);
  // The middle is an answer too, although the thumb stands there already.
  slider.addEventListener("click", slid);
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") slid();
  });
  box.addEventListener("input", () => {
    typing = true; // a number that is half typed is not found wrong
    tell();
    place(box.value);
    give(box.value);
  });
  const typed = () => {
    typing = false;
    tell();
  };
  box.addEventListener("change", typed);
  box.addEventListener("blur", typed);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.repeat) return;
    typed();
    enter();
  });
  return {
    root,
    stop: follow(model, ["wrong"], tell),
    given: () => box.value,
    show: (given) => {
      if (typing && given) return; // the hand is ahead of the kernel
      if (box.value.replace("−", "-") !== given) box.value = given.replace("-", "−");
      place(given);
    },
    lock: (locked) => {
      box.disabled = slider.disabled = locked;
    },
  };
}

/** The field that fits the question. Enter in a box calls `enter`. */
function makeField(model, question, name, enter) {
  const field = model.get("asked").choices ? makeChoices(model, question) : makeNumber(model, question, name, enter);
  const unfollow = follow(model, ["given"], () => field.show(model.get("given")));
  return { ...field, stop: together(unfollow, field.stop ?? (() => {})) };
}

/**
 * The button that everything leads to, and beside it why it cannot be pressed. A double click, or a
 * key held down, presses it once.
 */
function makeMain(text, press) {
  const button = h("button", { type: "button", class: "ncviz-lesson-main" }, text);
  const reason = h("span", { class: "ncviz-lesson-reason", id: uniqueId("reason") });
  put(button, { "aria-describedby": reason.id });
  button.addEventListener("keydown", (event) => event.repeat && event.preventDefault());
  button.addEventListener("click", (event) => {
    if (event.detail < 2 && button.getAttribute("aria-disabled") !== "true") press();
  });
  return { button, reason, row: h("div", { class: "ncviz-row ncviz-lesson-row" }, button, reason) };
}

/** What failed in the lesson's own code: a sentence, and the traceback in a fold. */
function makeTrouble(model) {
  const said = h("p", { class: "ncviz-message", role: "alert" });
  const trace = h("pre", { class: "ncviz-lesson-trace", tabindex: 0, role: "region", "aria-label": "Traceback" });
  const fold = h("details", {}, h("summary", {}, "What happened, for the one who wrote this lesson"), trace);
  const root = h("div", { class: "ncviz-lesson-trouble" }, said, fold);
  const stop = follow(model, ["error", "details"], () => {
    say(said, model.get("error"));
    say(trace, model.get("details"));
    root.hidden = !model.get("error");
    fold.hidden = !model.get("details");
  });
  return { root, stop };
}
