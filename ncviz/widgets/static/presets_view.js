// Buttons that set the controls, and what to look for then.

const INVITATION = "Each one sets the controls, and says what to look for.";

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-presets");
  keepKeys(el);
  const title = h("h3", { id: uniqueId("presets") }, "Situations");
  const buttons = h("div", { class: "ncviz-actions", role: "group", "aria-labelledby": title.id });
  const reason = h("p", {});
  const room = h("div", { class: "ncviz-presets-reason" });
  el.replaceChildren(title, buttons, room);

  const unfollow = follow(model, ["presets"], () => {
    const presets = model.get("presets");
    buttons.replaceChildren(
      ...presets.map(({ name }, index) => wordButton(name, () => model.send({ click: index }))),
    );
    // All sentences lie unseen in one place, so that the longest keeps its room at any width.
    room.replaceChildren(reason, ...presets.map((p) => h("p", { "data-unseen": p.reason })));
  });
  const unfollowChosen = follow(model, ["presets", "chosen", "lead"], () => {
    const chosen = model.get("chosen");
    [...buttons.children].forEach((button, k) => put(button, { "aria-pressed": k === chosen }));
    // Not spoken: the invitation comes back in the middle of something else.
    put(reason, { "aria-live": chosen < 0 ? "off" : "polite" });
    const preset = model.get("presets")[chosen];
    say(reason, preset ? model.get("lead") + preset.reason : INVITATION);
  });
  return together(unfollow, unfollowChosen);
}

export default answering(render);
