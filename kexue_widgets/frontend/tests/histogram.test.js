// Bins: those of numpy. Expected values: numpy.histogram of numpy 2 with 4 bins from 0 to 1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { binned } from "../marks/histogram.js";

const values = Float32Array.of(-1, -0.5, 0, 0.1, 0.25, 0.5, 0.5, 0.75, 1, 1.5);
const weights = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

/** @param {number[]} actual @param {number[]} expected */
const close = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-7, `${actual} is not ${expected}`));
};

test("values are counted as numpy counts them: the last bin with its right edge, none outside", () => {
  close(binned(values, undefined, 0, 0.25, 4, false), [2, 1, 2, 2]);
  close(binned(values, weights, 0, 0.25, 4, false), [7, 5, 13, 17]);
});

test("a density has an area of one", () => {
  close(binned(values, undefined, 0, 0.25, 4, true), [1.14285714, 0.57142857, 1.14285714, 1.14285714]);
  close(binned(values, weights, 0, 0.25, 4, true), [0.66666667, 0.47619048, 1.23809524, 1.61904762]);
});
