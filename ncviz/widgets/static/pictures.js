// Settled pictures in cards.

const EMPTY = "The pictures are drawn when a training is finished.";

const isDark = () => document.body.dataset.jpThemeLight === "false";

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-pictures");
  const note = h("p", { class: "ncviz-sub", role: "status" });
  const grid = h("div", { class: "ncviz-picture-grid" });
  el.replaceChildren(note, grid);
  const cards = new Map();

  function card() {
    const parts = { title: h("h3"), image: h("img"), caption: h("figcaption", { class: "ncviz-caption" }) };
    const header = h("header", { class: "ncviz-head" }, parts.title);
    parts.node = h("figure", { class: "ncviz-card" }, header, parts.image, parts.caption);
    return parts;
  }

  function show(parts, { title, caption, alt, png, width, height }) {
    say(parts.title, title);
    say(parts.caption, caption);
    put(parts.image, { alt, width, height });
    URL.revokeObjectURL(parts.image.src); // what it has loaded stays until the next one is there
    parts.image.src = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  }

  const forget = (id) => {
    URL.revokeObjectURL(cards.get(id).image.src);
    cards.delete(id);
  };

  const unfollow = follow(model, ["pictures"], () => {
    const pictures = model.get("pictures");
    const ids = pictures.map(({ id }) => id);
    for (const id of [...cards.keys()]) if (!ids.includes(id)) forget(id);
    for (const picture of pictures) {
      if (!cards.has(picture.id)) cards.set(picture.id, card());
      show(cards.get(picture.id), picture);
    }
    arrange(grid, ids.map((id) => cards.get(id).node));
  });
  const unfollowNote = follow(model, ["pictures", "note"], () => {
    const text = model.get("note");
    say(note, text || (model.get("pictures").length ? "" : EMPTY));
    el.classList.toggle("ncviz-is-old", Boolean(text));
  });

  function report() {
    if (model.get("dark") === isDark()) return;
    model.set("dark", isDark());
    model.save_changes();
  }
  const theme = new MutationObserver(report);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  report();

  return () => {
    theme.disconnect();
    unfollow();
    unfollowNote();
    for (const id of [...cards.keys()]) forget(id);
  };
}

export default answering(render);
