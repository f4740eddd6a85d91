// What the colours of a view mean, and which of its marks are shown.
import { make } from "./dom.js";
import { typeset } from "./notation.js";
import { formatNumber } from "./numbers.js";
import { say } from "./words.js";

/** @typedef {import("./marks/drawn.js").Drawn} Drawn */

/** What readers have switched off, by the model and the view: a picture that is mounted again, as JupyterLab does, keeps it. */
/** @type {WeakMap<object, Map<number, Set<string>>>} */
const OFF = new WeakMap();

/** The labels of the marks that are switched off. @param {object} model @param {number} view @returns {Set<string>} */
export function switchedOff(model, view) {
  const views = OFF.get(model) ?? new Map();
  OFF.set(model, views);
  if (!views.has(view)) views.set(view, new Set());
  return /** @type {Set<string>} */ (views.get(view));
}

/**
 * @param {HTMLElement} element @param {Set<string>} off @param {() => void} switched
 * @returns {(drawn: Drawn[], range?: import("./ranges.js").Range) => void}
 */
export function makeLegend(element, off, switched) {
  let shown = "";
  let colored = "";
  /** @type {HTMLElement[]} */
  let bar = [];
  /** @param {NonNullable<Drawn["legend"]>} legend */
  const press = ({ label }) => {
    if (!off.delete(label)) off.add(label);
    switched();
  };
  return (drawn, range) => {
    const entries = drawn.flatMap(({ legend }) => (legend ? [legend] : []));
    const { stops, label = "", diverging = false } = drawn.find(({ colors }) => colors)?.colors ?? {};
    // Nearly always the same as in the frame before: then it is left alone, and under the finger that presses it.
    const wanted = JSON.stringify([entries, drawn.length > 1]);
    if (wanted !== shown) {
      shown = wanted;
      // What is alone in its picture stays there.
      const made = entries.map((each) => (drawn.length > 1 ? makeSwitch(each, () => press(each)) : entry("span", {}, each)));
      element.replaceChildren(...made, ...bar);
    }
    const colors = JSON.stringify([stops, label, range]);
    if (colors !== colored) {
      colored = colors;
      for (const each of bar) each.remove();
      bar = stops && range ? [ramp(stops, label, range, diverging)] : [];
      element.append(...bar);
    }
    if (drawn.length < 2) return;
    entries.forEach((each, index) => element.children[index].setAttribute("aria-pressed", String(!off.has(each.label))));
  };
}

/** @param {NonNullable<Drawn["legend"]>} legend @param {() => void} press */
function makeSwitch(legend, press) {
  const button = entry("button", { type: "button", title: say("shown or not") }, legend);
  button.addEventListener("click", press);
  return button;
}

/**
 * @template {"span" | "button"} Tag
 * @param {Tag} tag @param {Record<string, string>} attributes @param {NonNullable<Drawn["legend"]>} legend
 */
function entry(tag, attributes, { label, color, shape }) {
  const swatch = make("span", { class: `kexue-swatch kexue-swatch-${shape}` });
  swatch.style.setProperty("--kexue-mark", color);
  return make(tag, { class: "kexue-entry", ...attributes }, swatch, make("span", {}, ...typeset(label)));
}

/** @param {string[]} stops @param {string} label @param {import("./ranges.js").Range} range @param {boolean} diverging */
function ramp(stops, label, [low, high], diverging) {
  const bar = make("span", { class: diverging ? "kexue-ramp kexue-diverging" : "kexue-ramp" });
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  const name = label ? [make("span", {}, ...typeset(label))] : [];
  return make("span", { class: "kexue-entry" }, ...name, formatNumber(low, 3), bar, formatNumber(high, 3));
}
