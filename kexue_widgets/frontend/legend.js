// What the colours of a view mean.
import { make } from "./dom.js";
import { typeset } from "./notation.js";
import { formatNumber } from "./numbers.js";

/** @typedef {import("./marks/drawn.js").Drawn} Drawn */

/** @param {HTMLElement} element @returns {(drawn: Drawn[], range?: import("./ranges.js").Range) => void} */
export function makeLegend(element) {
  let shown = "";
  return (drawn, range) => {
    const entries = drawn.flatMap(({ legend }) => (legend ? [legend] : []));
    const { stops, label = "", diverging = false } = drawn.find(({ colors }) => colors)?.colors ?? {};
    // Nearly always the same as in the frame before: then it is left alone.
    const wanted = JSON.stringify([entries, stops, label, range]);
    if (wanted === shown) return;
    shown = wanted;
    element.replaceChildren(...entries.map(entry), ...(stops && range ? [ramp(stops, label, range, diverging)] : []));
  };
}

/** @param {NonNullable<Drawn["legend"]>} legend */
function entry({ label, color, shape }) {
  const swatch = make("span", { class: `kexue-swatch kexue-swatch-${shape}` });
  swatch.style.setProperty("--kexue-mark", color);
  return make("span", { class: "kexue-entry" }, swatch, make("span", {}, ...typeset(label)));
}

/** @param {string[]} stops @param {string} label @param {import("./ranges.js").Range} range @param {boolean} diverging */
function ramp(stops, label, [low, high], diverging) {
  const bar = make("span", { class: diverging ? "kexue-ramp kexue-diverging" : "kexue-ramp" });
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  const name = label ? [make("span", {}, ...typeset(label))] : [];
  return make("span", { class: "kexue-entry" }, ...name, formatNumber(low, 3), bar, formatNumber(high, 3));
}
