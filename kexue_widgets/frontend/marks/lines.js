// Curves: one, or one for each row of an array.
import * as Plot from "@observablehq/plot";
import { drawable, extent, gapped, mustMatch } from "../arrays.js";
import { spreadOf } from "../quantiles.js";
import { spanOf } from "../ranges.js";
import { colorOf, greyed, legendOf, pointTip } from "./drawn.js";
import { oneLine } from "./gaps.js";

/** @typedef {{kind: "lines", x: string, y: string, dashed?: boolean, step?: boolean} & import("./drawn.js").Paint} Lines */

/** @param {Lines} mark @param {import("../types").Arrays} arrays */
function checked(mark, arrays) {
  const { data: x, shape: xShape } = drawable(arrays, mark.x, 1, 2);
  const { data: y, shape } = gapped(arrays, mark.y, 1, 2);
  const points = shape[shape.length - 1];
  if (xShape.length === 2) mustMatch(mark.y, y.length, mark.x, x.length);
  mustMatch(mark.y, points, mark.x, xShape[xShape.length - 1]);
  return { x, y, points, curves: shape.length === 1 ? 1 : shape[0] };
}

/** @type {import("../types").Draw<Lines>} */
export function draw(mark, arrays, view) {
  const { x, y, points, curves } = checked(mark, arrays);
  const style = {
    stroke: colorOf(mark),
    strokeWidth: curves > 8 ? 1.2 : 2,
    strokeOpacity: curves > 8 ? 0.5 : 1,
    strokeDasharray: mark.dashed ? "5 4" : undefined,
    strokeLinejoin: /** @type {const} */ ("round"),
    curve: curveOf(mark),
    clip: true,
  };
  return {
    x: extent(x, view.x_log),
    y: extent(y, view.y_log),
    tight: true,
    legend: legendOf(mark, mark.dashed ? "dashes" : "line"),
    draw: () => {
      const seen = seenOf(x, y, points, curves);
      const [shownX, shownY] = [seen.map((place) => x[place % x.length]), seen.map((place) => y[place])];
      const z = curves === 1 ? null : seen.map((place) => Math.floor(place / points));
      return [Plot.line({ length: seen.length }, { x: shownX, y: shownY, z, ...style }), pointTip(shownX, shownY)];
    },
  };
}

const MOST = 20_000; // points in a picture, of which a curve has a thousand at least: there are fewer pixels across

/**
 * The places of the points that are drawn: all, or of each stretch of very many its outermost ones, its ends, and a gap.
 * @param {Float32Array} x @param {Float32Array} y @param {number} points @param {number} curves
 */
function seenOf(x, y, points, curves) {
  const stretch = Math.floor((2 * points) / Math.max(1000, MOST / curves));
  if (stretch <= 2) return Array.from(y.keys());
  /** @type {number[]} */
  const seen = [];
  for (let curve = 0; curve < curves; curve += 1) {
    const end = (curve + 1) * points;
    for (let from = curve * points; from < end; from += stretch) {
      const last = Math.min(from + stretch, end) - 1;
      let [left, right, low, high, gap] = [from, from, from, from, from];
      for (let place = from; place <= last; place += 1) {
        const across = x[place % x.length];
        if (across < x[left % x.length]) left = place;
        if (across > x[right % x.length]) right = place;
        // Nothing is less than what is no number: it must not stand first.
        if (y[place] < y[low] || Number.isNaN(y[low])) low = place;
        if (y[place] > y[high] || Number.isNaN(y[high])) high = place;
        if (Number.isNaN(y[place])) gap = place;
      }
      seen.push(...[...new Set([from, left, right, low, high, gap, last])].sort((one, other) => one - other));
    }
  }
  return seen;
}

/** @param {Lines} mark */
const curveOf = ({ step }) => (step ? /** @type {const} */ ("step-after") : /** @type {const} */ ("linear"));

/** Every curve of one run, or of several: they have one colour and one name. @param {Lines} mark @param {import("../types").Arrays[]} runs */
export const curvesOf = (mark, runs) =>
  runs.flatMap((arrays) => {
    const { x, y, points, curves } = checked(mark, arrays);
    return Array.from({ length: curves }, (_, index) => {
      const from = index * points;
      return { x: x.length === y.length ? x.subarray(from, from + points) : x, y: y.subarray(from, from + points) };
    });
  });

/** Of several runs thin, with their median and the band from the 10 % to the 90 % quantile. @type {import("../types").DrawKept<Lines>} */
export function kept(mark, runs, view) {
  const curves = curvesOf(mark, runs);
  const several = runs.length > 1;
  const spread = several ? spreadOf(curves) : undefined;
  const curve = curveOf(mark);
  const stroke = greyed(mark);
  const thin = several ? { strokeWidth: 0.8, strokeOpacity: 0.45 } : curves.length > 8 ? { strokeWidth: 1, strokeOpacity: 0.7 } : { strokeWidth: 1.8 };
  return {
    x: spanOf(curves.map(({ x }) => extent(x, view.x_log))),
    y: spanOf(curves.map(({ y }) => extent(y, view.y_log))),
    tight: true,
    draw: () => {
      const lines = oneLine(curves, { curve, stroke, ...thin });
      if (!spread) return [lines];
      const { x, low, median, high } = spread;
      const area = Plot.areaY({ length: x.length }, { x, y1: low, y2: high, z: null, fill: stroke, fillOpacity: 0.28, curve, clip: true });
      return [area, lines, oneLine([{ x, y: median }], { curve, stroke, strokeWidth: 2.4 })];
    },
  };
}
