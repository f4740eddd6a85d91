// Arrows from points.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { formatNumber } from "../numbers.js";
import { spanOf } from "../ranges.js";
import { colorOf, legendOf, pointTip } from "./drawn.js";

/** @typedef {{kind: "arrows", x: string, y: string, dx: string, dy: string} & import("./drawn.js").Paint} Arrows */

/** @type {import("../types").Draw<Arrows>} */
export function draw(mark, arrays, view) {
  const [x, y, dx, dy] = alike(arrays, mark.x, mark.y, mark.dx, mark.dy);
  const endX = x.map((start, index) => start + dx[index]);
  const endY = y.map((start, index) => start + dy[index]);
  const style = { stroke: colorOf(mark), strokeWidth: 1.8, headLength: 5, clip: true };
  const number = (/** @type {number} */ value) => formatNumber(value);
  const channels = { across: { value: dx, label: "Δx" }, up: { value: dy, label: "Δy" } };
  return {
    x: spanOf([extent(x, view.x_log), extent(endX, view.x_log)]),
    y: spanOf([extent(y, view.y_log), extent(endY, view.y_log)]),
    legend: legendOf(mark, "line"),
    draw: () => [
      Plot.arrow({ length: x.length }, { x1: x, y1: y, x2: endX, y2: endY, ...style }),
      pointTip(x, y, { channels, format: { across: number, up: number } }),
    ],
  };
}
