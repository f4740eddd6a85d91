// Text in and text out: a question that a reader types, and passages to read or to copy. `live/text.py` mirrors it.
import { drawable } from "./arrays.js";
import { make, newId } from "./dom.js";
import { Trouble, say } from "./words.js";

/** @typedef {import("./types").Query} Query */

// A run of Latin letters and digits, or of Chinese characters; the same expression is in `live/text.py`.
const RUN = /[a-z0-9à-ɏ]+|[㐀-鿿]+/g;
const LONGEST = 1000; // characters of a question

/** @type {WeakMap<string[], Map<string, number>>} */
const known = new WeakMap();

/** The number of each written form's term. @param {string[]} terms */
function formsOf(terms) {
  const forms = known.get(terms) ?? new Map(terms.flatMap((term, place) => term.split(" ").map((form) => [form, place])));
  known.set(terms, forms);
  return forms;
}

/**
 * The numbers of the terms in a text: Latin words as they are, Chinese by the longest word at each place.
 * @param {string} text @param {Map<string, number>} forms
 */
export function segment(text, forms) {
  const longest = Math.max(0, ...Array.from(forms.keys(), (form) => form.length));
  /** @type {number[]} */
  const found = [];
  for (const run of text.normalize("NFKC").toLowerCase().match(RUN) ?? []) {
    for (let place = 0; place < run.length; ) {
      const latin = run[0] < "㐀";
      let end = latin ? run.length : Math.min(place + longest, run.length);
      while (!latin && end > place && !forms.has(run.slice(place, end))) end -= 1;
      const number = forms.get(run.slice(place, end));
      if (number !== undefined) found.push(number);
      place = Math.max(end, place + 1);
    }
  }
  return found;
}

/** As the graph takes them: -1 where there is no term. @param {Query} query @param {string} text */
export function queryNumbers({ terms, capacity }, text) {
  const numbers = segment(text, formsOf(terms)).slice(0, capacity);
  return { data: [...numbers, ...Array(capacity - numbers.length).fill(-1)], shape: [capacity] };
}

/** A question from the address. @param {string} text */
export const queryFrom = (text) => (text.length <= LONGEST ? text : undefined);

/** @param {Query} query @param {import("./controls.js").Context} context @returns {import("./controls.js").Shown} */
export function makeQuery(query, { set }) {
  const label = say(query.label);
  const [id, help] = [newId(), newId()];
  const typed = make("input", {
    id,
    type: "search",
    class: "kexue-search",
    maxlength: LONGEST,
    autocomplete: "off",
    enterkeyhint: "search",
    "aria-describedby": help,
  });
  const understood = make("div", { id: help, class: "kexue-understood" });
  typed.addEventListener("input", (event) => {
    // Letters on their way to a Chinese word are not yet a question.
    if (!(/** @type {InputEvent} */ (event).isComposing)) set(query.name, typed.value);
  });
  typed.addEventListener("compositionend", () => set(query.name, typed.value));

  /** @param {string} value */
  function inWords(value) {
    const { data } = queryNumbers(query, value);
    const words = data.filter((number) => number >= 0).map((number) => query.terms[number].split(" ")[0]);
    return words.length ? say("understood: {words}", { words: words.join(" · ") }) : say("no word of this is in the index");
  }

  const head = make("div", { class: "kexue-head" }, make("label", { for: id }, label));
  return {
    element: make("div", { class: "kexue-control kexue-choice kexue-query" }, head, typed, understood),
    show: (value) => {
      if (typed.value !== value) typed.value = value;
      understood.textContent = inWords(value);
    },
    describe: (value) => `${label}: ${inWords(value)}`,
  };
}

const DAY = new Date().toLocaleDateString("sv"); // as 2026-01-31

/** A text with the day, and with the address of the page's folder if it has one on the web. @param {string} text */
function filled(text) {
  const dated = text.replaceAll("YYYY-MM-DD", DAY).replaceAll("YYYY/MM/DD", DAY.replaceAll("-", "/"));
  const onTheWeb = customElements.get("kexue-explorer") && location.protocol.startsWith("http");
  return onTheWeb ? dated.replaceAll("https://ADDRESS/", new URL(".", location.href).href) : dated;
}

/** The texts of these numbers. @param {import("./types").Passages} mark @param {import("./types").Arrays} arrays */
function passagesOf({ index, texts, links }, arrays) {
  const passages = Array.from(drawable(arrays, index, 1).data, (number) => {
    const place = Math.round(number);
    if (texts[place] !== undefined) return { text: texts[place], link: links?.[place] };
    const blanks = { name: index, value: number, most: texts.length - 1 };
    throw new Trouble("“{name}” holds {value}, but texts are numbered from 0 to {most}.", blanks);
  });
  return passages.filter(({ text }) => text);
}

/**
 * @param {import("./types").Passages} mark @param {string} title
 * @returns {{element: HTMLElement, prepare: import("./views.js").Prepare}}
 */
export function makePassages(mark, title) {
  const element = make("div", { class: "kexue-passages", role: "group", "aria-label": title, "aria-live": "polite" });
  let shown = "";
  return {
    element,
    prepare: (arrays) => {
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
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = say("Copied.");
    } catch {
      // Where a page may not write to the clipboard, the reader still can.
      getSelection()?.selectAllChildren(words);
      told.textContent = say("Selected: copy it with your keyboard or the menu of your browser.");
    }
  });
  return make("div", {}, words, button, told);
}
