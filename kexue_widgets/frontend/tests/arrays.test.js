// Arrays: unpacked to the last bit, and refused in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { alike, bytesOf, drawable, extent, gapped, unpackFrame, unpacked } from "../arrays.js";

/** @param {number[]} data @param {number[]} [shape] */
const array = (data, shape = [data.length]) => ({ shape, data: Float32Array.from(data) });

test("a packed frame holds the floats that were packed, whichever way the browser reads base64", () => {
  const data = Buffer.from(Float32Array.of(1.5, -0, 2 ** -149).buffer).toString("base64");
  const frame = unpackFrame({ steps: 3, arrays: [{ name: "a", shape: [3], data }] });
  assert.equal(frame.steps, 3);
  assert.deepEqual(frame.arrays.a, { shape: [3], data: Float32Array.of(1.5, -0, 2 ** -149) });
  assert.deepEqual([...bytesOf("AP+A")], [0, 255, 128]);
});

test("what was packed with gzip comes out as it was", async () => {
  const packed = gzipSync("graph").toString("base64");
  assert.equal(Buffer.from(await unpacked(packed)).toString(), "graph");
});

test("an array is refused in words that name it and what is wrong", () => {
  const arrays = { flat: array([1, 2]), holed: array([1, NaN]), short: array([1, 2, 3], [2, 2]), endless: array([-Infinity]) };
  assert.equal(drawable(arrays, "flat", 1), arrays.flat);
  assert.throws(() => drawable(arrays, "missing", 1), /no array “missing”/);
  assert.throws(() => drawable(arrays, "flat", 2, 3), /“flat” must have 2 \/ 3 axes, but its shape is \(2\)/);
  assert.throws(() => drawable(arrays, "holed", 1), /“holed” holds NaN at position 1/);
  assert.throws(() => drawable(arrays, "endless", 1), /“endless” holds -Infinity at position 0/);
  assert.throws(() => drawable(arrays, "short", 2), /“short” holds 3 numbers, but its shape is \(2, 2\)/);
});

test("where a curve is not finite it has a gap, unless it is nothing but gaps", () => {
  const arrays = { pole: array([1, Infinity, -Infinity, NaN, 2]), whole: array([1, 2]), empty: array([]), lost: array([NaN, Infinity]) };
  assert.deepEqual([...gapped(arrays, "pole", 1).data], [1, NaN, NaN, NaN, 2]);
  assert.deepEqual(arrays.pole.data[1], Infinity);
  assert.equal(gapped(arrays, "whole", 1), arrays.whole);
  assert.equal(gapped(arrays, "empty", 1), arrays.empty);
  assert.throws(() => gapped(arrays, "lost", 1), /“lost” holds NaN at position 0/);
  assert.throws(() => gapped(arrays, "whole", 2), /“whole” must have 2 axes/);
});

test("arrays that belong together are as long as the first", () => {
  const arrays = { x: array([1, 2]), y: array([3, 4]), z: array([5]) };
  assert.deepEqual(alike(arrays, "x", "y"), [arrays.x.data, arrays.y.data]);
  assert.throws(() => alike(arrays, "x", "y", "z"), /“z” has length 1, but “x” has length 2/);
});

test("the extent of no numbers is empty, and joins nothing", () => {
  assert.deepEqual(extent([3, -1, 2]), [-1, 3]);
  assert.deepEqual(extent([]), [Infinity, -Infinity]);
});
