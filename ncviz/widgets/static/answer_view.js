// Is this network quantum? The answer in words, which condition fails, and what it would take.

function sourced({ text, source }) {
  return source ? [`${text} `, h("cite", {}, `[${source}]`)] : [text];
}

function condition({ name, state, why }) {
  const look = `ncviz-state ${state === "fails" ? "ncviz-state-fails" : ""}`;
  return h("li", {}, h("b", {}, name), " ", h("span", { class: look }, state), " ", why);
}

function render({ model, el }) {
  const parts = card(el, "Is this network quantum?");
  const answer = h("b", { class: "ncviz-answer-word" });
  const reason = h("span");
  const reading = h("p", { class: "ncviz-reading" });
  const test = h("p", { class: "ncviz-reading" });
  const conditions = h("ol", { class: "ncviz-conditions" });
  const [theorem, assumed, needed] = ["p", "p", "ul"].map((tag) => h(tag));
  const part = (title, ...content) => [h("h4", {}, title), ...content];
  parts.body.classList.add("ncviz-answer");
  parts.body.append(
    h(
      "div",
      {},
      h("p", {}, answer, " ", reason),
      reading,
      test,
      ...part("Which condition of Bell’s theorem fails?", conditions, theorem),
      ...part("What is assumed?", assumed),
    ),
    h("div", {}, ...part("What would it take?", needed)),
  );

  function draw(frame) {
    if (!fillCard(parts, frame, "")) return;
    say(answer, frame.answer);
    say(reason, frame.reason);
    say(reading, frame.reading);
    sayIf(test, frame.test);
    layer(conditions, frame.conditions, () => frame.conditions.map(condition));
    layer(theorem, frame.theorem, () => sourced(frame.theorem));
    layer(needed, frame.needed, () => frame.needed.map((item) => h("li", {}, ...sourced(item))));
    say(assumed, frame.assumed);
  }

  return live(model, el, draw).stop;
}

export default answering(render);
