// Settled pictures in cards.

const EMPTY = "The pictures are drawn when a training is finished.";

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-pictures");
  const note = h("p", { class: "ncviz-sub", role: "status" });
  const grid = h("div", { class: "ncviz-picture-grid" });
  el.replaceChildren(note, grid);
  const cards = new Map();

  function makeCard() {
    const image = h("div", { class: "ncviz-picture", role: "img" });
    const caption = h("figcaption", { class: "ncviz-caption" });
    return { image, caption, node: h("figure", { class: "ncviz-card" }, image, caption) };
  }

  function show(parts, picture) {
    say(parts.caption, picture.caption);
    put(parts.image, { "aria-label": picture.alt });
    parts.image.style.maxWidth = `${picture.width}px`;
    parts.image.replaceChildren(drawing(picture));
  }

  const unfollow = follow(model, ["pictures"], () => {
    const pictures = model.get("pictures");
    const ids = pictures.map(({ id }) => id);
    for (const id of [...cards.keys()]) if (!ids.includes(id)) cards.delete(id);
    for (const picture of pictures) {
      if (!cards.has(picture.id)) cards.set(picture.id, makeCard());
      show(cards.get(picture.id), picture);
    }
    arrange(grid, ids.map((id) => cards.get(id).node));
  });
  const unfollowNote = follow(model, ["pictures", "note"], () => {
    const text = model.get("note");
    say(note, text || (model.get("pictures").length ? "" : EMPTY));
    el.classList.toggle("ncviz-is-old", Boolean(text));
  });

  return together(unfollow, unfollowNote);
}

export default answering(render);
