// Shared by the controls.

/** Calls update now and whenever one of the traits changes; returns what undoes that. */
function follow(model, traits, update) {
  for (const trait of traits) model.on(`change:${trait}`, update);
  update();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, update);
  };
}

// Keys meant for a control must not reach the notebook's shortcuts.
const keepKeys = (node) => node.addEventListener("keydown", (event) => event.stopPropagation());
