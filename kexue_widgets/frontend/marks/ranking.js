// A ranking: a word, a bar and a number in each row. Rows that choose their word are buttons.
import { alike, extent } from "../arrays.js";
import { make } from "../dom.js";
import { formatNumber } from "../numbers.js";
import { say } from "../words.js";
import { colorOf, wordAt } from "./drawn.js";

/**
 * @typedef {{kind: "ranking", index: string, score: string, digits: number} & import("./drawn.js").Paint &
 *   import("./drawn.js").Words} Ranking
 * @typedef {{word: string, place: number, score: number}} Entry
 */

/** @param {Ranking} mark @param {import("../types").Arrays} arrays @returns {Entry[]} */
export function entriesOf(mark, arrays) {
  const [index, score] = alike(arrays, mark.index, mark.score);
  const entries = Array.from(index, (each, row) => ({ ...wordAt(mark.index, each, mark.names ?? []), score: score[row] }));
  return entries.filter(({ word }) => word);
}

/** @type {import("../types").Fill<Ranking>} */
export function build(mark, { title, choosing }) {
  const label = say(mark.label ?? "");
  const element = make("ol", { class: "kexue-ranking", "aria-label": title || label || mark.score });
  element.style.setProperty("--kexue-mark", colorOf(mark));
  const choose = choosing && ((/** @type {number} */ place) => choosing.choose(choosing.options[place]));
  /** @type {ReturnType<typeof makeRow>[]} */
  let rows = [];
  return {
    legend: make("div", { class: "kexue-legend kexue-ranked" }, label),
    element,
    prepare(arrays) {
      const entries = entriesOf(mark, arrays);
      return () => {
        if (rows.length !== entries.length) {
          rows = entries.map(() => makeRow(choose));
          element.replaceChildren(...rows.map((row) => make("li", {}, row.element)));
        }
        const [low, high] = extent([0, ...entries.map(({ score }) => score)]);
        entries.forEach((entry, index) => rows[index].show(entry, low, high - low || 1, mark.digits));
      };
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
