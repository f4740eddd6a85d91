// What a view shows, in words and numbers: for those who hear a figure.
import { extent } from "./arrays.js";
import { make } from "./dom.js";
import { wordAt } from "./marks/drawn.js";
import { curvesOf } from "./marks/lines.js";
import { entriesOf } from "./marks/ranking.js";
import { headingsOf } from "./marks/table.js";
import { called } from "./naming.js";
import { formatNumber } from "./numbers.js";
import { QUANTILES, drawnOf, quantile } from "./quantiles.js";
import { listed, say, valued } from "./words.js";

/**
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./types").View} View
 * @typedef {[string, string]} Row  What it is, and its value.
 */

const MOST = 8; // values that one sentence holds

const number = (/** @type {number} */ value) => formatNumber(value, 3);

/** @param {ArrayLike<number>} data */
function span(data) {
  const [low, high] = extent(Array.from(data).filter(Number.isFinite));
  if (low > high) return number(NaN);
  return low === high ? number(low) : say("{low} to {high}", { low: number(low), high: number(high) });
}

/**
 * The last point of each curve; none of those that are not shown, unless nothing has moved yet.
 * @param {import("./marks/lines.js").Lines} mark @param {Arrays[]} runs
 */
function endsOf(mark, runs) {
  const curves = curvesOf(mark, runs).filter(({ y }) => y.length);
  const drawn = drawnOf(curves);
  return (drawn.length ? drawn : curves).map(({ y }) => y[y.length - 1]);
}

/** What each kind of mark says; the others are words already, or are said by their neighbours. */
/** @type {Record<string, (mark: any, arrays: Arrays, name: string) => Row[]>} */
const SAID = {
  table: (mark, arrays) =>
    headingsOf(mark, arrays).flatMap((row, r) =>
      mark.columns.flatMap((/** @type {string} */ column, /** @type {number} */ c) => {
        const value = formatNumber(arrays[mark.values].data[r * mark.columns.length + c], mark.digits);
        return row ? [[mark.columns.length > 1 ? listed([row, say(column)]) : row, value]] : [];
      }),
    ),
  ranking: (mark, arrays) => entriesOf(mark, arrays).map(({ word, score }) => [word, formatNumber(score, mark.digits)]),
  lines: (mark, arrays, name) => {
    const ends = endsOf(mark, [arrays]);
    return ends.length ? [[name, span(ends)]] : [];
  },
  bars: ({ heights, names, label }, arrays) =>
    Array.from(arrays[heights].data, (height, index) => [
      listed([names ? say(names[index]) : String(index), label && say(label)].filter(Boolean)),
      number(height),
    ]),
  dots: ({ x, y }, arrays, name) => {
    const [across, up] = [arrays[x].data, arrays[y].data];
    if (across.length === 1) return [[name, `${number(across[0])}, ${number(up[0])}`]];
    const points = say("{n} points", { n: across.length });
    return [[name, valued(points, listed([`x ${span(across)}`, `y ${span(up)}`]))]];
  },
  /** What is highlighted, with its number where it has one. */
  graph: ({ nodes, highlight_nodes: lit, values, digits }, arrays) =>
    nodes.flatMap((/** @type {{label: string}} */ { label }, /** @type {number} */ index) => {
      const value = values ? arrays[values].data[index] : NaN;
      const told = lit ? arrays[lit].data[index] >= 0.5 : !Number.isNaN(value);
      return told ? [[say(label), Number.isNaN(value) ? "" : formatNumber(value, digits)]] : [];
    }),
  texts: ({ x, y, index, names = [] }, arrays) =>
    Array.from(arrays[x].data, (across, point) => {
      const { word } = wordAt(index ?? x, index ? arrays[index].data[point] : point, names ?? []);
      return [word, `${number(across)}, ${number(arrays[y].data[point])}`];
    }),
  heatmap: ({ values }, arrays, name) => [[name, span(arrays[values].data)]],
  histogram: ({ values }, arrays, name) => [[name, span(arrays[values].data)]],
};

/** @param {View} view @param {Arrays} arrays @returns {Row[]} */
export const rowsOf = (view, arrays) =>
  view.marks.flatMap((mark) => {
    const name = ("label" in mark && mark.label) || view.y || view.title;
    return SAID[mark.kind]?.(mark, arrays, say(name) || say("values")) ?? [];
  });

/**
 * The same of what was kept; of several runs, of whose curves the last points are.
 * @param {View} view @param {{name: string, runs: Arrays[]}} kept @returns {Row[]}
 */
export function rowsOfKept(view, { name, runs }) {
  const ofKept = (/** @type {string} */ what) => `${what} (${name})`;
  if (runs.length === 1) return rowsOf(view, runs[0]).map(([what, value]) => [ofKept(what), value]);
  return view.marks.flatMap((mark) => {
    if (mark.kind !== "lines") return [];
    const ends = endsOf(mark, runs);
    const [low, median, high] = QUANTILES.map((share) => number(quantile(ends, share)));
    const what = (mark.label && say(mark.label)) || say(view.y || view.title || "values");
    return [[ofKept(what), say("median {median}, 10 % to 90 %: {low} to {high}", { median, low, high })]];
  });
}

/** Whether it says where a model stands, as a row of phases does. @param {View} view @param {Arrays} arrays */
function isPlace(view, arrays) {
  const [mark] = view.marks;
  return mark?.kind === "graph" && !mark.values && !mark.control && rowsOf(view, arrays).length === 1;
}

/**
 * One sentence: the first of a ranking that comes before all else, or the numbers of the summary, which is the last table, or
 * those of the first view; before it, which phase it is.
 * @param {View[]} views @param {Arrays} arrays @param {import("./naming.js").Names} [names]
 */
export function outcomeOf(views, arrays, names = () => []) {
  const all = views.map((each) => called(each, names));
  const told = all.filter((each) => rowsOf(each, arrays).length);
  const places = told.filter((each) => isPlace(each, arrays));
  const others = told.filter((each) => !places.includes(each));
  const ranked = all[0]?.marks[0].kind === "ranking" ? others[0] : undefined;
  const main = ranked ?? others.findLast(({ marks }) => marks[0].kind === "table") ?? others[0];
  return [...places, ...(main ? [main] : [])]
    .map((view) => {
      const values = rowsOf(view, arrays).slice(0, MOST).map((row) => row.filter(Boolean).join(" "));
      const told = values.join(say("; "));
      return say("{sentence}.", { sentence: view.title && told ? valued(say(view.title), told) : say(view.title) || told });
    })
    .join(" ");
}

/** The last values of a picture as a table that only screen readers meet; nothing for views that are words themselves. */
/** @param {View} view @param {import("./naming.js").Names} names */
export function makeHeard(view, names) {
  const body = make("tbody");
  const caption = make("caption", {}, say("{title}: last values", { title: say(view.title) || say(view.y) || say("picture") }));
  return {
    // In a box: a table is as wide as its words, whatever its style says.
    element: make("div", { class: "kexue-unseen" }, make("table", {}, caption, body)),
    /** @param {Arrays} arrays @param {{name: string, runs: Arrays[]}[]} kept */
    show(arrays, kept) {
      const named = called(view, names);
      const rows = [...rowsOf(named, arrays), ...kept.flatMap((each) => rowsOfKept(named, each))];
      body.replaceChildren(
        ...rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value))),
      );
    },
  };
}
