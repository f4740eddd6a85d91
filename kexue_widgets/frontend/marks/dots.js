// Points.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { spanOf } from "../ranges.js";
import { colorOf, greyed, legendOf, pointTip } from "./drawn.js";
import { oneLine } from "./gaps.js";

/** @typedef {{kind: "dots", x: string, y: string, size?: number} & import("./drawn.js").Paint} Dots */

const PARTS = 400; // of each axis, about two pixels
const LAST = 0.999; // so that the end of an axis is in its last part
const SINGLE = 20_000; // points up to which each is a shape of its own, and a pointer shows its numbers

/** @type {import("../types").Draw<Dots>} */
export function draw(mark, arrays, view) {
  const [x, y] = alike(arrays, mark.x, mark.y);
  const crowd = x.length > 200;
  const style = { r: mark.size ?? 3, fill: colorOf(mark), fillOpacity: crowd ? 0.5 : 0.85, clip: true };
  // On a field of colours, of which one may be its own, a point has an edge; a crowd is seen without, and drawn far quicker.
  const edge = !crowd && view.marks.some(({ kind }) => kind === "heatmap") ? { stroke: "var(--kexue-surface)", strokeWidth: 0.8 } : {};
  return {
    x: extent(x, view.x_log),
    y: extent(y, view.y_log),
    legend: legendOf(mark, "dot"),
    draw: (domains) => {
      if (x.length <= SINGLE) return [Plot.dot({ length: x.length }, { x, y, ...style, ...edge }), pointTip(x, y)];
      const seen = seenOf(placesOf(x, domains.x, view.x_log), placesOf(y, domains.y, view.y_log));
      const points = apart(Float32Array.from(seen, (index) => x[index]), Float32Array.from(seen, (index) => y[index]));
      return [oneLine([points], { ...pointed(mark), stroke: colorOf(mark), strokeOpacity: 0.5 })];
    },
  };
}

/** In which of the parts of an axis numbers lie. @param {Float32Array} data @param {import("../ranges.js").Range} domain @param {boolean} log */
const placesOf = (data, [low, high], log) =>
  Float64Array.from(data, (each) => Math.floor(LAST * PARTS * (log ? Math.log(each / low) / Math.log(high / low) : (each - low) / (high - low))));

/** The first of those points that lie on each other. @param {Float64Array} across @param {Float64Array} up */
function seenOf(across, up) {
  const taken = new Uint8Array(PARTS * PARTS);
  return Array.from(across.keys()).filter((index) => {
    if (Math.min(across[index], up[index]) < 0 || Math.max(across[index], up[index]) >= PARTS) return false; // not in the picture
    const place = across[index] * PARTS + up[index];
    const free = !taken[place];
    taken[place] = 1;
    return free;
  });
}

/** How a line is drawn that has no length, but round ends: as a point. @param {Dots} mark */
const pointed = ({ size }) => ({ strokeWidth: 2 * (size ?? 3), strokeLinecap: "round" });

/** Points with a gap after each. @param {Float32Array} x @param {Float32Array} y */
const apart = (x, y) => ({ x: spaced(x), y: spaced(y) });

/** @param {Float32Array} data */
const spaced = (data) => Float32Array.from({ length: 2 * data.length }, (_, index) => (index % 2 ? NaN : data[index / 2]));

/** Their lines of no length. @type {import("../types").DrawKept<Dots>} */
export function kept(mark, runs, view) {
  const points = runs.map((arrays) => alike(arrays, mark.x, mark.y));
  const style = { ...pointed({ ...mark, size: (mark.size ?? 3) / (runs.length > 1 ? 2 : 1) }), stroke: greyed(mark), strokeOpacity: 1 / Math.sqrt(runs.length) };
  return {
    x: spanOf(points.map(([x]) => extent(x, view.x_log))),
    y: spanOf(points.map(([, y]) => extent(y, view.y_log))),
    draw: () => points.map(([x, y]) => oneLine([apart(x, y)], style)),
  };
}
