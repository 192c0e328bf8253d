// Settled pictures in cards.

const EMPTY = "The pictures are drawn when a training is finished.";

function cardOf(picture) {
  const look = { class: "ncviz-picture", role: "img", "aria-label": picture.alt };
  const image = h("div", { ...look, style: `max-width: ${picture.width}px` }, drawing(picture));
  return h("figure", { class: "ncviz-card" }, image, h("figcaption", { class: "ncviz-caption" }, picture.caption));
}

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-pictures");
  const note = h("p", { class: "ncviz-sub", role: "status" });
  const grid = h("div", { class: "ncviz-picture-grid" });
  el.replaceChildren(note, grid);

  return together(
    follow(model, ["pictures"], () => grid.replaceChildren(...model.get("pictures").map(cardOf))),
    follow(model, ["pictures", "note"], () => {
      const text = model.get("note");
      say(note, text || (model.get("pictures").length ? "" : EMPTY));
      el.classList.toggle("ncviz-is-old", Boolean(text));
    }),
  );
}

export default answering(render);
