// On or off.
import { make } from "../dom.js";
import { say, valued } from "../words.js";

/** @typedef {import("../types").Named<"toggle", boolean>} Toggle */

/** @type {import("../types").Build<Toggle>} */
export function build({ name, label }, { set }) {
  const box = make("input", { type: "checkbox", role: "switch", class: "kexue-switch" });
  box.addEventListener("change", () => set(name, box.checked));
  return {
    element: make("label", { class: "kexue-control kexue-toggle" }, box, make("span", {}, say(label))),
    show: (value) => (box.checked = value),
    describe: (value) => valued(say(label), say(value ? "on" : "off")),
  };
}

/** @param {Toggle} toggle @param {boolean} value */
export const numbers = (toggle, value) => ({ data: [Number(value)], shape: [] });

/** @param {Toggle} toggle @param {string} text */
export const fromText = (toggle, text) => (["true", "false"].includes(text) ? text === "true" : undefined);
