// Draws widgets on a page without a server, as JupyterLab does: boxes, and what anywidget runs.
//
// Outside of it there are `pull()`, which gives the messages that the widgets in Python have sent,
// and `push(id, data)`, which takes one from the page to them.

const views = new Map(); // by the model's id: what closes each place in which it is drawn
const models = new Map();
let sent = Promise.resolve(); // when all that the page has said has been heard
let pause = 0; // milliseconds until Python is asked again: longer and longer while nothing happens

const same = (a, b) => a === b || (plain(a) && plain(b) && JSON.stringify(a) === JSON.stringify(b));
const plain = (value) =>
  !(value instanceof DataView) &&
  (value === null || typeof value !== "object" || Object.values(value).every(plain));

/** What a widget's script is given to read, to write and to listen to. */
class Model {
  #listeners = new Map();
  #changed = {};

  constructor(id, state) {
    this.id = id;
    this.state = state;
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    Object.assign(this.#changed, this.take(typeof name === "object" ? name : { [name]: value }));
  }
  /** Sets what is new, says so, and returns it. */
  take(state) {
    const isNew = ([name, value]) => !same(value, this.state[name]);
    const changed = Object.fromEntries(Object.entries(state).filter(isNew));
    Object.assign(this.state, changed);
    for (const name of Object.keys(changed)) this.tell(`change:${name}`, this, this.state[name]);
    if (Object.keys(changed).length) this.tell("change", this);
    return changed;
  }
  save_changes() {
    if (Object.keys(this.#changed).length) say(this.id, { method: "update", state: this.#changed });
    this.#changed = {};
  }
  send(content) {
    say(this.id, { method: "custom", content });
  }
  on(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  off(event, listener) {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== listener);
    this.#listeners.set(event, left);
  }
  tell(event, ...parts) {
    for (const listener of this.#listeners.get(event) ?? []) listener(...parts);
  }
}

function say(id, data) {
  pause = 0;
  const said = window.push(id, JSON.parse(JSON.stringify(data)));
  sent = Promise.all([sent, said]);
}

// Drawing

/** Keeps the model's classes on an element, beside those that its script gives it. */
function keepClasses(el, model) {
  let own = [];
  const update = () => {
    el.classList.remove(...own);
    own = model.get("_dom_classes");
    el.classList.add(...own);
  };
  update();
  model.on("change:_dom_classes", update);
}

/** Draws a model, and returns its element when it is drawn. */
async function draw(model) {
  const el = document.createElement("div");
  const own = model.get("_esm") === undefined ? drawBox(el, model) : await drawScript(el, model);
  const close = () => {
    own?.();
    el.remove();
  };
  views.set(model.id, [...(views.get(model.id) ?? []), close]);
  return { el, model, close };
}

function drawBox(el, model) {
  const kind = model.get("_view_name") === "VBoxView" ? "widget-box widget-vbox" : "widget-box";
  el.className = `lm-Widget lm-Panel jupyter-widgets widget-container ${kind}`;
  keepClasses(el, model);
  let shown = [];
  const update = () => {
    const wanted = model.get("children").map((name) => models.get(name.replace("IPY_MODEL_", "")));
    const kept = shown.findIndex((each, k) => each.model !== wanted[k]);
    for (const each of shown.splice(kept < 0 ? shown.length : kept)) {
      each.gone = true;
      each.close?.();
      each.place.remove();
    }
    for (const child of wanted.slice(shown.length)) {
      const each = { model: child, place: el.appendChild(document.createElement("div")) };
      shown.push(each);
      draw(child).then(({ el: drawn, close }) => {
        each.close = close;
        if (each.gone) close();
        else each.place.replaceWith(drawn);
      });
    }
  };
  update();
  model.on("change:children", update);
  return () => {
    for (const each of shown.splice(0)) each.close?.();
  };
}

async function drawScript(el, model) {
  el.className = "lm-Widget";
  model.widget ??= load(model);
  const stop = await (await model.widget).render({ model, el });
  keepClasses(el, model);
  return stop;
}

/** The script and the style of a model: the script once for each, the style once for each class. */
async function load(model) {
  const id = model.get("_anywidget_id");
  if (model.get("_css") && !document.getElementById(id)) {
    document.head.append(
      Object.assign(document.createElement("style"), { id, textContent: model.get("_css") }),
    );
  }
  const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  await widget.initialize?.({ model });
  return widget;
}

// What comes from Python

const binary = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);

function unpacked({ state, buffer_paths: paths = [] }, buffers) {
  paths.forEach((path, k) => {
    const last = path[path.length - 1];
    const holder = path.slice(0, -1).reduce((part, step) => part[step], state);
    holder[last] = binary(buffers[k]);
  });
  return state;
}

const take = {
  open(id, data, buffers) {
    models.set(id, new Model(id, unpacked(data, buffers)));
  },
  msg(id, data, buffers) {
    const model = models.get(id);
    if (data.method === "update") model?.take(unpacked(data, buffers));
    if (data.method === "custom") model?.tell("msg:custom", data.content, buffers.map(binary));
  },
  close(id) {
    for (const close of views.get(id) ?? []) close();
    models.delete(id);
  },
  show(id) {
    const output = document.createElement("div");
    output.className = "jp-OutputArea-output";
    document.querySelector(".jp-OutputArea").append(output);
    draw(models.get(id)).then(({ el }) => output.append(el));
  },
};

async function receive() {
  const found = JSON.parse(await window.pull());
  pause = found.length ? 0 : Math.min(pause + 5, 100);
  for (const [what, id, data, buffers] of found) take[what](id, data, buffers);
}

/** Everything that was said has been heard, on both sides. */
window.settle = async () => {
  await sent;
  await receive();
};

(async () => {
  for (;;) {
    await receive();
    await new Promise((done) => setTimeout(done, 20 + pause));
  }
})();
