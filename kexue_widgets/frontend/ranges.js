// Ranges of axes and colours: from the data where the author fixed none, and steady while an explorer plays.
import { extent } from "./arrays.js";
import { formatNumber, tickFormat } from "./numbers.js";

/** @typedef {[number, number]} Range */

/** From the least to the largest end of ranges; some, or all, may be of nothing. @param {(Range | null | undefined)[]} ranges */
export const spanOf = (ranges) => extent(ranges.flatMap((range) => (range && range[0] <= range[1] ? range : [])));

/** @param {(Range | null | undefined)[]} ranges @returns {Range} */
export function union(ranges) {
  const [low, high] = spanOf(ranges);
  return low <= high ? [low, high] : [0, 1];
}

/** A range of some width, even around a single value. @param {Range} range @returns {Range} */
function opened([low, high]) {
  if (low < high) return [low, high];
  const margin = Math.abs(low) * 0.1 || 1;
  return [low - margin, high + margin];
}

const NOTHING = 1e-5; // of the way from one round number to the next: float32 has a zero this far below zero

/**
 * The range extended to round numbers, so that small changes in the data leave the axis alone.
 * @param {Range} range @returns {Range}
 */
export function rounded(range) {
  const [low, high] = opened(range);
  const step = roundStep((high - low) / 5);
  return [Math.floor(low / step + NOTHING) * step, Math.ceil(high / step - NOTHING) * step];
}

/** 1, 2 or 5 times a power of ten. @param {number} rough */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (/** @type {number} */ ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)) ?? 10);
}

/** @param {Range} range @param {number} share @returns {Range} */
export function padded(range, share) {
  const [low, high] = opened(range);
  const margin = (high - low) * share;
  return [low - margin, high + margin];
}

/** 1, 2 and 5 times the powers of ten from one end to the other. @param {Range} range */
function roundBetween([low, high]) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const all = powers.flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)));
  return all.filter((each) => each >= low * (1 - 1e-9) && each <= high * (1 + 1e-9));
}

/** Extended to the next 1, 2 or 5 times a power of ten. @param {Range} range @returns {Range} */
export function logarithmic([low, high]) {
  if (!(low > 0)) return [0.1, Math.max(high, 1)];
  const [least, most] = low < high ? [low, high] : [low / 1.2, high * 1.2];
  const below = roundBetween([least / 10, least]);
  return [/** @type {number} */ (below.at(-1)), roundBetween([most, most * 10])[0]];
}

/**
 * The range drawn last while the new one fits into it and fills a fair part of it: a playing picture must not jitter.
 * @param {Range} wanted @param {Range | undefined} last @param {boolean} [log] @returns {Range}
 */
export function steady(wanted, last, log = false) {
  if (!last) return wanted;
  const fits = wanted[0] >= last[0] && wanted[1] <= last[1];
  const span = (/** @type {Range} */ [low, high]) => (log ? Math.log(high / low) : high - low);
  return fits && span(wanted) > 0.5 * span(last) ? last : wanted;
}

/**
 * Ticks of a logarithmic axis: powers of ten where there are enough of them, else 2 and 5 times those as well.
 * @param {Range} range @param {number} count
 */
export function logTicks([low, high], count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 2) return roundBetween([low, high]);
  const every = Math.ceil((last - first + 1) / count);
  const powers = [];
  for (let power = first; power <= last; power += every) powers.push(10 ** power);
  return powers;
}

/**
 * @param {Range} range @param {boolean} log @param {number} count
 * @returns {(value: number) => string}
 */
export const tickFormatOf = ([low, high], log, count) =>
  log ? (value) => formatNumber(value, 2) : tickFormat(low, high, count);

/** Whole numbers from 0 to n - 1, thinned out to about `count`. @param {number} n @param {number} count */
export function wholeTicks(n, count) {
  const every = Math.max(1, roundStep(Math.ceil(n / count)));
  return Array.from({ length: Math.ceil(n / every) }, (_, index) => index * every);
}
