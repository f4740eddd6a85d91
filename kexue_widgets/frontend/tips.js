// The small box with the numbers under the pointer.
import * as Plot from "@observablehq/plot";
import { formatNumber } from "./numbers.js";

/**
 * Shows the numbers of the point nearest to the pointer; of all marks in a view only one does so at a time.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {Record<string, unknown>} [options]
 */
export function pointTip(x, y, options = {}) {
  const number = (/** @type {number} */ value) => formatNumber(value);
  const format = { x: number, y: number, value: number, .../** @type {object} */ (options.format) };
  const pointed = Plot.pointer(/** @type {any} */ ({ x, y, pool: true, ...options, format }));
  return Plot.tip({ length: x.length }, /** @type {any} */ ({ ...pointed, stroke: "var(--kexue-border)" }));
}
