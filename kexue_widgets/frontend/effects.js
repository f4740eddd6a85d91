// When a control takes effect: at once, from the next step on, or by starting anew. The latter two are marked with a sign.
import { ICONS, icon, make, newId } from "./dom.js";
import { say } from "./words.js";

/** @typedef {"next" | "anew"} Effect */

/** @type {Record<Effect, {sign: string, words: string}>} */
const EFFECTS = {
  next: { sign: ICONS.step, words: say("from the next step on") },
  anew: { sign: ICONS.reset, words: say("starts anew") },
};

/**
 * Nothing for a control that takes effect at once.
 * @param {import("./types").Manifest} manifest @param {string} name @returns {Effect | undefined}
 */
export function effectOf({ stateful, starts, reads }, name) {
  if (!stateful) return undefined;
  if (name === "seed" || starts.includes(name)) return "anew";
  return reads.frame.includes(name) ? undefined : "next";
}

/** A sign behind a name, with its last word or Chinese letter: never alone in a line. @param {Element} name @param {string} sign */
function appendSign(name, sign) {
  const text = name.lastChild;
  const [word] = (text instanceof Text && text.data.match(/(\p{Script=Han}|[^\s\p{Script=Han}]+)$/u)) || [""];
  if (word && text instanceof Text) text.data = text.data.slice(0, -word.length);
  name.append(make("span", { class: "kexue-whole" }, word, " ", icon(sign)));
}

/**
 * Marks controls with their signs, and says once what each sign means.
 * @param {{element: HTMLElement, effect: Effect | undefined}[]} controls
 * @returns {HTMLElement[]} What the signs mean, if there are any.
 */
export function markEffects(controls) {
  const kinds = /** @type {Effect[]} */ (Object.keys(EFFECTS));
  const used = kinds.filter((kind) => controls.some(({ effect }) => effect === kind));
  if (!used.length) return [];
  const key = make("div", { class: "kexue-effects" });
  for (const kind of used) {
    const { sign, words } = EFFECTS[kind];
    const meaning = make("span", { id: newId() }, words);
    key.append(make("span", {}, icon(sign), meaning));
    for (const { element, effect } of controls) {
      if (effect !== kind) continue;
      const name = element.querySelector(".kexue-head > label, .kexue-name, .kexue-toggle > span, label, span");
      if (name) appendSign(name, sign);
      for (const input of element.querySelectorAll("input, select, textarea, [role=application]")) {
        const others = input.getAttribute("aria-describedby");
        input.setAttribute("aria-describedby", [others, meaning.id].filter(Boolean).join(" "));
      }
    }
  }
  return [key];
}
