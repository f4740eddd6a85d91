// Numbers as a reader wants to see them, and back.

const MINUS = "\u2212";

/**
 * At most `digits` significant digits, without trailing zeros; powers of ten for the very large and very small.
 * @param {number} value @param {number} [digits]
 */
export function formatNumber(value, digits = 4) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return scientific(value, digits);
  return spaced(Number(value.toPrecision(digits)).toString().replace("-", MINUS));
}

const THIN = "\u202f"; // not mistaken for a decimal point anywhere

/** From five digits before the point on, in groups of three. @param {string} digits */
const spaced = (digits) => (/^\D?\d{5}/.test(digits) ? digits.replace(/(?<!\.\d*)\B(?=(\d{3})+(?!\d))/g, THIN) : digits);

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} value @param {number} digits */
function scientific(value, digits) {
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const raised = [...String(Math.abs(Number(power)))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  const tens = `10${Number(power) < 0 ? "⁻" : ""}${raised}`;
  const factor = Number(mantissa);
  if (factor === 1) return tens;
  return `${String(factor).replace("-", MINUS)}×${tens}`;
}

/**
 * A number that a person typed; NaN when it is none.
 * @param {string} typed
 */
export function parseNumber(typed) {
  const plain = typed.trim().replaceAll(THIN, "").replace(MINUS, "-").replace(",", ".");
  return plain === "" ? NaN : Number(plain);
}

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Formats all ticks of one axis alike, so that they line up.
 * @param {number} low @param {number} high @param {number} count Roughly how many ticks there are.
 */
export function tickFormat(low, high, count) {
  const span = high - low || 1;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest >= 1e6 || span < 1e-4) return (/** @type {number} */ value) => formatNumber(value, 3);
  // Ticks are 1, 2 or 5 times a power of ten apart, which Plot rounds up from where it is nearer, in proportion.
  const digits = clamp(-Math.floor(Math.log10((Math.SQRT2 * span) / count) + 1e-9), 0, 8);
  return (/** @type {number} */ value) => spaced(value.toFixed(digits).replace(/^-(?=.*[1-9])/, MINUS).replace(/^-/, ""));
}
