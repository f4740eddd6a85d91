// Points.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { spanOf } from "../ranges.js";
import { colorOf, greyed, legendOf, pointTip } from "./drawn.js";
import { oneLine } from "./gaps.js";

/** @typedef {{kind: "dots", x: string, y: string, size?: number} & import("./drawn.js").Paint} Dots */

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
    draw: () => [Plot.dot({ length: x.length }, { x, y, ...style, ...edge }), pointTip(x, y)],
  };
}

/** A line of no length, with round ends, is a point. @type {import("../types").DrawKept<Dots>} */
export function kept(mark, runs, view) {
  const points = runs.map((arrays) => alike(arrays, mark.x, mark.y));
  const style = { stroke: greyed(mark), strokeWidth: (runs.length > 1 ? 1 : 2) * (mark.size ?? 3), strokeLinecap: "round", strokeOpacity: 1 / Math.sqrt(runs.length) };
  return {
    x: spanOf(points.map(([x]) => extent(x, view.x_log))),
    y: spanOf(points.map(([, y]) => extent(y, view.y_log))),
    draw: () => points.map(([x, y]) => oneLine(Array.from(x, (each, index) => ({ x: [each], y: [y[index]] })), style)),
  };
}
