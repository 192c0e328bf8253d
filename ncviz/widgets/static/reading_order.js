// The Tab key and screen readers go by the order of the document, the eye by that of the style sheet.

/**
 * Keeps the children of a box in the order that the style sheet gives them at the present width,
 * by its "order". What holds the focus stays where it is, and the others move around it.
 */
function followTheEye(box) {
  const place = (node) => Number(getComputedStyle(node).order);
  const sort = () => {
    const now = [...box.children];
    const wanted = [...now].sort((a, b) => place(a) - place(b));
    if (wanted.every((node, k) => node === now[k])) return;
    const kept = wanted.findIndex((node) => node.contains(document.activeElement));
    wanted.forEach((node, k) => {
      if (k < kept) box.insertBefore(node, wanted[kept]);
      else if (k > kept) box.append(node);
    });
  };
  const observer = new ResizeObserver(sort); // its height changes, too, when a child comes late
  observer.observe(box);
  return () => observer.disconnect();
}
