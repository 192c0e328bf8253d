// A native select with a label and a hint.

function render({ model, el }) {
  const select = h("select");
  select.addEventListener("change", () => setTraits(model, { index: select.selectedIndex }));
  const control = makeControl(model, el, select);
  return control.follow(["options", "index"], () => {
    const [options, index] = [model.get("options"), model.get("index")];
    layer(select, options, () => options.map(({ text }) => h("option", {}, text)));
    select.selectedIndex = index;
    control.sayHint(index);
  });
}

export default answering(render);
