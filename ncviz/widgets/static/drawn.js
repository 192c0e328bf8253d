// The nodes of a picture that Python has drawn.

const build = (node) => (typeof node === "string" ? node : s(node[0], node[1], ...node[2].map(build)));

/** The picture; its unit is a point, of which an inch has 72. */
function drawing({ svg, width, height }) {
  const viewBox = `0 0 ${0.72 * width} ${0.72 * height}`;
  return s("svg", { viewBox, width: "100%", height: "100%", "aria-hidden": "true" }, ...svg.map(build));
}
