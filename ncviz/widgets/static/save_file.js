/** Lets the browser save bytes as a file. */
function saveFile(name, type, bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // some browsers read it only after the click
}

/** Asks Python for files and saves them; another view of the same widget did not ask, and saves none. */
function fileAsker(model, saved = () => {}) {
  let asked = 0;
  const receive = (content, buffers) => {
    if (!content?.file || !asked) return;
    asked--;
    saveFile(content.file, content.type, buffers[0]);
    saved(content);
  };
  model.on("msg:custom", receive);
  const ask = (request) => {
    asked++;
    model.send(request);
  };
  return { ask, stop: () => model.off("msg:custom", receive) };
}
