// Quantiles as numpy.quantile has them, by linear interpolation between the values in order.

export const QUANTILES = [0.1, 0.5, 0.9];

/** @param {ArrayLike<number>} values @param {number} share @returns {number} NaN where one of them is not finite. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  if (!sorted.every(Number.isFinite)) return NaN;
  const place = share * (sorted.length - 1);
  const before = Math.floor(place);
  const [low, high] = [sorted[before], sorted[Math.min(before + 1, sorted.length - 1)]];
  const part = place - before;
  // From the nearer end, as numpy does it, so that the numbers are the same bit for bit.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/** @typedef {{x: Float32Array, y: Float32Array}} Curve */

/**
 * The quantiles of curves over their common x; nothing where they have none. Curves that have shrunk to a point are left out.
 * @param {Curve[]} curves @returns {{x: Float32Array, low: Float64Array, median: Float64Array, high: Float64Array} | undefined}
 */
export function spreadOf(curves) {
  const seen = drawnOf(curves);
  if (!seen.length) return undefined;
  const { x } = seen[0];
  const shared = seen.every((curve) => curve.x === x || (curve.x.length === x.length && curve.x.every((value, index) => value === x[index])));
  if (!shared) return undefined;
  const columns = Array.from(x, (_, index) => seen.map(({ y }) => y[index]));
  const [low, median, high] = QUANTILES.map((share) => Float64Array.from(columns, (column) => quantile(column, share)));
  return { x, low, median, high };
}

/** Curves that have not shrunk to a point, of which nothing is seen. @param {Curve[]} curves */
export const drawnOf = (curves) => curves.filter((curve) => !isPoint(curve));

/** @param {Curve} curve */
const isPoint = ({ x, y }) => x.every((value) => value === x[0]) && y.every((value) => value === y[0]);
