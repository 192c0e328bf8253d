// A question about the student's own run, and its mark.

function render({ model, el }) {
  const { section, id } = lessonCard(el, "Check yourself", model.get("question"));
  el.classList.add("ncviz-self-check");
  const can = () => model.get("can_check");
  const answered = () => model.get("given").trim() && !model.get("wrong");
  const check = () => can() && field.given().trim() && model.send({ check: field.given() });
  const field = makeField(model, id, "Your answer", check);
  const { button, reason, row } = makeMain("Check", check);
  const symbol = h("span", { "aria-hidden": "true" });
  const word = h("strong", {});
  const why = h("span", {});
  const told = h("p", { class: "ncviz-lesson-mark" }, symbol, word, " ", why);
  // It is there from the start: what is put into it later is spoken.
  const status = h("div", { role: "status" }, told);
  const note = h("p", { class: "ncviz-sub", role: "status" });
  const trouble = makeTrouble(model);
  section.append(field.root, row, status, note, trouble.root);

  function show() {
    const mark = model.get("mark");
    say(button, model.get("reason") || "Check");
    turnOff(button, !can() || !answered());
    const ask = model.get("ask");
    say(reason, can() && !answered() ? `${ask[0].toUpperCase()}${ask.slice(1)} first.` : "");
    told.hidden = mark === null && !model.get("message");
    say(symbol, mark === null ? "" : mark ? "✓ " : "✗ ");
    say(word, mark === null ? "" : mark ? "Right." : "Not yet.");
    say(why, model.get("message"));
    told.dataset.mark = mark === null ? "none" : mark ? "right" : "wrong";
    sayIf(note, model.get("note"));
  }
  const traits = ["can_check", "reason", "given", "wrong", "mark", "message", "note"];
  const unfollow = follow(model, traits, show);
  return together(unfollow, field.stop, trouble.stop);
}

export default answering(render);
