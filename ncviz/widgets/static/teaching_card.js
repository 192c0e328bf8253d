// What a teacher says. It comes from an address that anybody may write: it is text, never markup.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control");
  const title = h("h2", { id: uniqueId("teaching") });
  const paragraphs = h("div");
  const card = h("section", { class: "ncviz-notice", "aria-labelledby": title.id }, title, paragraphs);
  const notice = h("p", { class: "ncviz-message", role: "alert" });
  el.replaceChildren(card, notice);

  return follow(model, ["title", "paragraphs", "notice"], () => {
    const texts = model.get("paragraphs");
    say(title, model.get("title"));
    layer(paragraphs, texts, () => texts.map((text) => h("p", {}, text)));
    sayIf(notice, model.get("notice"));
    card.hidden = !model.get("title");
  });
}

export default answering(render);
