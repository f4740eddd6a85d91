// What the colours of a view mean.
import { make } from "./dom.js";
import { formatNumber } from "./numbers.js";

/** @typedef {import("./marks.js").Drawn} Drawn */

/** @param {HTMLElement} element @returns {(drawn: Drawn[], range?: import("./ranges.js").Range) => void} */
export function makeLegend(element) {
  let shown = "";
  return (drawn, range) => {
    const entries = drawn.flatMap(({ legend }) => (legend ? [legend] : []));
    const stops = drawn.find(({ colors }) => colors)?.colors?.stops;
    // Nearly always the same as in the frame before: then it is left alone.
    const wanted = JSON.stringify([entries, stops, range]);
    if (wanted === shown) return;
    shown = wanted;
    element.replaceChildren(...entries.map(entry), ...(stops && range ? [ramp(stops, range)] : []));
  };
}

/** @param {NonNullable<Drawn["legend"]>} legend */
function entry({ label, color, shape }) {
  const swatch = make("span", { class: `kexue-swatch kexue-swatch-${shape}` });
  swatch.style.setProperty("--kexue-mark", color);
  return make("span", { class: "kexue-entry" }, swatch, label);
}

/** @param {string[]} stops @param {import("./ranges.js").Range} range */
function ramp(stops, [low, high]) {
  const bar = make("span", { class: "kexue-ramp" });
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  return make("span", { class: "kexue-entry" }, formatNumber(low, 3), bar, formatNumber(high, 3));
}
