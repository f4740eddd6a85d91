// Stored frames, and what is shown between them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameAt } from "../film.js";

const film = {
  seconds: 2,
  steps: [0, 20, 40],
  arrays: [
    { name: "x", low: 0, high: 255 },
    { name: "y", low: -1, high: 1 },
  ],
  data: "",
};
// Three frames of two numbers each, for one array and then for the other.
const bytes = Uint8Array.of(0, 10, 20, 30, 40, 50, 0, 255, 255, 0, 0, 255);
const last = {
  steps: 40,
  arrays: {
    x: { shape: [2], data: Float32Array.of(40, 50) },
    y: { shape: [2], data: Float32Array.of(-1, 1) },
    still: { shape: [1], data: Float32Array.of(7) },
  },
};

test("stored frames come at their moments, and a mixture of two between them", () => {
  /** @param {number} moment */
  const shown = (moment) => {
    const { steps, arrays } = frameAt(film, bytes, last, moment);
    return [steps, [...arrays.x.data], [...arrays.y.data], [...arrays.still.data]];
  };
  assert.deepEqual(shown(0), [0, [0, 10], [-1, 1], [7]]);
  assert.deepEqual(shown(0.5), [20, [20, 30], [1, -1], [7]]);
  assert.deepEqual(shown(0.25), [10, [10, 20], [0, 0], [7]]);
  assert.deepEqual(shown(1), [40, [40, 50], [-1, 1], [7]]);
  assert.deepEqual(shown(3), shown(1));
});
