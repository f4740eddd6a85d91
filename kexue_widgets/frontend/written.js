// An explorer in writing: its arrays as a table, its settings as a line of Python.
import { headingsOf, numbersOf } from "./marks/table.js";
import { say } from "./words.js";

/**
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./types").Manifest} Manifest
 * @typedef {import("./types").Values} Values
 * @typedef {import("./trail.js").Segment} Segment
 */

/** The names of the arrays that a view draws. @param {import("./types").View} view @param {Arrays} arrays @returns {string[]} */
export function drawnBy({ marks }, arrays) {
  const named = marks.flatMap((mark) => Object.values(mark).filter((value) => typeof value === "string" && Object.hasOwn(arrays, value)));
  return /** @type {string[]} */ ([...new Set(named)]);
}

/** As short as can be while it is read as the same float32. @param {number} value */
export function shortest(value) {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

/** A cell, in quotes where it would be taken for several. @param {string} text */
const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * What a view shows as CSV: a table as it stands there, and arrays with their last axis downwards: an array (k, n) is k columns
 * of n numbers, called name[0] to name[k-1]. Numbers that stand for words are written as these.
 * @param {import("./types").View} view @param {Arrays} arrays
 */
export function csvOf(view, arrays) {
  const marks = /** @type {any[]} */ (view.marks);
  if (marks[0].kind === "table") return tableOf(marks[0], arrays);
  /** @type {Map<string, string[]>} */
  const words = new Map(marks.flatMap(({ index, names }) => (index && names ? [[index, names]] : [])));
  const columns = drawnBy(view, arrays).flatMap((name) => {
    const { shape, data } = arrays[name];
    const written = (/** @type {number} */ value) => cell(words.get(name)?.[Math.round(value)] ?? shortest(value));
    const length = shape.at(-1) ?? 1;
    const outer = shape.slice(0, -1);
    return Array.from({ length: data.length / length }, (_, column) => {
      const heading = outer.length ? `${name}[${indices(column, outer).join(" ")}]` : name;
      return [heading, ...Array.from(data.subarray(column * length, (column + 1) * length), written)];
    });
  });
  const rows = Math.max(0, ...columns.map((column) => column.length));
  const lines = Array.from({ length: rows }, (_, row) => columns.map((column) => column[row] ?? "").join(","));
  return `${lines.join("\n")}\n`;
}

/** @param {import("./marks/table.js").Table} table @param {Arrays} arrays */
function tableOf(table, arrays) {
  const headings = headingsOf(table, arrays);
  const numbers = numbersOf(table, headings.length, arrays);
  const rows = headings.flatMap((heading, row) => (heading ? [[heading, ...numbers[row].map(shortest)]] : []));
  const lines = [["", ...table.columns.map((column) => say(column))], ...rows].map((row) => row.map(cell).join(","));
  return `${lines.join("\n")}\n`;
}

/** @param {number} place @param {number[]} shape */
const indices = (place, shape) =>
  shape.map((length, axis) => Math.floor(place / shape.slice(axis + 1).reduce((product, each) => product * each, 1)) % length);

/** @param {unknown} value */
const literal = (value) => (typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value));

const BRIEF = 60; // letters of a value that a picture says of itself
const LONGEST = 2000; // of one that is written down: photos are longer

/** Every value that a picture came about with, but what fills lines. @param {Manifest} manifest @param {Values} values @param {number} seed */
export function settingsOf(manifest, values, seed) {
  const told = manifest.controls.filter(({ name }) => String(values[name]).length <= BRIEF);
  const given = told.map(({ name }) => `${name}=${literal(values[name])}`);
  return `${manifest.name}(${[...given, ...(manifest.random ? [`seed=${seed}`] : [])].join(", ")})`;
}

/**
 * The explorer as Python makes it, and, where it did not come about by itself, the steps to its state.
 * @param {Manifest} manifest @param {Values} values @param {number} seed @param {Segment[]} [segments]
 */
export function pythonOf(manifest, values, seed, segments) {
  const changed = manifest.controls.filter((each) => JSON.stringify(values[each.name]) !== JSON.stringify("default" in each ? each.default : each.value));
  const short = changed.filter(({ name }) => String(values[name]).length <= LONGEST);
  const given = short.map(({ name }) => `${name}=${literal(values[name])}`);
  if (manifest.random) given.push(`seed=${seed}`);
  const made = `${manifest.name}(${given.join(", ")})`;
  if (!segments) return made;
  const lines = [`explorer = ${made}`, "explorer.reset()"];
  let now = values;
  for (const { steps, values: others } of [...segments, { steps: 0, values }]) {
    for (const [name, value] of Object.entries(others)) {
      if (JSON.stringify(now[name]) !== JSON.stringify(value)) lines.push(`explorer.${name} = ${literal(value)}`);
    }
    now = { ...now, ...others };
    if (steps) lines.push(`explorer.advance(${steps})`);
  }
  return lines.join("\n");
}
