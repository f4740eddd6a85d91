// The kinds of marks that are drawn in axes, each as Observable Plot marks. live/views.py draws the same with matplotlib.
import * as Plot from "@observablehq/plot";
import { drawable, extent, mustMatch } from "./arrays.js";
import { heatmap } from "./heatmap.js";
import { formatNumber } from "./numbers.js";
import { wordAt } from "./ranking.js";
import { union } from "./ranges.js";
import { pointTip } from "./tips.js";

/**
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {{x: Range, y: Range}} Domains
 * @typedef {import("@observablehq/plot").Markish} Markish
 * @typedef {"line" | "dashes" | "dot" | "block" | "shade"} Shape
 * @typedef {{
 *   x?: Range, y?: Range,
 *   zero?: boolean,
 *   tight?: boolean,
 *   draw: (domains: Domains) => Markish[],
 *   legend?: {label: string, color: string, shape: Shape},
 *   names?: string[],
 *   matrix?: {rows: number, columns: number, ticks: boolean},
 *   colors?: import("./heatmap.js").Colors,
 * }} Drawn  What one mark draws: the ranges it fills (tight: to the very edge; zero: from a base line), then how.
 */

const TEXT = "currentColor";

/**
 * @param {import("./types").Mark} mark @param {Arrays} arrays @param {import("./types").View} view
 * @returns {Drawn}
 */
export function drawMark(mark, arrays, view) {
  switch (mark.kind) {
    case "lines":
      return lines(mark, arrays, view);
    case "band":
      return band(mark, arrays);
    case "dots":
      return dots(mark, arrays);
    case "arrows":
      return arrows(mark, arrays);
    case "heatmap":
      return heatmap(mark, arrays, view);
    case "histogram":
      return histogram(mark, arrays);
    case "bars":
      return bars(mark, arrays, view);
    case "texts":
      return texts(mark, arrays);
    default:
      throw new Error(`${mark.kind} is not drawn in axes`);
  }
}

/** @param {{label?: string | null, color?: string | null}} mark @param {Shape} shape */
const legendOf = ({ label, color }, shape) => (label ? { label, color: color ?? TEXT, shape } : undefined);

/** On a logarithmic axis only what is above zero has a place. @param {Float32Array} data @param {boolean} log */
const extentOn = (data, log) => extent(log ? data.filter((value) => value > 0) : data);

/** @param {import("./types").Lines} mark @param {Arrays} arrays @param {import("./types").View} view @returns {Drawn} */
function lines(mark, arrays, view) {
  const { data: x, shape: xShape } = drawable(arrays, mark.x, 1, 2);
  const { data: y, shape } = drawable(arrays, mark.y, 1, 2);
  const points = shape[shape.length - 1];
  if (xShape.length === 2) mustMatch(mark.y, y.length, mark.x, x.length);
  mustMatch(mark.y, points, mark.x, xShape[xShape.length - 1]);
  const curves = shape.length === 1 ? 1 : shape[0];
  const allX = x.length === y.length ? x : Float32Array.from(y, (_, index) => x[index % x.length]);
  const style = {
    stroke: mark.color ?? TEXT,
    strokeWidth: curves > 8 ? 1.2 : 2,
    strokeOpacity: curves > 8 ? 0.5 : 1,
    strokeDasharray: mark.dashed ? "5 4" : undefined,
    strokeLinejoin: /** @type {const} */ ("round"),
    curve: mark.step ? /** @type {const} */ ("step-after") : /** @type {const} */ ("linear"),
    clip: true,
  };
  const z = curves === 1 ? null : Uint32Array.from(y, (_, index) => Math.floor(index / points));
  return {
    x: extentOn(x, view.x_log),
    y: extentOn(y, view.y_log),
    tight: true,
    legend: legendOf(mark, mark.dashed ? "dashes" : "line"),
    draw: () => [Plot.line({ length: y.length }, { x: allX, y, z, ...style }), pointTip(allX, y)],
  };
}

/** @param {import("./types").Band} mark @param {Arrays} arrays @returns {Drawn} */
function band(mark, arrays) {
  const x = drawable(arrays, mark.x, 1).data;
  const low = drawable(arrays, mark.low, 1).data;
  const high = drawable(arrays, mark.high, 1).data;
  mustMatch(mark.low, low.length, mark.x, x.length);
  mustMatch(mark.high, high.length, mark.x, x.length);
  const style = { fill: mark.color ?? TEXT, fillOpacity: 0.2, clip: true };
  return {
    x: extent(x),
    y: [extent(low)[0], extent(high)[1]],
    tight: true,
    legend: legendOf(mark, "shade"),
    draw: () => [Plot.areaY({ length: x.length }, { x, y1: low, y2: high, ...style })],
  };
}

/** @param {import("./types").Dots} mark @param {Arrays} arrays @returns {Drawn} */
function dots(mark, arrays) {
  const x = drawable(arrays, mark.x, 1).data;
  const y = drawable(arrays, mark.y, 1).data;
  mustMatch(mark.y, y.length, mark.x, x.length);
  const style = { r: mark.size ?? 3, fill: mark.color ?? TEXT, fillOpacity: x.length > 200 ? 0.5 : 0.85, clip: true };
  return {
    x: extent(x),
    y: extent(y),
    legend: legendOf(mark, "dot"),
    draw: () => [Plot.dot({ length: x.length }, { x, y, ...style }), pointTip(x, y)],
  };
}

/** @param {import("./types").Arrows} mark @param {Arrays} arrays @returns {Drawn} */
function arrows(mark, arrays) {
  const [x, y, dx, dy] = [mark.x, mark.y, mark.dx, mark.dy].map((name) => drawable(arrays, name, 1).data);
  mustMatch(mark.y, y.length, mark.x, x.length);
  mustMatch(mark.dx, dx.length, mark.x, x.length);
  mustMatch(mark.dy, dy.length, mark.x, x.length);
  const endX = x.map((start, index) => start + dx[index]);
  const endY = y.map((start, index) => start + dy[index]);
  const style = { stroke: mark.color ?? TEXT, strokeWidth: 1.8, headLength: 5, clip: true };
  const number = (/** @type {number} */ value) => formatNumber(value);
  const channels = { across: { value: dx, label: "Δx" }, up: { value: dy, label: "Δy" } };
  return {
    x: union([extent(x), extent(endX)]),
    y: union([extent(y), extent(endY)]),
    legend: legendOf(mark, "line"),
    draw: () => [
      Plot.arrow({ length: x.length }, { x1: x, y1: y, x2: endX, y2: endY, ...style }),
      pointTip(x, y, { channels, format: { across: number, up: number } }),
    ],
  };
}

/** @param {import("./types").Histogram} mark @param {Arrays} arrays @returns {Drawn} */
function histogram(mark, arrays) {
  const values = drawable(arrays, mark.values, 1).data;
  const weights = mark.weights ? drawable(arrays, mark.weights, 1).data : undefined;
  if (weights) mustMatch(String(mark.weights), weights.length, mark.values, values.length);
  const [low, high, count] = mark.edges ?? [...extent(values), 30];
  const width = (high - low) / count || 1;
  const heights = binned(values, weights, low, width, count, mark.density);
  const x1 = heights.map((_, index) => low + index * width);
  const x2 = x1.map((left) => left + width);
  const style = { fill: mark.color ?? TEXT, fillOpacity: 0.55, insetLeft: 0.5, insetRight: 0.5, clip: true };
  const centres = x1.map((left) => left + width / 2);
  return {
    x: [low, low + width * count],
    y: [0, extent(heights)[1]],
    tight: true,
    zero: true,
    legend: legendOf(mark, "shade"),
    draw: ({ y }) => [
      Plot.rect({ length: count }, { x1, x2, y1: x1.map(() => baseOf(y)), y2: heights, ...style }),
      pointTip(centres, heights),
    ],
  };
}

/** A base line of zero has no place on a logarithmic axis; its lower end serves. @param {Range} range */
const baseOf = ([low]) => (low > 0 ? low : 0);

/**
 * As numpy does it: the last bin includes its right edge, values outside are left out.
 * @param {Float32Array} values @param {Float32Array | undefined} weights
 * @param {number} low @param {number} width @param {number} count @param {boolean} density
 */
function binned(values, weights, low, width, count, density) {
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

/** @param {import("./types").Bars} mark @param {Arrays} arrays @param {import("./types").View} view @returns {Drawn} */
function bars(mark, arrays, view) {
  const heights = drawable(arrays, mark.heights, 1).data;
  const count = heights.length;
  if (mark.names) mustMatch(mark.heights, count, "names", mark.names.length);
  const groups = view.marks.filter(({ kind }) => kind === "bars");
  const width = 0.8 / groups.length;
  const offset = (groups.indexOf(mark) - groups.length / 2) * width;
  const x1 = Array.from(heights, (_, index) => index + offset);
  const x2 = x1.map((left) => left + width * 0.96);
  const names = mark.names ?? Array.from(heights, (_, index) => String(index));
  const centres = x1.map((left) => left + width / 2);
  const style = { fill: mark.color ?? TEXT, clip: true };
  const title = (/** @type {unknown} */ _, /** @type {number} */ index) =>
    [names[index], mark.label, formatNumber(heights[index])].filter(Boolean).join("\n");
  return {
    x: [-0.5, count - 0.5],
    y: extent(heights),
    tight: true,
    zero: true,
    names,
    legend: legendOf(mark, "block"),
    draw: ({ y }) => [
      Plot.rect({ length: count }, { x1, x2, y1: x1.map(() => baseOf(y)), y2: heights, ...style }),
      pointTip(centres, heights, { title }),
    ],
  };
}

const EDGE = 0.18; // of the width: words nearer to an end of the axis begin or end at their point, so as to stay inside

/** @param {import("./types").Texts} mark @param {Arrays} arrays @returns {Drawn} */
function texts(mark, arrays) {
  const x = drawable(arrays, mark.x, 1).data;
  const y = drawable(arrays, mark.y, 1).data;
  mustMatch(mark.y, y.length, mark.x, x.length);
  const index = mark.index ? drawable(arrays, mark.index, 1).data : x.map((_, point) => point);
  mustMatch(mark.index ?? "names", index.length, mark.x, x.length);
  const words = Array.from(index, (each) => wordAt(mark.index ?? mark.x, each, mark.names ?? []).word);
  const style = { fontSize: mark.size, fill: mark.color || TEXT, stroke: "var(--kexue-surface)", strokeWidth: 3 };
  const anchors = /** @type {const} */ (["start", "middle", "end"]);
  const title = (/** @type {unknown} */ _, /** @type {number} */ point) =>
    `${words[point]}\n${formatNumber(x[point])}, ${formatNumber(y[point])}`;
  return {
    x: extent(x),
    y: extent(y),
    legend: legendOf(mark, "block"),
    draw: ({ x: [left, right] }) => [
      ...anchors.map((textAnchor, third) => {
        const inThird = (/** @type {number} */ point) => {
          const place = (x[point] - left) / (right - left || 1);
          return third === (place < EDGE ? 0 : place > 1 - EDGE ? 2 : 1);
        };
        const filter = words.map((_, point) => inThird(point));
        return Plot.text({ length: x.length }, { x, y, text: words, textAnchor, filter, ...style });
      }),
      pointTip(x, y, { title }),
    ],
  };
}
