// Points.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { colorOf, legendOf, pointTip } from "./drawn.js";

/** @typedef {{kind: "dots", x: string, y: string, size?: number} & import("./drawn.js").Paint} Dots */

/** @type {import("../types").Draw<Dots>} */
export function draw(mark, arrays) {
  const [x, y] = alike(arrays, mark.x, mark.y);
  const style = { r: mark.size ?? 3, fill: colorOf(mark), fillOpacity: x.length > 200 ? 0.5 : 0.85, clip: true };
  return {
    x: extent(x),
    y: extent(y),
    legend: legendOf(mark, "dot"),
    draw: () => [Plot.dot({ length: x.length }, { x, y, ...style }), pointTip(x, y)],
  };
}
