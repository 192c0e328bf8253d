// What looking at several seeds means, and the one button that confirms on a fresh one.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-looks");
  keepKeys(el);
  const sentence = h("p", { role: "status", id: uniqueId("looks"), tabindex: -1 });
  const progress = h("span", { class: "ncviz-looks-status" });
  const button = wordButton("", () => model.send({ press: model.get("press") }));
  put(button, { "aria-describedby": sentence.id });
  const line = h("div", { class: "ncviz-row ncviz-looks-line" }, sentence, progress, button);
  el.replaceChildren(line);

  return follow(model, ["sentence", "status", "offer", "keeps_room"], () => {
    line.style.minHeight = model.get("keeps_room") ? `${line.offsetHeight}px` : "";
    say(sentence, model.get("sentence"));
    sayIf(progress, model.get("status"));
    // The focus is not lost with the button: it goes to what the button has brought about.
    if (!model.get("offer") && document.activeElement === button) sentence.focus();
    sayIf(button, model.get("offer"));
    el.classList.toggle("ncviz-looks-empty", !model.get("sentence"));
  });
}

export default answering(render);
