// What a view shows, in words and numbers: for those who hear a figure.
import { make } from "./dom.js";
import { curvesOf } from "./marks/lines.js";
import { called } from "./naming.js";
import { formatNumber } from "./numbers.js";
import { QUANTILES, quantile } from "./quantiles.js";
import { say } from "./words.js";

/**
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./types").View} View
 * @typedef {[string, string]} Row  What it is, and its value.
 */

const MOST = 6; // values that one sentence holds

const number = (/** @type {number} */ value) => formatNumber(value, 3);

/** @param {ArrayLike<number>} data */
function span(data) {
  const all = Array.from(data).filter(Number.isFinite);
  if (!all.length) return number(NaN);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return low === high ? number(low) : say("{low} to {high}", { low: number(low), high: number(high) });
}

/** What each kind of mark says; the others are words already, or are said by their neighbours. */
/** @type {Record<string, (mark: any, arrays: Arrays, name: string) => Row[]>} */
const SAID = {
  table: ({ rows, columns, values, digits }, arrays) =>
    rows.flatMap((/** @type {string} */ row, /** @type {number} */ r) =>
      columns.map((/** @type {string} */ column, /** @type {number} */ c) => [
        columns.length > 1 ? `${say(row)}, ${say(column)}` : say(row),
        formatNumber(arrays[values].data[r * columns.length + c], digits),
      ]),
    ),
  /** The last point of each curve. */
  lines: ({ y }, arrays, name) => {
    const { data, shape } = arrays[y];
    const points = shape[shape.length - 1];
    return points ? [[name, span(data.filter((_, index) => index % points === points - 1))]] : [];
  },
  bars: ({ heights, names, label }, arrays) =>
    Array.from(arrays[heights].data, (height, index) => [
      [names ? say(names[index]) : String(index), label && say(label)].filter(Boolean).join(", "),
      number(height),
    ]),
  dots: ({ x, y }, arrays, name) => {
    const [across, up] = [arrays[x].data, arrays[y].data];
    if (across.length === 1) return [[name, `${number(across[0])}, ${number(up[0])}`]];
    const points = say("{n} points", { n: across.length });
    return [[name, `${points}: x ${span(across)}, y ${span(up)}`]];
  },
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
    const ends = curvesOf(mark, runs).map(({ y }) => y[y.length - 1]);
    const [low, median, high] = QUANTILES.map((share) => number(quantile(ends, share)));
    const what = (mark.label && say(mark.label)) || say(view.y || view.title || "values");
    return [[ofKept(what), say("median {median}, 10 % to 90 %: {low} to {high}", { median, low, high })]];
  });
}

/** One sentence: the numbers of the summary, where there is a table, else those of the first view. */
/** @param {View[]} views @param {Arrays} arrays @param {import("./naming.js").Names} [names] */
export function outcomeOf(views, arrays, names = () => []) {
  const all = views.map((each) => called(each, names));
  const view = all.find(({ marks }) => marks[0]?.kind === "table") ?? all.find((each) => rowsOf(each, arrays).length);
  if (!view) return "";
  const values = rowsOf(view, arrays).slice(0, MOST).map(([name, value]) => `${name} ${value}`);
  return `${[say(view.title), values.join("; ")].filter(Boolean).join(": ")}.`;
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
