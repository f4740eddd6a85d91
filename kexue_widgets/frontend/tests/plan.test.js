// Where a graph's nodes stand: what must hold of any drawing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { planFor } from "../marks/plan.js";

/** @typedef {[number, number]} Pair */
const node = (/** @type {string} */ name, /** @type {number} */ layer, beside = 0) => ({
  name,
  label: name,
  place: /** @type {Pair} */ ([layer, beside]),
});
/** A chain of so many nodes. @param {number} count */
const chain = (count) => {
  const nodes = Array.from({ length: count }, (_, layer) => node(`n${layer}`, layer));
  const edges = nodes.slice(1).map(({ place, name }, layer) => {
    return { from: `n${layer}`, to: name, route: [nodes[layer].place, place] };
  });
  return { nodes, edges };
};
const sizes = (/** @type {number} */ count) => Array.from({ length: count }, () => /** @type {Pair} */ ([60, 20]));

test("layers go from left to right where that fits", () => {
  const { size, corners } = planFor(chain(3), sizes(3), 400);
  assert.deepEqual(size, [3 * 60 + 2 * 26, 20]);
  assert.deepEqual(corners, [[0, 0], [86, 0], [172, 0]]);
});

test("they go from top to bottom where a row is too wide", () => {
  const { nodes, edges } = chain(4);
  const beside = node("beside", 0, 1);
  const { size, corners } = planFor({ nodes: [...nodes, beside], edges }, sizes(5), 200);
  assert.deepEqual(size, [2 * 60 + 12, 4 * 20 + 3 * 26]);
  assert.deepEqual(corners.map(([, top]) => top), [0, 46, 92, 138, 0]);
});

test("no node stands alone in the last row where the others can make room", () => {
  const { corners } = planFor(chain(4), sizes(4), 340 - 26);
  assert.deepEqual(corners.map(([, top]) => top), [0, 0, 46, 46]);
});

test("a file of single nodes goes on in a next row, like words", () => {
  const { corners } = planFor(chain(4), sizes(4), 200);
  assert.deepEqual(corners.map(([, top]) => top), [0, 0, 46, 46]);
});

test("a chain that an edge skips is no file: its layers go from top to bottom", () => {
  const { nodes, edges } = chain(4);
  const route = /** @type {Pair[]} */ ([[0, 0], [1, 1], [2, 1], [3, 0]]);
  const { corners } = planFor({ nodes, edges: [...edges, { from: "n0", to: "n3", route }] }, sizes(4), 200);
  assert.deepEqual(corners.map(([, top]) => top), [0, 46, 92, 138]);
});

test("a row is as high as what stands in it", () => {
  const { nodes, edges } = chain(5);
  const beside = [1, 2, 3].map((place) => node(`beside ${place}`, 0, place));
  const { size, corners } = planFor({ nodes: [...nodes, ...beside], edges }, sizes(8), 200);
  const first = 4 * 20 + 3 * 12;
  assert.deepEqual(corners.slice(0, 5).map(([, top]) => top), [0, first / 2 - 10, first + 26, first + 26, first + 72]);
  assert.equal(size[1], first + 2 * (26 + 20));
});

test("they go on in a next row where a column would be too tall", () => {
  const { size, corners } = planFor(chain(20), sizes(20), 500);
  assert.ok(size[0] <= 500 && size[1] <= 640, String(size));
  assert.ok(new Set(corners.map(([, top]) => top)).size > 1);
});

test("nodes of one layer stand side by side in the order of their places, without touching", () => {
  const nodes = [node("in", 0), node("low", 1, 1), node("high", 1, -1)];
  const edges = nodes.slice(1).map(({ name, place }) => ({ from: "in", to: name, route: [nodes[0].place, place] }));
  const [, low, high] = planFor({ nodes, edges }, sizes(3), 400).corners;
  assert.equal(low[0], high[0]);
  assert.ok(low[1] >= high[1] + 20);
});

test("an edge runs from the right of one node to the left of the other, and ends in an arrowhead", () => {
  const [line] = planFor(chain(2), sizes(2), 400).lines;
  assert.match(line, /^M60\.0 10\.0C.* 84\.0 10\.0M78\.0 6\.0L84\.0 10\.0L78\.0 14\.0$/);
});

test("where there is room layers whose lines may cross stand further apart", () => {
  const nodes = [node("in", 0), node("low", 1, 1), node("high", 1, -1)];
  const edges = nodes.slice(1).map(({ name, place }) => ({ from: "in", to: name, route: [nodes[0].place, place] }));
  assert.equal(planFor({ nodes, edges }, sizes(3), 156).size[0], 156);
  assert.equal(planFor({ nodes, edges }, sizes(3), 900).size[0], 60 + 64 + 60);
});
