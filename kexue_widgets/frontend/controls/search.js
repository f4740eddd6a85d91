// A choice among so many options that a reader types, and the browser suggests.
import { headOf, make, newId, onTyped } from "../dom.js";
import { say, valued } from "../words.js";

const SUGGESTED = 40; // by the browser, while a word is being typed
const NEAR = 3; // offered when a word is none of the options

/** @type {import("../types").Build<import("./choice.js").Choice>} */
export function makeSearch({ name, label: words, options }, { set }) {
  const label = say(words);
  const [list, help] = [newId(), newId()];
  const shown = options.map((option) => option.label); // words of a corpus stay what they are
  const folded = shown.map(fold);
  const suggestions = make("datalist", { id: list });
  const message = make("div", { id: help, class: "kexue-near", role: "status" });
  const typed = make("input", {
    list,
    type: "text",
    class: "kexue-search",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "done",
    "aria-describedby": help,
  });
  let current = "";

  function suggest() {
    const wanted = fold(typed.value);
    const found = ranked(folded, (option) => (option.startsWith(wanted) ? 0 : option.includes(wanted) ? 1 : Infinity));
    suggestions.replaceChildren(...found.slice(0, SUGGESTED).map((index) => make("option", { value: shown[index] })));
  }

  function commit() {
    const exact = shown.indexOf(typed.value.trim());
    const index = exact < 0 ? folded.indexOf(fold(typed.value)) : exact;
    if (index < 0) return refuse();
    settle();
    set(name, options[index].label);
  }

  /** What was typed stays, to be corrected; so does the last good word, for the model. */
  function refuse() {
    if (!typed.value.trim()) return settle();
    typed.setAttribute("aria-invalid", "true");
    const blanks = { typed: typed.value.trim(), count: options.length, value: current };
    const near = nearest(folded, fold(typed.value)).map((index) => {
      const button = make("button", { type: "button", class: "kexue-button" }, shown[index]);
      button.addEventListener("click", () => {
        typed.focus(); // the button is about to go
        typed.value = shown[index];
        commit();
      });
      return button;
    });
    message.replaceChildren(say("“{typed}” is not among the {count} words; it is still “{value}”.", blanks), ...near);
  }

  /** Shows the word that the model has. */
  function settle() {
    typed.value = current;
    typed.removeAttribute("aria-invalid");
    message.replaceChildren();
  }

  typed.addEventListener("focus", () => {
    typed.select();
    suggest();
  });
  typed.addEventListener("input", (event) => {
    const { isComposing, inputType } = /** @type {InputEvent} */ (event);
    if (isComposing) return; // letters on their way to a Chinese word
    suggest();
    // A suggestion was picked: some browsers say so, others send an event that comes from no keyboard.
    if (inputType === undefined || inputType === "insertReplacementText") commit();
  });
  typed.addEventListener("compositionend", suggest);
  onTyped(typed, commit);
  typed.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    settle();
    typed.select();
  });

  return {
    element: make("div", { class: "kexue-control kexue-choice" }, headOf(label, typed), typed, suggestions, message),
    show: (value) => {
      current = value;
      settle();
    },
    describe: (value) => valued(label, value),
  };
}

/** Letters alike but for case, width or accents' encoding count as the same. @param {string} text */
export const fold = (text) => text.trim().normalize("NFKC").toLowerCase();

/** Places of the options that have a finite rank, the lowest first. @param {string[]} options @param {(option: string) => number} rank */
function ranked(options, rank) {
  const ranks = options.map(rank);
  return [...ranks.keys()].filter((index) => ranks[index] < Infinity).sort((one, other) => ranks[one] - ranks[other]);
}

/** Options that begin or differ little from what was typed. @param {string[]} options @param {string} typed */
export function nearest(options, typed) {
  const most = Math.floor([...typed].length / 2);
  const rank = (/** @type {string} */ option) => {
    if (option.startsWith(typed)) return 1;
    const distance = editDistance([...typed], [...option], most);
    return distance <= most ? distance : Infinity;
  };
  return ranked(options, rank).slice(0, NEAR);
}

/**
 * How many letters must be added, removed or changed (Levenshtein 1966); anything above `most` may be said to be `most` + 1.
 * @param {string[]} one @param {string[]} other @param {number} most
 */
export function editDistance(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = other.map((_, column) => column + 1);
  one.forEach((letter, row) => {
    let [left, corner] = [row + 1, row];
    before = before.map((above, column) => {
      left = Math.min(above + 1, left + 1, corner + Number(letter !== other[column]));
      corner = above;
      return left;
    });
  });
  return before[before.length - 1] ?? one.length;
}
