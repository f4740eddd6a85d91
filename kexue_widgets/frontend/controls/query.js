// A question that a reader types, and the terms in it. `kexue_widgets/segmentation.py` mirrors it.
import { unpacked } from "../arrays.js";
import { headOf, make, newId } from "../dom.js";
import { say, valued } from "../words.js";

// A term is a string of its written forms, separated by spaces. Rows are packed: of each term, of no term, of all together.
/** @typedef {import("../types").Named<"query", string> & {terms: string[], capacity: number, packed?: string}} Query */

// A run of Latin letters and digits, or of Chinese characters; the same expression is in `kexue_widgets/segmentation.py`.
const RUN = /[a-z0-9à-ɏ]+|[㐀-鿿]+/g;
const LONGEST = 1000; // characters of a question

/** @type {WeakMap<string[], Map<string, number>>} */
const known = new WeakMap();

/** @param {string} term */
const formsIn = (term) => term.match(/\S+/g) ?? [];

/** The number of each written form's term. @param {string[]} terms */
export function formsOf(terms) {
  const forms = known.get(terms) ?? new Map(terms.flatMap((term, place) => formsIn(term).map((form) => [form, place])));
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

/** The terms that are read. @param {Query} query @param {string} text */
const read = ({ terms, capacity }, text) => segment(text, formsOf(terms)).slice(0, capacity);

/** @type {WeakMap<string[], Promise<Float32Array>>} by the terms */
const opened = new WeakMap();

/** @param {string[]} terms @param {string} packed */
function rowsOf(terms, packed) {
  const rows = opened.get(terms) ?? unpacked(packed).then(({ buffer }) => new Float32Array(buffer));
  opened.set(terms, rows);
  return rows;
}

/**
 * As the graph takes them: -1 where there is no term; or the terms' rows, with the sum of all at the end.
 * @param {Query} query @param {string} text
 */
export async function numbers(query, text) {
  const { terms, capacity, packed } = query;
  const found = read(query, text);
  const filled = (/** @type {number} */ none) => [...found, ...Array(capacity - found.length).fill(none)];
  if (packed === undefined) return { data: filled(-1), shape: [capacity] };
  const all = await rowsOf(terms, packed);
  const width = all.length / (terms.length + 2);
  const chosen = [...filled(terms.length), terms.length + 1];
  return { data: chosen.flatMap((row) => Array.from(all.subarray(row * width, (row + 1) * width))), shape: [capacity + 1, width] };
}

/** @type {import("../types").Build<Query>} */
export function build(query, { set }) {
  const label = say(query.label);
  const help = newId();
  const typed = make("input", {
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
    const words = read(query, value).map((number) => formsIn(query.terms[number])[0]);
    return words.length ? say("understood: {words}", { words: words.join(" · ") }) : say("no word of this is in the index");
  }

  return {
    element: make("div", { class: "kexue-control kexue-choice kexue-query" }, headOf(label, typed), typed, understood),
    show: (value) => {
      if (typed.value !== value) typed.value = value;
      understood.textContent = inWords(value);
    },
    describe: (value) => valued(label, inWords(value)),
  };
}

/** @param {Query} query @param {string} text */
export const fromText = (query, text) => (text.length <= LONGEST ? text : undefined);
