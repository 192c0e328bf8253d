// A heading and a row of tabs. What a tab shows are other widgets, which Python shows and hides.

function render({ model, el }) {
  el.classList.add("ncviz", "ncviz-control", "ncviz-row");
  keepKeys(el);
  const title = h("h2", { id: uniqueId("tabs") });
  const list = h("div", { class: "ncviz-row ncviz-tab-list", role: "tablist", "aria-labelledby": title.id });
  el.replaceChildren(title, list);

  function choose(id) {
    if (id !== model.get("chosen")) setTraits(model, { chosen: id });
  }

  function tab({ id, text }) {
    const button = h("button", { type: "button", role: "tab", id: uniqueId("tab"), "data-id": id }, text);
    button.addEventListener("click", () => choose(id));
    return button;
  }

  // The boxes that the tabs open are drawn later than the tabs: looked for until they are there.
  let looking = 0;
  let unsort = null;
  function tie() {
    cancelAnimationFrame(looking);
    const root = el.closest(".ncviz-explorer");
    const columns = root?.querySelector(".ncviz-columns");
    if (columns) unsort ??= followTheEye(columns);
    const tabs = model.get("tabs").length > 1 ? model.get("tabs") : [];
    const all = tabs.map(({ opens = [] }) => opens.map((name) => root?.querySelector(`.${name}`)));
    if (!el.isConnected || (root && !columns) || !all.flat().every(Boolean)) {
      looking = requestAnimationFrame(tie);
      return;
    }
    all.forEach((found, k) => {
      const open = tabs[k].id === model.get("chosen");
      for (const box of found) {
        box.id ||= uniqueId("panel");
        if (open) put(box, { role: "tabpanel", "aria-labelledby": list.children[k].id });
      }
      put(list.children[k], { "aria-controls": found.map(({ id }) => id).join(" ") });
    });
  }

  list.addEventListener("keydown", (event) => {
    const tabs = [...list.children];
    const now = tabs.indexOf(event.target);
    const last = tabs.length - 1;
    const [before, after] = [now > 0 ? now - 1 : last, now < last ? now + 1 : 0];
    const to = { ArrowLeft: before, ArrowRight: after, Home: 0, End: last }[event.key];
    if (to === undefined || now < 0) return;
    event.preventDefault();
    tabs[to].focus();
    choose(tabs[to].dataset.id);
  });

  const unfollow = follow(model, ["title", "tabs"], () => {
    say(title, model.get("title"));
    list.replaceChildren(...model.get("tabs").map(tab));
    list.hidden = model.get("tabs").length < 2; // where a teacher hides all others
  });
  const unfollowChosen = follow(model, ["tabs", "chosen"], () => {
    const chosen = model.get("chosen");
    for (const button of list.children) {
      const open = button.dataset.id === chosen;
      // Only the open one is reached by the Tab key; the arrows lead to the others.
      put(button, { "aria-selected": open, tabindex: open ? 0 : -1 });
    }
    tie();
  });
  return together(() => cancelAnimationFrame(looking), () => unsort?.(), unfollow, unfollowChosen);
}

export default answering(render);
