// The area between two curves.
import * as Plot from "@observablehq/plot";
import { alike, extent } from "../arrays.js";
import { spanOf } from "../ranges.js";
import { colorOf, greyed, legendOf } from "./drawn.js";

/** @typedef {{kind: "band", x: string, low: string, high: string} & import("./drawn.js").Paint} Band */

/** @type {import("../types").Draw<Band>} */
export function draw(mark, arrays, view) {
  const [x, low, high] = alike(arrays, mark.x, mark.low, mark.high);
  const style = { fill: colorOf(mark), fillOpacity: 0.2, clip: true }; // as of its swatch in style/views.css
  return {
    x: extent(x, view.x_log),
    y: spanOf([extent(low, view.y_log), extent(high, view.y_log)]),
    tight: true,
    legend: legendOf(mark, "band"),
    draw: () => [Plot.areaY({ length: x.length }, { x, y1: low, y2: high, ...style })],
  };
}

/** @type {import("../types").DrawKept<Band>} */
export function kept(mark, runs, view) {
  const bands = runs.map((arrays) => alike(arrays, mark.x, mark.low, mark.high));
  const style = { fill: greyed(mark), fillOpacity: 0.4 / Math.sqrt(runs.length), clip: true };
  return {
    x: spanOf(bands.map(([x]) => extent(x, view.x_log))),
    y: spanOf(bands.flatMap(([, low, high]) => [extent(low, view.y_log), extent(high, view.y_log)])),
    tight: true,
    draw: () => bands.map(([x, low, high]) => Plot.areaY({ length: x.length }, { x, y1: low, y2: high, ...style })),
  };
}
