// How often, or with how much weight, values fall into each of several bins.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { spanOf } from "../ranges.js";
import { baseOf, colorOf, greyed, legendOf, pointTip } from "./drawn.js";
import { oneLine } from "./gaps.js";

/**
 * @typedef {{kind: "histogram", values: string, weights?: string | null, edges?: [number, number, number] | null} &
 *   {density: boolean} & import("./drawn.js").Paint} Histogram
 */

/** @param {Histogram} mark @param {import("../types").Arrays} arrays */
function counted(mark, arrays) {
  const [values, weights] = alike(arrays, mark.values, ...(mark.weights ? [mark.weights] : []));
  const [low, high, count] = mark.edges ?? [...around(extent(values)), 30];
  const width = (high - low) / count;
  return { low, width, count, heights: binned(values, weights, low, width, count, mark.density) };
}

/** As numpy does it: a single value stands in the middle. @param {import("../ranges.js").Range} range @returns {import("../ranges.js").Range} */
export function around([low, high]) {
  const margin = low < high ? 0 : Math.max(0.5, Math.abs(low) / 1000);
  return [low - margin, high + margin];
}

/** @type {import("../types").Draw<Histogram>} */
export function draw(mark, arrays, view) {
  const { low, width, count, heights } = counted(mark, arrays);
  const x1 = heights.map((_, index) => low + index * width);
  const x2 = x1.map((left) => left + width);
  const style = { fill: colorOf(mark), fillOpacity: 0.55, insetLeft: 0.5, insetRight: 0.5, clip: true };
  const centres = x1.map((left) => left + width / 2);
  return {
    x: extent([...x1, ...x2], view.x_log),
    y: extent(heights, view.y_log),
    tight: true,
    zero: true,
    legend: legendOf(mark, "shade"),
    draw: ({ y }) => [
      Plot.rect({ length: count }, { x1, x2, y1: x1.map(() => baseOf(y)), y2: heights, ...style }),
      pointTip(centres, heights),
    ],
  };
}

/** Their outlines. @type {import("../types").DrawKept<Histogram>} */
export function kept(mark, runs, view) {
  const all = runs.map((arrays) => counted(mark, arrays));
  const outlines = all.map(({ low, width, heights }) => ({
    x: heights.flatMap((_, index) => [low + index * width, low + (index + 1) * width]),
    y: heights.flatMap((height) => [height, height]),
  }));
  const style = { stroke: greyed(mark), strokeWidth: runs.length > 1 ? 0.8 : 1.6, strokeOpacity: runs.length > 1 ? 0.6 : 1 };
  return {
    x: spanOf(outlines.map(({ x }) => extent(x, view.x_log))),
    y: spanOf(outlines.map(({ y }) => extent(y, view.y_log))),
    tight: true,
    zero: true,
    draw: () => [oneLine(outlines, style)],
  };
}

/**
 * As numpy does it: the last bin includes its right edge, values outside are left out.
 * @param {Float32Array} values @param {Float32Array | undefined} weights
 * @param {number} low @param {number} width @param {number} count @param {boolean} density
 */
export function binned(values, weights, low, width, count, density) {
  const heights = new Float64Array(count);
  let total = 0;
  for (let index = 0; index < values.length; index += 1) {
    const place = (values[index] - low) / width;
    if (place < 0 || place > count + 1e-9) continue;
    const weight = weights ? weights[index] : 1;
    heights[Math.min(Math.floor(place), count - 1)] += weight;
    total += weight;
  }
  const unit = density && total > 0 ? total * width : 1;
  return Array.from(heights, (height) => height / unit);
}
