// A native range input: name, keys and touch come with it.

function render({ model, el }) {
  const input = h("input", { type: "range", min: 0, step: 1 });
  const value = h("output", { class: "ncviz-control-value", "aria-live": "off" });
  let queued = 0;

  function show(index) {
    const options = model.get("options");
    const option = options[index] ?? {};
    const text = [option.text, option.unit].filter(Boolean).join(" ");
    say(value, text);
    put(input, { "aria-valuetext": text });
    input.style.setProperty("--at", options.length > 1 ? index / (options.length - 1) : 0);
    control.sayHint(index);
  }

  function send() {
    cancelAnimationFrame(queued);
    queued = 0;
    setTraits(model, { index: Number(input.value) });
  }

  // At most one message a painted frame; the release always sends the last value.
  input.addEventListener("input", () => {
    show(Number(input.value));
    queued ||= requestAnimationFrame(send);
  });
  input.addEventListener("change", send);

  const control = makeControl(model, el, input, value);
  put(value, { for: input.id });
  const unfollow = control.follow(["options", "index"], () => {
    input.max = model.get("options").length - 1;
    if (queued) return; // the hand is ahead of the kernel
    input.value = model.get("index");
    show(model.get("index"));
  });
  return together(() => cancelAnimationFrame(queued), unfollow);
}

export default answering(render);
