// The area between two curves.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { colorOf, greyed, legendOf } from "./drawn.js";

/** @typedef {{kind: "band", x: string, low: string, high: string} & import("./drawn.js").Paint} Band */

/** @type {import("../types").Draw<Band>} */
export function draw(mark, arrays) {
  const [x, low, high] = alike(arrays, mark.x, mark.low, mark.high);
  const style = { fill: colorOf(mark), fillOpacity: 0.2, clip: true };
  return {
    x: extent(x),
    y: [extent(low)[0], extent(high)[1]],
    tight: true,
    legend: legendOf(mark, "shade"),
    draw: () => [Plot.areaY({ length: x.length }, { x, y1: low, y2: high, ...style })],
  };
}

/** @type {import("../types").DrawKept<Band>} */
export function kept(mark, runs) {
  const bands = runs.map((arrays) => alike(arrays, mark.x, mark.low, mark.high));
  const style = { fill: greyed(mark), fillOpacity: 0.4 / Math.sqrt(runs.length), clip: true };
  return {
    x: extent(bands.flatMap(([x]) => extent(x))),
    y: extent(bands.flatMap(([, low, high]) => [extent(low)[0], extent(high)[1]])),
    tight: true,
    draw: () => bands.map(([x, low, high]) => Plot.areaY({ length: x.length }, { x, y1: low, y2: high, ...style })),
  };
}
