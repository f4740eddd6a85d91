// Points.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
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
    x: extent(x),
    y: extent(y),
    legend: legendOf(mark, "dot"),
    draw: () => [Plot.dot({ length: x.length }, { x, y, ...style, ...edge }), pointTip(x, y)],
  };
}

/** A line of no length, with round ends, is a point. @type {import("../types").DrawKept<Dots>} */
export function kept(mark, runs) {
  const points = runs.map((arrays) => alike(arrays, mark.x, mark.y));
  const style = { stroke: greyed(mark), strokeWidth: (runs.length > 1 ? 1 : 2) * (mark.size ?? 3), strokeLinecap: "round", strokeOpacity: 1 / Math.sqrt(runs.length) };
  return {
    x: extent(points.flatMap(([x]) => extent(x))),
    y: extent(points.flatMap(([, y]) => extent(y))),
    draw: () => points.map(([x, y]) => oneLine(Array.from(x, (each, index) => ({ x: [each], y: [y[index]] })), style)),
  };
}
