// The seed of an explorer's random numbers: no control of its author's, and no graph sees it.
import { make, newId, onTyped } from "../dom.js";
import { parseNumber } from "../numbers.js";
import { say } from "../words.js";

/** @typedef {{kind: "seed", name: string, value: number}} Seed */

/** @param {import("../types").Manifest} manifest @returns {Seed} */
export const seedOf = ({ seed }) => ({ kind: "seed", name: "seed", value: seed });

/** @param {number} value */
const isSeed = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;

/** @type {import("../types").Build<Seed>} */
export function build({ name }, { set, refuse }) {
  const id = newId();
  const typed = make("input", { id, type: "text", inputmode: "numeric", autocomplete: "off", class: "kexue-number" });
  const roll = make("button", { type: "button", class: "kexue-button" }, say("Re-roll"));
  let current = 0;
  onTyped(typed, () => {
    const value = parseNumber(typed.value);
    if (isSeed(value)) return set(name, value);
    typed.value = String(current);
    refuse(say("The seed must be a whole number from 0 to 4294967295."));
  });
  // Small seeds: easier to read out to someone else.
  roll.addEventListener("click", () => set(name, Math.floor(Math.random() * 10_000)));
  return {
    element: make("div", { class: "kexue-seed" }, make("label", { for: id }, say("seed")), typed, roll),
    show: (value) => {
      current = value;
      typed.value = String(value);
    },
    describe: (value) => `${say("seed")} ${value}`,
  };
}

/** @param {Seed} control @param {string} text */
export function fromText(control, text) {
  const value = parseNumber(text);
  return isSeed(value) ? value : undefined;
}
