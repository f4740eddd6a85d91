// Numbers in a table.
import { drawable, shaped } from "../arrays.js";
import { make } from "../dom.js";
import { typeset } from "../notation.js";
import { formatNumber } from "../numbers.js";
import { QUANTILES, quantile } from "../quantiles.js";
import { Trouble, say } from "../words.js";
import { wordAt } from "./drawn.js";

// The headings of rows are given; or an array of numbers picks them from names, and rows that are named "" are not shown.
/**
 * @typedef {{kind: "table", values: string, rows: string[], columns: string[], digits: number, index?: string | null,
 *   names?: string[]}} Table
 */

/** @type {import("../types").Fill<Table>} */
export function build(mark, { title }) {
  const headings = mark.columns.map((heading) => make("th", { scope: "col" }, ...typeset(say(heading))));
  // Of one width where there is room, whatever stands in them at the moment; the names of rows have the rest.
  for (const each of headings.length > 1 ? headings : []) each.style.width = `${40 / headings.length}%`;
  const head = make("thead", {}, make("tr", {}, make("td"), ...headings));
  const body = make("tbody");
  const table = make("table", { class: "kexue-table" }, head, body);
  /** @type {{row: HTMLElement, heading: HTMLElement, cells: HTMLElement[]}[]} */
  let rows = [];
  /** @type {{runs: import("../types").Arrays[], look: string}[]} */
  let before = [];
  /** @type {string[]} */
  let names = [];
  const showBefore = () =>
    rows.forEach(({ cells }, place) =>
      cells.forEach((cell, column) => {
        for (const each of cell.querySelectorAll(".kexue-was")) each.remove();
        for (const { runs, look } of before) cell.append(make("div", { class: `kexue-was ${look}` }, ...wordsOf(mark, runs, names[place], column).map((words) => make("span", {}, words))));
      }),
    );
  return {
    // A wide table scrolls by itself; keyboards need to reach it for that.
    element: make("div", { class: "kexue-scroll", tabindex: 0, role: "group", "aria-label": title || mark.values }, table),
    prepare(arrays) {
      const next = headingsOf(mark, arrays);
      const texts = numbersOf(mark, next.length, arrays).map((row) => row.map((number) => formatNumber(number, mark.digits ?? 3)));
      return () => {
        names = next;
        if (rows.length !== names.length) {
          rows = names.map(() => makeRow(mark.columns.length));
          body.replaceChildren(...rows.map(({ row }) => row));
        }
        rows.forEach(({ row, heading, cells }, place) => {
          row.hidden = !names[place];
          heading.replaceChildren(...(mark.index ? [names[place]] : typeset(names[place])));
          cells.forEach((cell, column) => (cell.textContent = texts[place][column]));
        });
        showBefore();
      };
    },
    keep(kept) {
      before = kept;
      showBefore();
    },
  };
}

/** @param {number} columns */
function makeRow(columns) {
  const heading = make("th", { scope: "row" });
  const cells = Array.from({ length: columns }, () => make("td"));
  return { row: make("tr", {}, heading, ...cells), heading, cells };
}

/** @param {Table} mark @param {import("../types").Arrays} arrays */
export function headingsOf({ rows, index, names = [] }, arrays) {
  if (!index) return rows.map((heading) => say(heading));
  return Array.from(drawable(arrays, index, 1).data, (each) => wordAt(index, each, names).word);
}

/**
 * @param {Table} mark @param {number} rows @param {import("../types").Arrays} arrays
 * @returns {number[][]} What stands in the cells.
 */
export function numbersOf(mark, rows, arrays) {
  const { data, shape } = shaped(arrays, mark.values, 1, 2);
  const columns = mark.columns.length;
  if (shape[0] !== rows || (shape[1] ?? 1) !== columns) {
    throw new Trouble("“{name}” must have shape {wanted}, but its shape is {size}.", {
      name: mark.values,
      wanted: `(${rows}, ${columns})`,
      size: `(${shape.join(", ")})`,
    });
  }
  return Array.from({ length: rows }, (_, row) => mark.columns.map((_, column) => data[row * columns + column]));
}

/**
 * A number that was kept, beneath the one that is shown; of several seeds their median and the quantiles around it.
 * @param {Table} mark @param {import("../types").Arrays[]} runs @param {string} name Of its row. @param {number} column
 */
function wordsOf(mark, runs, name, column) {
  const numbers = runs.flatMap((arrays) => {
    const names = headingsOf(mark, arrays);
    const row = names.indexOf(name);
    return row < 0 ? [] : [numbersOf(mark, names.length, arrays)[row][column]];
  });
  const words = (/** @type {number} */ number) => formatNumber(number, mark.digits ?? 3);
  if (!numbers.length) return ["–"];
  if (runs.length === 1) return [words(numbers[0])];
  const [low, median, high] = QUANTILES.map((share) => words(quantile(numbers, share)));
  return [median, `(${low} – ${high})`];
}
