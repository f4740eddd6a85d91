// Numbers as text and back. Expected values by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp, formatNumber, parseNumber, tickFormat } from "../numbers.js";

test("numbers keep four significant digits, and a true minus", () => {
  const shown = [0, 0.1 + 0.2, -2.5, 1234.56, 1e-4, 999_999.4].map((value) => formatNumber(value));
  assert.deepEqual(shown, ["0", "0.3", "−2.5", "1235", "0.0001", "1\u202f000\u202f000"]);
});

test("very large and very small numbers are powers of ten", () => {
  const shown = [1e6, -2.5e7, 1e-5, 3.2e-12, 1e123].map((value) => formatNumber(value));
  assert.deepEqual(shown, ["10⁶", "−2.5×10⁷", "10⁻⁵", "3.2×10⁻¹²", "10¹²³"]);
});

test("from five digits before the point on there is a thin space between thousands", () => {
  const shown = [1234, -12_345, 123_456, 12_345.678].map((value) => formatNumber(value, 8));
  assert.deepEqual(shown, ["1234", "−12\u202f345", "123\u202f456", "12\u202f345.678"]);
  assert.deepEqual([0, 5000, 15_000].map(tickFormat(0, 20_000, 5)), ["0", "5000", "15\u202f000"]);
});

test("what cannot be a number is not made one", () => {
  assert.deepEqual([NaN, Infinity].map((value) => formatNumber(value)), ["NaN", "Infinity"]);
  for (const typed of ["", "  ", "a", "1 2", "1e"]) assert.ok(Number.isNaN(parseNumber(typed)), typed);
});

test("typed numbers may have a comma, a true minus and spaces around", () => {
  assert.deepEqual([" 0,5", "−3", "-3e2 ", "007"].map(parseNumber), [0.5, -3, -300, 7]);
});

test("what is shown can be typed again", () => {
  for (const value of [0, -0.25, 12.5, 9_999, -34_200]) assert.equal(parseNumber(formatNumber(value)), value);
});

test("a number is held between its bounds", () => {
  assert.deepEqual([-1, 0.5, 2].map((value) => clamp(value, 0, 1)), [0, 0.5, 1]);
});

test("ticks of one axis have as many digits as tell them apart, and zero has no sign", () => {
  assert.deepEqual([-0.5, 0, 0.25].map(tickFormat(-0.5, 0.5, 5)), ["−0.5", "0.0", "0.3"]);
  assert.deepEqual([0, 50, 100].map(tickFormat(0, 100, 5)), ["0", "50", "100"]);
  assert.deepEqual([0, 1, 4].map(tickFormat(0, 4, 5)), ["0", "1", "4"]); // 0.8 apart, were they not round
  assert.equal(tickFormat(-0.04, 0.04, 2)(-0.001), "0.00");
  assert.equal(tickFormat(0, 2e6, 4)(1.5e6), "1.5×10⁶");
});
