// Curves: one, or one for each row of an array.
import * as Plot from "@observablehq/plot";
import { drawable, extent, gapped, mustMatch } from "../arrays.js";
import { colorOf, legendOf, pointTip } from "./drawn.js";

/** @typedef {{kind: "lines", x: string, y: string, dashed?: boolean, step?: boolean} & import("./drawn.js").Paint} Lines */

/** On a logarithmic axis only what is above zero has a place. @param {Float32Array} data @param {boolean} log */
const extentOn = (data, log) => extent(log ? data.filter((value) => value > 0) : data);

/** @type {import("../types").Draw<Lines>} */
export function draw(mark, arrays, view) {
  const { data: x, shape: xShape } = drawable(arrays, mark.x, 1, 2);
  const { data: y, shape } = gapped(arrays, mark.y, 1, 2);
  const points = shape[shape.length - 1];
  if (xShape.length === 2) mustMatch(mark.y, y.length, mark.x, x.length);
  mustMatch(mark.y, points, mark.x, xShape[xShape.length - 1]);
  const curves = shape.length === 1 ? 1 : shape[0];
  const allX = x.length === y.length ? x : Float32Array.from(y, (_, index) => x[index % x.length]);
  const style = {
    stroke: colorOf(mark),
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
