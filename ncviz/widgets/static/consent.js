// What something costs, and the one button that starts it all the same.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-consent");
  keepKeys(el);
  const sentence = h("p", { role: "status", id: uniqueId("cost") });
  const button = wordButton("", () => model.send({ agree: true }));
  put(button, { "aria-describedby": sentence.id });
  el.replaceChildren(h("div", { class: "ncviz-row ncviz-notice ncviz-consent-card" }, sentence, button));

  return follow(model, ["sentence", "offer"], () => {
    say(sentence, model.get("sentence"));
    sayIf(button, model.get("offer"));
    el.classList.toggle("ncviz-consent-empty", !model.get("sentence"));
  });
}

export default answering(render);
