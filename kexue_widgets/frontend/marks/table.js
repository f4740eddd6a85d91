// Numbers in a table.
import { drawable, shaped } from "../arrays.js";
import { make } from "../dom.js";
import { typeset } from "../notation.js";
import { formatNumber } from "../numbers.js";
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
  const head = make("thead", {}, make("tr", {}, make("td"), ...headings));
  const body = make("tbody");
  const table = make("table", { class: "kexue-table" }, head, body);
  /** @type {{row: HTMLElement, heading: HTMLElement, cells: HTMLElement[]}[]} */
  let rows = [];
  return {
    // A wide table scrolls by itself; keyboards need to reach it for that.
    element: make("div", { class: "kexue-scroll", tabindex: 0, role: "group", "aria-label": title || mark.values }, table),
    prepare(arrays) {
      const names = headingsOf(mark, arrays);
      const texts = textsOf(mark, names.length, arrays);
      return () => {
        if (rows.length !== names.length) {
          rows = names.map(() => makeRow(mark.columns.length));
          body.replaceChildren(...rows.map(({ row }) => row));
        }
        rows.forEach(({ row, heading, cells }, place) => {
          row.hidden = !names[place];
          heading.replaceChildren(...(mark.index ? [names[place]] : typeset(names[place])));
          cells.forEach((cell, column) => (cell.textContent = texts[place][column]));
        });
      };
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
function headingsOf({ rows, index, names = [] }, arrays) {
  if (!index) return rows.map((heading) => say(heading));
  return Array.from(drawable(arrays, index, 1).data, (each) => wordAt(index, each, names).word);
}

/**
 * @param {Table} mark @param {number} rows @param {import("../types").Arrays} arrays
 * @returns {string[][]} What stands in the cells.
 */
function textsOf(mark, rows, arrays) {
  const { data, shape } = shaped(arrays, mark.values, 1, 2);
  const columns = mark.columns.length;
  if (shape[0] !== rows || (shape[1] ?? 1) !== columns) {
    throw new Trouble("“{name}” must have shape {wanted}, but its shape is {size}.", {
      name: mark.values,
      wanted: `(${rows}, ${columns})`,
      size: `(${shape.join(", ")})`,
    });
  }
  const digits = mark.digits ?? 3;
  return Array.from({ length: rows }, (_, row) =>
    mark.columns.map((_, column) => formatNumber(data[row * columns + column], digits)),
  );
}
