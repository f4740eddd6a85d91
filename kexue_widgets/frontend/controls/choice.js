// One of several options: picked from a list, or searched by typing where there are too many for one.
import { headOf, make } from "../dom.js";
import { say, valued } from "../words.js";
import { makeSearch } from "./search.js";

/**
 * @typedef {{label: string, value: number | number[] | null}} Option
 * @typedef {import("../types").Named<"choice", string> & {options: Option[]}} Choice
 */

const MANY = 64; // options: more are no list to read through
const LONG = 32; // letters of an option: more have no room in one of several columns

/** @type {import("../types").Build<Choice>} */
export const build = (choice, context) => (choice.options.length > MANY ? makeSearch : makeSelect)(choice, context);

/** @type {import("../types").Build<Choice>} */
function makeSelect({ name, label, options }, { set }) {
  const select = make("select", { class: "kexue-select" });
  for (const option of options) select.append(make("option", { value: option.label }, say(option.label)));
  select.addEventListener("change", () => set(name, select.value));
  const long = options.some((option) => say(option.label).length > LONG) ? " kexue-long" : "";
  return {
    element: make("div", { class: `kexue-control kexue-choice${long}` }, headOf(say(label), select), select),
    show: (value) => (select.value = value),
    describe: (value) => valued(say(label), say(value)),
  };
}

/** Nothing for an option without numbers: it picks the graph. @param {Choice} choice @param {string} value */
export function numbers({ options }, value) {
  const chosen = options.find(({ label }) => label === value)?.value ?? undefined;
  if (chosen === undefined) return undefined;
  return typeof chosen === "number" ? { data: [chosen], shape: [] } : { data: chosen, shape: [chosen.length] };
}

/** @param {Choice} choice @param {string} text */
export const fromText = ({ options }, text) => (options.some(({ label }) => label === text) ? text : undefined);
