// Sub- and superscripts in labels: L_D, x^2, a_{ij}. One letter with something below or above it; everything else, such as
// the name of a layer, stays as it is. `live/notation.py` has the same expression for matplotlib.

const RAISED = /(?<![\p{L}\p{N}_])(\p{L})([_^])(?:\{([^{}]+)\}|([\p{L}\p{N}]))(?![\p{L}\p{N}_])/gu;

/** @param {string} text @returns {{text: string, place: "" | "_" | "^"}[]} */
export function partsOf(text) {
  /** @type {{text: string, place: "" | "_" | "^"}[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(RAISED)) {
    const [all, base, place, group, single] = found;
    parts.push({ text: text.slice(end, found.index) + base, place: "" });
    parts.push({ text: group ?? single, place: place === "_" ? "_" : "^" });
    end = found.index + all.length;
  }
  if (end < text.length || !parts.length) parts.push({ text: text.slice(end), place: "" });
  return parts;
}

/** A text as nodes of HTML. @param {string} text @returns {(Node | string)[]} */
export function typeset(text) {
  return partsOf(text).map(({ text, place }) => {
    if (!place) return text;
    const raised = document.createElement(place === "_" ? "sub" : "sup");
    raised.textContent = text;
    return raised;
  });
}

/** The words of an SVG text, typeset. @param {Element} element */
export function typesetSvg(element) {
  const parts = partsOf(element.textContent ?? "");
  if (parts.length < 2) return;
  let below = 0; // ems by which the line is off its base: a shift counts from where the last part ended
  element.replaceChildren(
    ...parts.map(({ text, place }) => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
      part.textContent = text;
      const shift = place === "_" ? 0.25 : place === "^" ? -0.4 : 0;
      if (place) part.setAttribute("font-size", "0.75em");
      // In ems of this part, whose letters may be smaller.
      part.setAttribute("dy", `${(shift - below) / (place ? 0.75 : 1)}em`);
      below = shift;
      return part;
    }),
  );
}
