// Points.
import * as Plot from "@observablehq/plot";
import { alike, drawable, extent, mustMatch } from "../arrays.js";
import { clamp, formatNumber } from "../numbers.js";
import { spanOf } from "../ranges.js";
import { colorOf, greyed, legendOf, pointTip, wordAt } from "./drawn.js";
import { oneLine } from "./gaps.js";

/**
 * @typedef {{kind: "dots", x: string, y: string, size?: number, index?: string | null} & import("./drawn.js").Paint &
 *   import("./drawn.js").Words} Dots
 */

const PARTS = 400; // of each axis, about two pixels
const LAST = 0.999; // so that the end of an axis is in its last part
const SLACK = 1e-6; // of an axis: a number in single precision may lie this far beyond the end that it is
const EDGE = 1; // pixels around a point
const SINGLE = 20_000; // points up to which each is a shape of its own, and a pointer shows its numbers

/** @type {import("../types").Draw<Dots>} */
export function draw(mark, arrays, view) {
  const [x, y] = alike(arrays, mark.x, mark.y);
  const words = wordsOf(mark, arrays, x.length);
  // On a field of colours, of which one may be its own, points are whole and have an edge: one path beneath all, drawn quickly.
  const field = view.marks.some(({ kind }) => kind === "heatmap");
  const opacity = field ? 1 : x.length > 200 ? 0.5 : 0.85;
  const style = { r: mark.size ?? 3, fill: colorOf(mark), fillOpacity: opacity };
  const { strokeWidth, ...round } = pointed(mark);
  const edged = { ...round, strokeWidth: strokeWidth + 2 * EDGE, stroke: "var(--kexue-surface)" };
  return {
    x: extent(x, view.x_log),
    y: extent(y, view.y_log),
    legend: legendOf(mark, "dot"),
    draw: (domains) => {
      const many = x.length > SINGLE;
      const points = inside({ x, y }, domains, view, many);
      const edge = field ? [oneLine([apart(points)], edged)] : [];
      if (many) return [...edge, oneLine([apart(points)], { ...pointed(mark), stroke: colorOf(mark), strokeOpacity: opacity })];
      const title = (/** @type {unknown} */ _, /** @type {number} */ point) =>
        `${words?.[points.places[point]]}\n${formatNumber(points.x[point])}, ${formatNumber(points.y[point])}`;
      const tip = pointTip(points.x, points.y, words && { title });
      return [...edge, Plot.dot({ length: points.x.length }, { x: points.x, y: points.y, ...style }), tip];
    },
  };
}

/**
 * The word of each point, where they have names.
 * @param {Dots} mark @param {import("../types").Arrays} arrays @param {number} count
 */
function wordsOf({ index, names, x }, arrays, count) {
  if (!names) return undefined;
  const numbers = index ? drawable(arrays, index, 1).data : Float32Array.from({ length: count }, (_, point) => point);
  mustMatch(index ?? "names", numbers.length, x, count);
  return Array.from(numbers, (each) => wordAt(index ?? x, each, names).word);
}

/**
 * @typedef {import("../ranges.js").Range} Range
 * @typedef {{x: Float32Array, y: Float32Array}} Points
 */

/** How far along an axis numbers lie: 0 at its beginning, 1 at its end. @param {Float32Array} data @param {Range} domain @param {boolean} log */
const along = (data, [low, high], log) =>
  Float64Array.from(data, (each) => (log ? Math.log(each / low) / Math.log(high / low) : (each - low) / (high - low)));

/**
 * The points between the ends of both axes, without those that lie in a part of the picture that is taken already, if only the
 * first of each are wanted. A point is drawn whole, even where it reaches beyond an end: cut, it would look like half as much.
 * @param {Points} points @param {{x: Range, y: Range}} domains @param {import("../types").View} view @param {boolean} [first]
 * @returns {Points & {places: number[]}} Also which of the points they are.
 */
function inside({ x, y }, domains, view, first = false) {
  const [across, up] = [along(x, domains.x, view.x_log), along(y, domains.y, view.y_log)];
  const within = (/** @type {number} */ share) => share >= -SLACK && share <= 1 + SLACK;
  const part = (/** @type {number} */ share) => Math.floor(PARTS * clamp(share, 0, LAST));
  const taken = new Uint8Array(first ? PARTS * PARTS : 0);
  const places = Array.from(x.keys()).filter((place) => {
    if (!within(across[place]) || !within(up[place])) return false;
    const at = part(across[place]) * PARTS + part(up[place]);
    const free = !taken[at];
    taken[at] = 1; // of no effect where all are wanted
    return free;
  });
  return { x: Float32Array.from(places, (place) => x[place]), y: Float32Array.from(places, (place) => y[place]), places };
}

/** How a line is drawn that has no length, but round ends: as a point. @param {Dots} mark */
const pointed = ({ size }) => ({ strokeWidth: 2 * (size ?? 3), strokeLinecap: "round", clip: false });

/** Points with a gap after each. @param {Points} points */
const apart = ({ x, y }) => ({ x: spaced(x), y: spaced(y) });

/** @param {Float32Array} data */
const spaced = (data) => Float32Array.from({ length: 2 * data.length }, (_, index) => (index % 2 ? NaN : data[index / 2]));

/** Their lines of no length. @type {import("../types").DrawKept<Dots>} */
export function kept(mark, runs, view) {
  const points = runs.map((arrays) => alike(arrays, mark.x, mark.y));
  const style = { ...pointed({ ...mark, size: (mark.size ?? 3) / (runs.length > 1 ? 2 : 1) }), stroke: greyed(mark), strokeOpacity: 1 / Math.sqrt(runs.length) };
  return {
    x: spanOf(points.map(([x]) => extent(x, view.x_log))),
    y: spanOf(points.map(([, y]) => extent(y, view.y_log))),
    draw: (domains) => points.map(([x, y]) => oneLine([apart(inside({ x, y }, domains, view))], style)),
  };
}
