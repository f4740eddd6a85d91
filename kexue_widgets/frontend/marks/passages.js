// Passages picked by number: to read with a link, or to copy.
import { drawable } from "../arrays.js";
import { copy } from "../copy.js";
import { make } from "../dom.js";
import { Trouble, say } from "../words.js";

/** @typedef {{kind: "passages", index: string, texts: string[], links?: string[] | null}} Passages */

export const wide = true;

const DAY = new Date().toLocaleDateString("sv"); // as 2026-01-31

/** A text with the day, and with the address of the page's folder if it has one on the web. @param {string} text */
function filled(text) {
  const dated = text.replaceAll("YYYY-MM-DD", DAY).replaceAll("YYYY/MM/DD", DAY.replaceAll("-", "/"));
  const onTheWeb = customElements.get("kexue-explorer") && location.protocol.startsWith("http");
  return onTheWeb ? dated.replaceAll("https://ADDRESS/", new URL(".", location.href).href) : dated;
}

/** The texts of these numbers. @param {Passages} mark @param {import("../types").Arrays} arrays */
function passagesOf({ index, texts, links }, arrays) {
  const passages = Array.from(drawable(arrays, index, 1).data, (number) => {
    const place = Math.round(number);
    if (texts[place] !== undefined) return { text: texts[place], link: links?.[place] };
    const blanks = { name: index, value: number, most: texts.length - 1 };
    throw new Trouble("“{name}” holds {value}, but texts are numbered from 0 to {most}.", blanks);
  });
  return passages.filter(({ text }) => text);
}

/** @type {import("../types").Fill<Passages>} */
export function build(mark, { title }) {
  const element = make("div", { class: "kexue-passages", role: "group", "aria-label": title || mark.index, "aria-live": "polite" });
  let shown = "";
  return {
    element,
    prepare(arrays) {
      const passages = passagesOf(mark, arrays);
      return () => {
        const next = JSON.stringify(passages);
        if (next === shown) return; // what a reader has selected stays selected
        shown = next;
        element.replaceChildren(...passages.map(({ text, link }) => (link ? excerpt(text, link) : copyable(text))));
      };
    },
  };
}

/** @param {string} text @param {string} link */
function excerpt(text, link) {
  const [first, ...rest] = text.split("\n");
  // Elsewhere than in the book the link would lead nowhere.
  const head = customElements.get("kexue-explorer") ? make("a", { href: link }, first) : make("strong", {}, first);
  return make("p", { class: "kexue-passage" }, head, make("br"), rest.join("\n"));
}

/** @param {string} template */
function copyable(template) {
  const text = filled(template);
  const words = make("pre", { class: "kexue-passage", tabindex: 0 }, text);
  const button = make("button", { type: "button", class: "kexue-button" }, say("Copy"));
  const told = make("span", { class: "kexue-told", role: "status" });
  button.addEventListener("click", () => copy(text, told, () => getSelection()?.selectAllChildren(words)));
  return make("div", {}, words, button, told);
}
