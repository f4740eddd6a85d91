// What the colours of a view mean, and which of its marks are shown.
import { make } from "./dom.js";
import { typeset } from "./notation.js";
import { formatNumber } from "./numbers.js";
import { say } from "./words.js";

/** @typedef {import("./marks/drawn.js").Drawn} Drawn */

/** @typedef {{isOff: (mark?: number) => boolean, press: (mark?: number) => void}} Switches  Those of one view, whose marks have numbers. */

/** What readers have switched off, by the model: a picture that is mounted again, as JupyterLab does, keeps it. */
/** @type {WeakMap<object, Set<string>>} */
const OFF = new WeakMap();

/** The marks of an explorer that are switched off, as an address tells it: "3.1" is the second of the fourth view. */
export class Off {
  #views;
  #changed;
  #marks;

  /** @param {object} model @param {import("./types").View[]} views @param {(view: number) => void} changed */
  constructor(model, views, changed) {
    this.#views = views;
    this.#changed = changed;
    this.#marks = OFF.get(model) ?? new Set();
    OFF.set(model, this.#marks);
  }

  /** Nothing where all are shown. */
  get text() {
    return [...this.#marks].sort().join(",") || undefined;
  }

  /** @param {string | undefined} text */
  set text(text) {
    const wanted = new Set(text?.split(","));
    this.#views.forEach(({ marks }, view) => {
      marks.forEach((mark, number) => {
        // What is alone in its picture stays there, and so does what no legend names.
        const off = marks.length > 1 && "label" in mark && Boolean(mark.label) && wanted.has(`${view}.${number}`);
        if (off !== this.#marks.has(`${view}.${number}`)) this.of(view).press(number);
      });
    });
  }

  /** @param {number} view @returns {Switches} */
  of(view) {
    return {
      isOff: (mark) => this.#marks.has(`${view}.${mark}`),
      press: (mark) => {
        if (!this.#marks.delete(`${view}.${mark}`)) this.#marks.add(`${view}.${mark}`);
        this.#changed(view);
      },
    };
  }
}

/**
 * @param {HTMLElement} element @param {Switches} switches
 * @returns {(drawn: Drawn[], range?: import("./ranges.js").Range) => void}
 */
export function makeLegend(element, { isOff, press }) {
  let shown = "";
  let colored = "";
  /** @type {HTMLElement[]} */
  let bar = [];
  return (drawn, range) => {
    const entries = drawn.flatMap(({ legend }) => (legend ? [legend] : []));
    const { stops, label = "", diverging = false } = drawn.find(({ colors }) => colors)?.colors ?? {};
    // Nearly always the same as in the frame before: then it is left alone, and under the finger that presses it.
    const wanted = JSON.stringify([entries, drawn.length > 1]);
    if (wanted !== shown) {
      shown = wanted;
      // What is alone in its picture stays there.
      const made = entries.map((each) => (drawn.length > 1 ? makeSwitch(each, () => press(each.number)) : entry("span", {}, each)));
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
    entries.forEach((each, index) => element.children[index].setAttribute("aria-pressed", String(!isOff(each.number))));
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
