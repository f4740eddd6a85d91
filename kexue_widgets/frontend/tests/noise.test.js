// Random numbers: those of numpy. Expected values: the low 24 bits of RandomState([seed, stream]) of numpy 2.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Stream, generator, uniformNumbers } from "../noise.js";

/** @param {number} seed @param {number} stream @param {number} count */
const bits = (seed, stream, count) => Array.from(uniformNumbers(generator(seed, stream), count), (each) => each * 2 ** 24);

test("each stream of a seed has the numbers that numpy draws", () => {
  assert.deepEqual(bits(5, Stream.frame, 6), [1175792, 6311266, 12969456, 6198306, 13087866, 7978652]);
  assert.deepEqual(bits(5, Stream.start, 6), [4391123, 4814507, 5311285, 13774442, 12419037, 14147685]);
  assert.deepEqual(bits(5, Stream.step, 6), [14384543, 1237566, 2584336, 10155189, 6653947, 11009360]);
  assert.deepEqual(bits(2 ** 32 - 1, Stream.start, 3), [6626482, 13023988, 13850581]);
});

test("they go on alike when the generator's 624 words are used up", () => {
  assert.deepEqual(bits(5, Stream.step, 700).slice(695), [8649980, 13029852, 9732477, 14602654, 2367646]);
});

test("numbers do not depend on how many are drawn at once", () => {
  const [whole, parts] = [generator(7, Stream.step), generator(7, Stream.step)];
  assert.deepEqual([...uniformNumbers(whole, 10)], [...uniformNumbers(parts, 3), ...uniformNumbers(parts, 7)]);
});
