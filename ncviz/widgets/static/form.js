// Shared by forms that start a training: boxes with names, the button, and how far it is.

/**
 * Asks for [name, text, input] each; a message says what is wrong with an input. One button, so that
 * it keeps the focus: to start with what is typed, as Enter does, and while it trains to cancel.
 */
function startForm(model, look, name, asked) {
  const fields = asked.map(([name, text, input]) => {
    const message = h("p", { class: "ncviz-message", id: uniqueId(`${name}-wrong`), role: "alert" });
    put(input, { id: uniqueId(name), "aria-describedby": message.id });
    input.addEventListener("keydown", (event) => event.key === "Enter" && input.tagName === "INPUT" && start());
    const node = h("div", { class: "ncviz-field" }, h("label", { for: input.id }, text), input);
    return { name, node, input, message };
  });
  const typed = () => Object.fromEntries(fields.map(({ name, input }) => [name, input.value.trim()]));
  const running = () => model.get("state") === "running";
  const start = () => running() || model.send({ start: typed() });
  const button = wordButton("Start", () => (running() ? model.send({ cancel: true }) : start()));
  const bar = progressBar(`${look}-bar`, name);
  const status = h("span", { class: `ncviz-sub ${look}-status` });
  const ended = h("span", { class: "ncviz-unseen", role: "status" });
  const stop = together(
    follow(model, ["wrong"], () => {
      for (const { name, input, message } of fields) showMessage(message, input, model.get("wrong")[name] ?? "");
    }),
    follow(model, ["state", "share", "status"], () => {
      const [state, words] = [model.get("state"), model.get("status")];
      say(button, running() ? "Cancel" : "Start");
      bar.root.hidden = state === "idle" || state === "failed";
      bar.show(model.get("share"), words);
      say(status, words);
      status.classList.toggle("ncviz-message", state === "failed");
      // Its end is spoken; every step of it would be noise.
      say(ended, ["done", "cancelled", "failed"].includes(state) ? words : "");
    }),
  );
  return { fields, typed, button, progress: [bar.root, status, ended], stop };
}
