// Ranges of axes. Expected values by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logTicks, logarithmic, padded, rounded, steady, union, wholeTicks } from "../ranges.js";

/** @param {number[]} actual @param {number[]} expected */
const close = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-9, `${actual} is not ${expected}`));
};

test("a union spans all ranges that hold something", () => {
  assert.deepEqual(union([[0, 1], undefined, [-3, 0.5], [Infinity, -Infinity]]), [-3, 1]);
  assert.deepEqual(union([undefined]), [0, 1]);
});

test("a rounded range ends at multiples of 1, 2 or 5 times a power of ten, and holds what it rounds", () => {
  close(rounded([0.03, 0.97]), [0, 1]);
  close(rounded([-7, 12]), [-10, 15]);
  close(rounded([0, 100]), [0, 100]);
  close(rounded([3, 3]), [2.6, 3.4]);
});

test("a single value gets room on both sides", () => {
  close(padded([0, 10], 0.04), [-0.4, 10.4]);
  close(padded([5, 5], 0), [4.5, 5.5]);
  close(padded([0, 0], 0), [-1, 1]);
});

test("a logarithmic range ends at 1, 2 or 5 times a power of ten, no further from the data than that", () => {
  close(logarithmic([0.03, 30]), [0.02, 50]);
  close(logarithmic([1, 1000]), [1, 1000]);
  close(logarithmic([2.1, 7]), [2, 10]);
  close(logarithmic([3, 3]), [2, 5]);
  close(logarithmic([0, 5]), [0.1, 5]);
});

test("a playing picture keeps its range while the data fill half of it", () => {
  assert.deepEqual(steady([1, 9], undefined), [1, 9]);
  assert.deepEqual(steady([1, 9], [0, 10]), [0, 10]);
  assert.deepEqual(steady([1, 11], [0, 10]), [1, 11]);
  assert.deepEqual(steady([-1, 9], [0, 10]), [-1, 9]);
  assert.deepEqual(steady([4, 8], [0, 10]), [4, 8]);
  assert.deepEqual(steady([1, 20], [1, 100], true), [1, 100]); // more than half of its length on paper
});

test("logarithmic ticks are powers of ten, thinned out", () => {
  close(logTicks([1, 1000], 5), [1, 10, 100, 1000]);
  close(logTicks([1e-6, 1e6], 5), [1e-6, 1e-3, 1, 1e3, 1e6]);
  close(logTicks([2, 50], 5), [2, 5, 10, 20, 50]); // one power of ten alone would tell nothing
});

test("whole ticks begin at 0 and stay below the number of things", () => {
  assert.deepEqual(wholeTicks(5, 8), [0, 1, 2, 3, 4]);
  assert.deepEqual(wholeTicks(23, 5), [0, 5, 10, 15, 20]);
  assert.deepEqual(wholeTicks(100, 4), [0, 50]);
});
