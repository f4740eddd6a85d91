// A number between two bounds: a range, and the number to be typed beside it.
import { headOf, make, onTyped } from "../dom.js";
import { clamp, formatNumber, parseNumber } from "../numbers.js";
import { watchTouch } from "../touch.js";
import { say } from "../words.js";

/** @typedef {import("../types").Named<"slider", number> & {min: number, max: number, step: number, log: boolean, unit: string}} Slider */

const LOG_POSITIONS = 100;

/** @type {import("../types").Build<Slider>} */
export function build(slider, { set, refuse }) {
  const { name, min, max, log } = slider;
  const label = say(slider.label);
  const unit = say(slider.unit);
  const close = unit === "°"; // at its number, as print has it
  const withUnit = (/** @type {number} */ value) => `${formatNumber(value)}${close || !unit ? "" : " "}${unit}`;
  const range = make("input", {
    type: "range",
    class: "kexue-range",
    min: log ? 0 : min,
    max: log ? LOG_POSITIONS : max,
    step: log ? 1 : slider.step || "any",
  });
  const typed = make("input", {
    type: "text",
    inputmode: min < 0 ? "text" : "decimal", // phones' decimal keyboards have no minus
    autocomplete: "off",
    class: "kexue-number",
    "aria-label": say("{label}: value", { label }),
  });
  let current = slider.value;
  const show = (/** @type {number} */ value) => {
    current = value;
    range.value = String(log ? positionOf(value, min, max) : value);
    range.setAttribute("aria-valuetext", withUnit(value));
    const filled = log ? positionOf(value, min, max) / LOG_POSITIONS : (value - min) / (max - min);
    range.style.setProperty("--kexue-filled", String(clamp(filled, 0, 1)));
    // A value half typed is not overwritten by the model's answer to it.
    if (typed !== document.activeElement || parseNumber(typed.value) !== value) typed.value = formatNumber(value);
  };
  /** @type {number | undefined} */
  let wanted; // where a finger rests of which it is not known yet what it means
  let before = current;
  const touch = watchTouch(range, {
    down: () => ([wanted, before] = [undefined, current]),
    take: () => wanted !== undefined && set(name, wanted),
    drop: () => before !== current && set(name, before),
  });
  range.addEventListener("input", () => {
    const position = Number(range.value);
    const value = log ? valueAt(position, min, max) : clamp(Number(position.toPrecision(12)), min, max);
    if (!touch.undecided()) return set(name, value);
    // Browsers move the thumb as soon as a finger comes down.
    wanted = value;
    show(current);
  });
  onTyped(typed, () => {
    const value = parseNumber(typed.value);
    if (value >= min && value <= max) return set(name, value);
    typed.value = formatNumber(current);
    refuse(say("{label} must lie between {min} and {max}.", { label, min: formatNumber(min), max: formatNumber(max) }));
  });
  typed.addEventListener("focus", () => typed.select());
  const readout = make("span", { class: "kexue-readout" }, typed, ...(unit ? [make("span", { class: close ? "kexue-close" : "" }, unit)] : []));
  return {
    element: make("div", { class: "kexue-control kexue-slider" }, headOf(label, range, readout), range),
    show,
    describe: (value) => `${label} ${withUnit(value)}`,
  };
}

/** @param {number} value @param {number} min @param {number} max */
const positionOf = (value, min, max) => (LOG_POSITIONS * Math.log(value / min)) / Math.log(max / min);

/** @param {number} position @param {number} min @param {number} max */
function valueAt(position, min, max) {
  const value = min * (max / min) ** (position / LOG_POSITIONS);
  return clamp(Number(value.toPrecision(3)), min, max);
}

/** @param {Slider} slider @param {number} value */
export const numbers = (slider, value) => ({ data: [value], shape: [] });

/** @param {Slider} slider @param {string} text */
export function fromText({ min, max }, text) {
  const value = parseNumber(text);
  return value >= min && value <= max ? value : undefined;
}
