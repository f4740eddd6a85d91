// A ranking: a word, a bar and a number in each row. Rows that choose their word are buttons.
import { drawable, extent, mustMatch } from "./arrays.js";
import { make } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { Trouble } from "./words.js";

/**
 * @typedef {{word: string, place: number, score: number}} Entry
 */

/**
 * @param {import("./types").Ranking} mark @param {import("./types").Arrays} arrays @param {string[]} words
 * @returns {Entry[]}
 */
export function rankingEntries(mark, arrays, words) {
  const { data: index } = drawable(arrays, mark.index, 1);
  const { data: score } = drawable(arrays, mark.score, 1);
  mustMatch(mark.score, score.length, mark.index, index.length);
  const entries = Array.from(index, (each, row) => ({ ...wordAt(mark.index, each, words), score: score[row] }));
  return entries.filter(({ word }) => word);
}

/** The word with that number. @param {string} name Of the array. @param {number} number @param {string[]} words */
export function wordAt(name, number, words) {
  const place = Math.round(number);
  const word = words[place];
  if (word !== undefined) return { place, word };
  throw new Trouble("“{name}” holds {value}, but words are numbered from 0 to {most}.", {
    name,
    value: number,
    most: words.length - 1,
  });
}

/**
 * @param {import("./types").Ranking} mark @param {string} title @param {((place: number) => void) | undefined} choose
 * @returns {{element: HTMLElement, show: (entries: Entry[]) => void}}
 */
export function makeRanking(mark, title, choose) {
  const element = make("ol", { class: "kexue-ranking", "aria-label": title });
  element.style.setProperty("--kexue-mark", mark.color ?? "currentColor");
  /** @type {ReturnType<typeof makeRow>[]} */
  let rows = [];
  return {
    element,
    show(entries) {
      if (rows.length !== entries.length) {
        rows = entries.map(() => makeRow(choose));
        element.replaceChildren(...rows.map((row) => make("li", {}, row.element)));
      }
      const [low, high] = extent([0, ...entries.map(({ score }) => score)]);
      entries.forEach((entry, index) => rows[index].show(entry, low, high - low || 1, mark.digits));
    },
  };
}

/** @param {((place: number) => void) | undefined} choose */
function makeRow(choose) {
  const [word, bar, number] = [make("span", { class: "kexue-entry-word" }), make("span"), make("span")];
  const parts = [word, make("span", { class: "kexue-bar" }, bar), number];
  const element = choose ? make("button", { type: "button" }, ...parts) : make("div", {}, ...parts);
  let chosen = 0;
  element.classList.add("kexue-row");
  if (choose) element.addEventListener("click", () => choose(chosen));
  return {
    element,
    /** @param {Entry} entry @param {number} low @param {number} span @param {number} digits */
    show(entry, low, span, digits) {
      chosen = entry.place;
      word.textContent = entry.word;
      number.textContent = formatNumber(entry.score, digits);
      bar.style.insetInlineStart = `${(100 * (Math.min(entry.score, 0) - low)) / span}%`;
      bar.style.width = `${(100 * Math.abs(entry.score)) / span}%`;
    },
  };
}
