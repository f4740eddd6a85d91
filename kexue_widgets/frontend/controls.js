// Native inputs for an explorer's controls. A handler only tells the model; what is shown follows the model's events, so
// that a reader's hand, Python and jslink take one path.
import { make, newId } from "./dom.js";
import { clamp, formatNumber, parseNumber } from "./numbers.js";
import { makePhoto } from "./photo.js";
import { makePoints } from "./points.js";
import { makeSearch } from "./search.js";
import { makeQuery } from "./text.js";
import { say } from "./words.js";

/**
 * @typedef {import("./types").Value} Value
 * @typedef {{
 *   set: (name: string, value: Value) => void,
 *   refuse: (words: string) => void,
 *   announce: (words: string) => void,
 *   signal: AbortSignal,
 * }} Context
 * @typedef {{element: HTMLElement, show: (value: any) => void, describe: (value: any) => string}} Shown
 */

const LOG_POSITIONS = 100;
const MANY = 64; // options: more are no list to read through

/** @param {import("./types").Control} control @param {Context} context @returns {Shown} */
export function makeControl(control, context) {
  if (control.kind === "slider") return makeSlider(control, context);
  if (control.kind === "toggle") return makeToggle(control, context);
  if (control.kind === "points") return makePoints(control, context);
  if (control.kind === "photo") return makePhoto(control, context);
  if (control.kind === "query") return makeQuery(control, context);
  return control.options.length > MANY ? makeSearch(control, context) : makeChoice(control, context);
}

/** @param {import("./types").Slider} slider @param {Context} context @returns {Shown} */
function makeSlider(slider, { set, refuse }) {
  const { name, min, max, log } = slider;
  const label = say(slider.label);
  const unit = say(slider.unit);
  const withUnit = (/** @type {number} */ value) => (unit ? `${formatNumber(value)} ${unit}` : formatNumber(value));
  const id = newId();
  const range = make("input", {
    id,
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
  range.addEventListener("input", () => {
    const position = Number(range.value);
    set(name, log ? valueAt(position, min, max) : clamp(Number(position.toPrecision(12)), min, max));
  });
  typed.addEventListener("change", () => {
    const value = parseNumber(typed.value);
    if (value >= min && value <= max) return set(name, value);
    typed.value = formatNumber(current);
    refuse(say("{label} must lie between {min} and {max}.", { label, min: formatNumber(min), max: formatNumber(max) }));
  });
  typed.addEventListener("focus", () => typed.select());
  const readout = make("span", { class: "kexue-readout" }, typed, ...(unit ? [make("span", {}, unit)] : []));
  const head = make("div", { class: "kexue-head" }, make("label", { for: id }, label), readout);
  return {
    element: make("div", { class: "kexue-control kexue-slider" }, head, range),
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

/** @param {import("./types").Toggle} toggle @param {Context} context @returns {Shown} */
function makeToggle({ name, label }, { set }) {
  const box = make("input", { type: "checkbox", role: "switch", class: "kexue-switch" });
  box.addEventListener("change", () => set(name, box.checked));
  return {
    element: make("label", { class: "kexue-control kexue-toggle" }, box, make("span", {}, say(label))),
    show: (value) => (box.checked = value),
    describe: (value) => `${say(label)}: ${say(value ? "on" : "off")}`,
  };
}

/** @param {import("./types").Choice} choice @param {Context} context @returns {Shown} */
function makeChoice({ name, label, options }, { set }) {
  const id = newId();
  const select = make("select", { id, class: "kexue-select" });
  for (const option of options) select.append(make("option", { value: option.label }, say(option.label)));
  select.addEventListener("change", () => set(name, select.value));
  const head = make("div", { class: "kexue-head" }, make("label", { for: id }, say(label)));
  return {
    element: make("div", { class: "kexue-control kexue-choice" }, head, select),
    show: (value) => (select.value = value),
    describe: (value) => `${say(label)}: ${say(value)}`,
  };
}

const SEEDS = 2 ** 32;

/** @param {Context} context @returns {Shown} */
export function makeSeed({ set, refuse }) {
  const id = newId();
  const typed = make("input", { id, type: "text", inputmode: "numeric", autocomplete: "off", class: "kexue-number" });
  const roll = make("button", { type: "button", class: "kexue-button" }, say("Re-roll"));
  let current = 0;
  typed.addEventListener("change", () => {
    const value = parseNumber(typed.value);
    if (Number.isInteger(value) && value >= 0 && value < SEEDS) return set("seed", value);
    typed.value = String(current);
    refuse(say("The seed must be a whole number from 0 to 4294967295."));
  });
  // Small seeds: easier to read out to someone else.
  roll.addEventListener("click", () => set("seed", Math.floor(Math.random() * 10_000)));
  return {
    element: make("div", { class: "kexue-seed" }, make("label", { for: id }, say("seed")), typed, roll),
    show: (value) => {
      current = value;
      typed.value = String(value);
    },
    describe: (value) => `${say("seed")} ${value}`,
  };
}
