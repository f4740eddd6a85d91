// The axes of one view: their ranges, ticks and size, and the marks in them.
import * as Plot from "@observablehq/plot";
import { Layer } from "./layer.js";
import { oneTip } from "./marks/drawn.js";
import { typesetSvg } from "./notation.js";
import { clamp } from "./numbers.js";
import { logTicks, logarithmic, padded, rounded, steady, tickFormatOf, union, wholeTicks } from "./ranges.js";

/**
 * @typedef {import("./types").View} View
 * @typedef {import("./marks/drawn.js").Drawn} Drawn
 * @typedef {import("./ranges.js").Range} Range
 * @typedef {{x: Range, y: Range, color?: Range}} Ranges
 */

/**
 * What the axes and colours of a view span: what its author fixed, else what the data fill.
 * @param {View} view @param {Drawn[]} drawn @param {Ranges} [last] Kept where possible, so that nothing jitters.
 * @returns {Ranges}
 */
export function rangesOf(view, drawn, last) {
  const x = union(drawn.map((mark) => mark.x));
  const y = union(drawn.map((mark) => mark.y));
  const colors = drawn.find((mark) => mark.colors)?.colors;
  return {
    x: view.x_range ?? steady(automaticX(x, view.x_log, drawn), last?.x, view.x_log),
    y: view.y_range ?? steady(automaticY(y, view.y_log, drawn), last?.y, view.y_log),
    color: colors && (colors.fixed ? colors.range : steady(colors.range, last?.color)),
  };
}

/** @param {Range} range @param {boolean} log @param {Drawn[]} drawn */
function automaticX(range, log, drawn) {
  if (log) return logarithmic(range);
  const tight = drawn.every((mark) => mark.tight) || drawn.some(({ colors }) => colors);
  return padded(range, tight ? 0 : 0.04);
}

/** @param {Range} range @param {boolean} log @param {Drawn[]} drawn */
function automaticY(range, log, drawn) {
  if (drawn.some(({ colors }) => colors)) return range;
  if (log) return logarithmic(range);
  return rounded(drawn.some(({ zero }) => zero) ? union([range, [0, 0]]) : range);
}

const LETTER = 6.6; // pixels, of a tick label
const TICK_ROOM = 70; // pixels between two ticks of the horizontal axis

/**
 * @param {View} view @param {Drawn[]} drawn @param {Ranges} ranges @param {number} available Pixels across.
 * @param {string} description What a screen reader says in place of the picture.
 * @param {number} [room] Pixels down that its row has: a picture of no fixed shape is as tall as its neighbours.
 * @param {Layer} [layer] What is kept.
 * @returns {{svg: any, least?: number}} Also how tall a picture of no fixed shape is by itself.
 */
export function drawPlot(view, drawn, ranges, available, description, room = 0, layer = new Layer()) {
  const matrix = drawn.find((mark) => mark.matrix)?.matrix;
  const names = drawn.find((mark) => mark.names)?.names;
  const colors = drawn.find((mark) => mark.colors)?.colors;
  const y = yAxis(view, ranges.y, matrix, !colors);
  const slanted = Boolean(names && lettersIn(names) * LETTER + names.length * 10 > available - y.room);
  const hanging = slanted && names ? Math.max(...names.map((name) => name.length)) * LETTER * 0.57 : 0;
  // The first slanted name reaches out to the left.
  const marginLeft = Math.round(slanted && names ? Math.max(y.room, names[0].length * LETTER * 0.82 - 16) : y.room);
  const margins = {
    marginLeft,
    marginRight: 14,
    marginTop: view.y ? 25 : 10,
    marginBottom: Math.round((view.x ? 36 : 22) + hanging - (matrix && !matrix.ticks ? 14 : 0)),
  };
  const { least, ...size } = sizeOf(view, matrix, available, margins, hanging, room);
  const ticks = Math.max(2, Math.floor((size.width - marginLeft) / TICK_ROOM));
  // A field of colours would hide what lies beneath it.
  const first = layer.above ? drawn.length : drawn.filter((mark) => mark.colors).length;
  const kept = layer.drawn.length ? [() => layer.node(options, ranges)] : [];
  const x = { ...xAxis(view, ranges.x, ticks), ...namedAxis(names, slanted, ticks), ...matrixAxis(matrix, 2 * ticks) };
  const marks = [drawn.slice(0, first), drawn.slice(first)].flatMap((some, index) => [
    ...(index ? kept : []),
    ...some.flatMap((mark) => mark.draw(ranges)),
  ]);
  /** @type {any} */
  const options = {
    ...margins,
    ...size,
    className: "kexue-plot",
    x,
    y: y.options,
    ...(colors && { color: { type: "linear", domain: ranges.color, range: colors.stops, clamp: true } }),
    marks: [...wordedAxis(Plot.axisX, x), ...wordedAxis(Plot.axisY, y.options), ...marks],
  };
  const svg = Plot.plot(options);
  oneTip(/** @type {SVGSVGElement} */ (svg)); // it has no legend of Plot's
  labelOnce(svg, description);
  for (const text of svg.querySelectorAll('[data-part$="label"] text, text[data-part$="label"]')) typesetSvg(text);
  if (colors?.diverging) svg.classList.add("kexue-diverging");
  return { svg, least };
}

/**
 * One picture with one description. Plot labels its parts too, which assistive technology may not read inside one; the
 * style sheet knows them by those names.
 * @param {Element} svg @param {string} description
 */
function labelOnce(svg, description) {
  for (const part of svg.querySelectorAll("[aria-label]")) {
    part.setAttribute("data-part", part.getAttribute("aria-label") ?? "");
    part.removeAttribute("aria-label");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", description);
}

/** @param {string[]} names */
const lettersIn = (names) => names.reduce((sum, name) => sum + name.length, 0);

/** @param {View} view @param {Range} range @param {number} room */
const xAxis = (view, range, room) => scale(range, view.x_log, view.x, room);

/**
 * @param {View} view @param {Range} range @param {Drawn["matrix"]} matrix @param {boolean} grid
 * @returns {{options: object, room: number}} Also how many pixels its tick labels need.
 */
function yAxis(view, range, matrix, grid) {
  if (matrix) {
    const widest = matrix.ticks ? String(matrix.rows - 1).length * LETTER + 14 : 2;
    const options = { ...scale(range, false, view.y, 8), ...matrixTicks(matrix, matrix.rows, 8), reverse: true };
    return { options, room: Math.round(widest) };
  }
  const format = tickFormatOf(range, view.y_log, 5);
  const letters = Math.max(...range.map((end) => format(end).length));
  return { options: { ...scale(range, view.y_log, view.y, 5), grid }, room: Math.ceil(letters * LETTER + 14) };
}

/** @param {Range} range @param {boolean} log @param {string} label @param {number} count */
const scale = (range, log, label, count) => ({
  type: log ? "log" : "linear",
  domain: range,
  label: label || null,
  labelArrow: "none",
  ticks: log ? logTicks(range, count) : count,
  tickFormat: tickFormatOf(range, log, count),
  tickSize: 3,
});

/**
 * A logarithmic axis with a word at each of its ticks: by itself, Plot leaves out many of those between powers of ten.
 * @param {(ticks: number[], options: object) => Plot.Markish} axis @param {any} scale
 */
function wordedAxis(axis, { type, ticks, tickFormat, tickSize, labelArrow }) {
  return type === "log" ? [axis(ticks, { text: ticks.map(tickFormat), tickSize, labelArrow })] : [];
}

/** @param {string[] | undefined} names @param {boolean} slanted @param {number} room */
function namedAxis(names, slanted, room) {
  if (!names) return {};
  const ticks = wholeTicks(names.length, slanted ? 4 * room : Math.max(room, names.length));
  return { ticks, tickFormat: (/** @type {number} */ index) => names[index], ...(slanted && { tickRotate: -35 }) };
}

/** @param {Drawn["matrix"]} matrix @param {number} count */
const matrixAxis = (matrix, count) => (matrix ? matrixTicks(matrix, matrix.columns, count) : {});

/** @param {NonNullable<Drawn["matrix"]>} matrix @param {number} length @param {number} count */
const matrixTicks = (matrix, length, count) => ({
  ticks: matrix.ticks ? wholeTicks(length, count) : [],
  tickFormat: String,
  tickSize: 0,
});

const TALLEST = 380;

/**
 * Matrices have square cells unless the author says otherwise; they rather get narrower than too tall.
 * @param {View} view @param {Drawn["matrix"]} matrix @param {number} available
 * @param {{marginLeft: number, marginRight: number, marginTop: number, marginBottom: number}} margins
 * @param {number} hanging Pixels that slanted names need below. @param {number} room
 * @returns {{width: number, height: number, least?: number}}
 */
function sizeOf(view, matrix, available, { marginLeft, marginRight, marginTop, marginBottom }, hanging, room) {
  const [across, down] = [marginLeft + marginRight, marginTop + marginBottom];
  const aspect = view.aspect ?? (matrix ? matrix.columns / matrix.rows : null);
  if (aspect === null) {
    const least = Math.round(clamp(available * 0.64, 200, 320) + hanging);
    return { width: available, height: clamp(Math.floor(room), least, Math.max(TALLEST, 0.9 * available) + hanging), least };
  }
  const inner = Math.min(available - across, (TALLEST - down) * aspect);
  return { width: Math.round(inner + across), height: Math.round(inner / aspect + down) };
}
