// Heatmaps: a matrix as cells, a stack of matrices side by side, or a field over x and y.
import * as Plot from "@observablehq/plot";
import { drawable, extent, gapped, mustMatch } from "../arrays.js";
import { say } from "../words.js";
import { pointTip } from "./drawn.js";

/**
 * @typedef {import("../ranges.js").Range} Range
 * @typedef {import("../types").Arrays} Arrays
 * @typedef {{kind: "heatmap", values: string, x?: string | null, y?: string | null, scale: keyof typeof STOPS} &
 *   {range?: Range | null, label?: string | null}} Heatmap
 * @typedef {{range: Range, fixed: boolean, stops: string[], label: string, diverging: boolean}} Colors
 * @typedef {import("./drawn.js").Drawn} Drawn
 */

// The same as in matplotlib, so that a chapter may speak of a colour: viridis, and blue-white-red. In the dark the style
// sheet turns the lightness of the latter around: nothing is dark there, not glaring.
const STOPS = {
  sequential: ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"],
  diverging: ["#1c4f8f", "#4a90c2", "#a6cbe3", "#f4f2ef", "#f0b39a", "#d46a54", "#9c1f30"],
};

const SMALL = 400; // cells up to which each is a shape of its own, with a gap around it
const POINTED = 10_000; // cells up to which a pointer shows their values

/** @type {import("../types").Draw<Heatmap>} */
export function draw(mark, arrays, view) {
  const { data, shape } = gapped(arrays, mark.values, 2, 3);
  const label = say(mark.label ?? "");
  const colors = { range: colorRange(mark, data), fixed: Boolean(mark.range), stops: STOPS[mark.scale], label, diverging: mark.scale === "diverging" };
  if (mark.x && mark.y) return { ...field(mark.values, mark.x, mark.y, arrays, label), colors };
  const [rows, columns] = shape.slice(-2);
  const blocks = shape.length === 3 ? shape[0] : 1;
  return { ...matrices(data, blocks, rows, columns, view, label), colors };
}

/** @param {Heatmap} mark @param {Float32Array} data @returns {Range} */
function colorRange({ range, scale }, data) {
  if (range) return range;
  const [low, high] = extent(data);
  if (scale === "sequential") return low < high ? [low, high] : [low, low + 1];
  const largest = Math.max(-low, high) || 1;
  return [-largest, largest];
}

/** @param {string} values @param {string} xName @param {string} yName @param {Arrays} arrays @param {string} label @returns {Drawn} */
function field(values, xName, yName, arrays, label) {
  const { data, shape } = gapped(arrays, values, 2);
  const [rows, columns] = shape;
  const x = drawable(arrays, xName, 1).data;
  const y = drawable(arrays, yName, 1).data;
  mustMatch(xName, x.length, values, columns);
  mustMatch(yName, y.length, values, rows);
  const [x1, x2] = outerEdges(x);
  const [y1, y2] = outerEdges(y);
  const pointed = () => {
    const cellX = Float32Array.from(data, (_, index) => x[index % columns]);
    const cellY = Float32Array.from(data, (_, index) => y[Math.floor(index / columns)]);
    return pointTip(cellX, cellY, { channels: { value: { value: data, label } }, maxRadius: 60 });
  };
  return {
    x: [x1, x2],
    y: [y1, y2],
    tight: true,
    draw: () => [
      Plot.raster(data, { width: columns, height: rows, x1, x2, y1, y2 }),
      ...(data.length <= POINTED ? [pointed()] : []),
    ],
  };
}

/** Where the outermost cells end: half a cell beyond their centres. @param {Float32Array} centres @returns {Range} */
function outerEdges(centres) {
  const last = centres.length - 1;
  const half = last > 0 ? (centres[last] - centres[0]) / last / 2 : 0.5;
  return [centres[0] - half, centres[last] + half];
}

/**
 * Blocks of cells side by side, with an empty column between two of them.
 * @param {Float32Array} data @param {number} blocks @param {number} rows @param {number} columns
 * @param {import("../types").View} view @param {string} label
 * @returns {Drawn}
 */
function matrices(data, blocks, rows, columns, view, label) {
  const size = rows * columns;
  const width = blocks * (columns + 1) - 1;
  const column = Uint32Array.from(data, (_, index) => index % columns);
  const y = Uint32Array.from(data, (_, index) => Math.floor((index % size) / columns));
  const x = Uint32Array.from(data, (_, index) => Math.floor(index / size) * (columns + 1) + column[index]);
  const hidden = { x: false, y: false };
  const pointed = () => {
    // Of several blocks the axis may name the blocks, and a count of columns would be taken for one of them.
    const place = blocks === 1 ? { column: { value: column, label: view.x }, row: { value: y, label: view.y } } : {};
    const channels = { ...place, value: { value: data, label } };
    return pointTip(x, y, { channels, maxRadius: 60, format: hidden });
  };
  const picture = data.length <= SMALL ? [cells(data, x, y)] : rasters(data, blocks, rows, columns);
  return {
    x: [-0.5, width - 0.5],
    y: [-0.5, rows - 0.5],
    tight: true,
    // Over several blocks a count of columns would mislead.
    matrix: { rows, columns: width, ticks: blocks === 1 },
    draw: () => [...picture, ...(data.length <= POINTED ? [pointed()] : [])],
  };
}

/** @param {Float32Array} fill @param {Uint32Array} x @param {Uint32Array} y */
function cells(fill, x, y) {
  /** @param {Uint32Array} centres @param {number} by */
  const shifted = (centres, by) => Float32Array.from(centres, (centre) => centre + by);
  const edges = { x1: shifted(x, -0.5), x2: shifted(x, 0.5), y1: shifted(y, -0.5), y2: shifted(y, 0.5) };
  return Plot.rect({ length: fill.length }, { ...edges, fill, inset: 0.75, rx: 1.5 });
}

/** @param {Float32Array} data @param {number} blocks @param {number} height @param {number} width */
function rasters(data, blocks, height, width) {
  const size = height * width;
  return Array.from({ length: blocks }, (_, block) => {
    const left = block * (width + 1) - 0.5;
    const place = { x1: left, x2: left + width, y1: -0.5, y2: height - 0.5 };
    const part = data.subarray(block * size, (block + 1) * size);
    return Plot.raster(part, { width, height, ...place, imageRendering: "pixelated" });
  });
}
