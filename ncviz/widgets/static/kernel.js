// Says when the kernel behind a widget has ended, or cannot be reached: nothing answers then.

const GONE =
  "The kernel that computed this was restarted or has ended, so nothing here answers any more. " +
  "Run the cell again; on a page without cells, reload the page.";
const LOST = "The connection to the kernel is lost. Until it is back, nothing here answers.";

const ENDED = ["restarting", "autorestarting", "terminating", "dead"];

const ONCE_IN = 2000; // ms: many widgets share a kernel, and one question is enough
const TRIES = 3;

/**
 * Calls tell(GONE), tell(LOST) or tell("") when that may have changed; returns what stops it. A
 * kernel that computes for long is there; one in whose place another process answers is gone,
 * whoever restarted it. What a new process says of its start can be lost on the way, so it is
 * asked for a word when somebody comes back to the page from elsewhere, where it was restarted.
 */
function watchKernel(kernel, process, tell) {
  let gone = false;
  let again = 0;
  const look = () => {
    gone ||= kernel.isDisposed || ENDED.includes(kernel.status);
    tell(gone ? GONE : kernel.connectionStatus === "connected" ? "" : LOST);
  };
  const signed = (session) => {
    gone ||= Boolean(process) && session !== process;
    look();
  };
  const hear = (_kernel, { header, content }) => {
    // The server, too, sends messages, and of a kernel's end; those of the kernel itself say these.
    if (header.msg_type === "status" && !ENDED.includes(content.execution_state)) {
      signed(header.session);
    }
  };
  // Again if nothing comes: a question, too, can be lost in a restart.
  const ask = (_event, tries = TRIES) => {
    if (Date.now() - (kernel.ncvizAsked ?? 0) > ONCE_IN) {
      kernel.ncvizAsked = Date.now();
      kernel.ncvizAnswer = kernel.requestKernelInfo();
    }
    clearTimeout(again);
    if (tries > 1) again = setTimeout(ask, ONCE_IN + 100, null, tries - 1);
    kernel.ncvizAnswer.then(({ header }) => {
      clearTimeout(again);
      signed(header.session);
    }, look);
  };
  const ways = [
    [kernel.statusChanged, look],
    [kernel.connectionStatusChanged, look],
    [kernel.disposed, look],
    [kernel.iopubMessage, hear],
  ];
  for (const [way, listener] of ways) way.connect(listener);
  window.addEventListener("focus", ask);
  return () => {
    for (const [way, listener] of ways) way.disconnect(listener);
    window.removeEventListener("focus", ask);
    clearTimeout(again);
  };
}

/** One sentence for the whole Explorer, or for a view that stands alone; an ended one is off. */
function sayUnanswered(el, text) {
  if (text === GONE) {
    for (const input of el.querySelectorAll("button, input, select, textarea")) input.disabled = true;
  }
  if (document.getElementById("ncviz-lost")) return; // the dashboard's page says it itself
  let root = el.closest(".ncviz-explorer");
  for (let up = el; up && !root; ) {
    const next = up.parentElement?.closest(".jupyter-widgets");
    if (!next) root = up;
    up = next;
  }
  let said = root.querySelector(":scope > .ncviz-unanswered");
  if (!said && text) {
    said = document.createElement("p");
    said.className = "ncviz ncviz-unanswered";
    said.setAttribute("role", "alert");
    root.prepend(said);
  }
  if (!said) return;
  said.hidden = !text;
  if (said.textContent !== text) said.textContent = text;
}

/** Says something in a node, which takes no room without words. */
function sayIf(node, text) {
  say(node, text);
  node.hidden = !text;
}

/** What a widget's script exports: how it is drawn, and that it says when nothing answers. */
function answering(render) {
  const tellers = new Set();
  let text = "";
  return {
    // Once for each model: a view that is drawn later knows what has happened before.
    initialize({ model }) {
      const kernel = model.widget_manager?.kernel;
      if (!kernel?.iopubMessage) return undefined; // elsewhere than in Jupyter's own pages
      return watchKernel(kernel, model.get("process"), (now) => {
        text = now;
        for (const tell of tellers) tell();
      });
    },
    render({ model, el, ...rest }) {
      const stop = render({ model, el, ...rest });
      const tell = () => sayUnanswered(el, text);
      // One that is drawn from a saved notebook has no kernel from the start.
      if (el.classList.contains("jupyter-widgets-disconnected")) text = GONE;
      if (text) requestAnimationFrame(tell); // when it stands in its place
      tellers.add(tell);
      return () => {
        tellers.delete(tell);
        stop?.();
      };
    },
  };
}
