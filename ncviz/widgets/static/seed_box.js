// A seed as text: it may be larger than JavaScript's numbers are exact.

function render({ model, el }) {
  const input = textBox({ inputmode: "numeric" });
  // "change" comes with Enter and on leaving the box.
  input.addEventListener("change", () => setTraits(model, { value: input.value.trim() }));
  return makeControl(model, el, input).follow(["value"], () => {
    // A box being typed in is not overwritten, nor is a wrong value that its message is about.
    const typing = document.activeElement === input && input.value.trim() !== model.get("value");
    if (!typing) input.value = model.get("value");
  });
}

export default answering(render);
