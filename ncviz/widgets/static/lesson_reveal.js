// A picture and paragraphs, once there are some.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-lesson-reveal");
  const image = h("img", {});
  const wait = h("p", { class: "ncviz-sub" }, "drawing…");
  const why = h("div", { class: "ncviz-lesson-why" });
  el.replaceChildren(wait, image, why);

  const unfollow = follow(model, ["picture", "drawing", "paragraphs"], () => {
    const { png, alt, width, height } = model.get("picture");
    const paragraphs = model.get("paragraphs");
    wait.hidden = !model.get("drawing");
    image.hidden = !png;
    layer(image, [alt, png?.byteLength], () => {
      URL.revokeObjectURL(image.src);
      if (!png) return [];
      put(image, { alt, width, height });
      image.src = URL.createObjectURL(new Blob([png], { type: "image/png" }));
      return [];
    });
    layer(why, paragraphs, () => paragraphs.map((text) => h("p", {}, text)));
    el.hidden = !(png || paragraphs.length || model.get("drawing"));
  });
  return together(unfollow, () => URL.revokeObjectURL(image.src));
}

export default answering(render);
