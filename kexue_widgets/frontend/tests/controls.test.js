// Each kind of control: a value as its graphs see it (compared with the docstrings of live/controls), and from an address.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { kindOf } from "../controls/index.js";
import { formsOf, segment } from "../controls/query.js";
import { editDistance, fold, nearest } from "../controls/search.js";
import { seedOf } from "../controls/seed.js";

/** @typedef {import("../types").Control} Control */
/** @param {any} control @param {unknown} value */
const numbers = (control, value) => kindOf(control).numbers?.(control, value);
/** @param {any} control @param {string} text */
const fromText = (control, text) => kindOf(control).fromText?.(control, text);

const slider = { kind: "slider", min: -1, max: 2 };
const toggle = { kind: "toggle" };
const options = [{ label: "one", value: 1 }, { label: "pair", value: [2, 3] }, { label: "zero", value: 0 }, { label: "graph", value: null }];
const choice = { kind: "choice", options };
const points = { kind: "points", capacity: 3, fallback: [[9, 8], [7, 6]], x_range: [0, 10], y_range: [-5, 5] };
const query = { kind: "query", terms: ["drop drops", "向量"], capacity: 4 };

test("sliders and toggles are scalars", () => {
  assert.deepEqual(numbers(slider, 0.25), { data: [0.25], shape: [] });
  assert.deepEqual([true, false].map((value) => numbers(toggle, value)), [{ data: [1], shape: [] }, { data: [0], shape: [] }]);
});

test("a choice is the number or numbers of its option, and nothing where it picks the graph", () => {
  const seen = ["one", "pair", "zero", "graph"].map((label) => numbers(choice, label));
  assert.deepEqual(seen, [{ data: [1], shape: [] }, { data: [2, 3], shape: [2] }, { data: [0], shape: [] }, undefined]);
});

test("points are repeated to the capacity, the fallback where none are drawn", () => {
  assert.deepEqual(numbers(points, [[1, 2], [3, 4]]), { data: [1, 2, 3, 4, 1, 2], shape: [3, 2] });
  assert.deepEqual(numbers(points, []), { data: [9, 8, 7, 6, 9, 8], shape: [3, 2] });
});

test("a question is the numbers of its terms, filled with -1 and cut at the capacity", async () => {
  assert.deepEqual(await numbers(query, "drops 向量"), { data: [0, 1, -1, -1], shape: [4] });
  assert.deepEqual(await numbers(query, "drop ".repeat(9)), { data: [0, 0, 0, 0], shape: [4] });
});

test("or the rows of its terms, zeros where there are none, and the sum of all rows", async () => {
  const packed = gzipSync(new Uint8Array(Float32Array.of(1, 2, 3, 4, 0, 0, 4, 6).buffer)).toString("base64");
  const asked = await numbers({ ...query, terms: ["drop drops", "向量"], capacity: 3, packed }, "向量 drops");
  assert.deepEqual(asked, { data: [3, 4, 1, 2, 0, 0, 4, 6], shape: [4, 2] });
});

test("an address carries a network of at most 2000 letters that can be read, and no other", () => {
  const longest = "A -> B @ 1 # ".padEnd(2000, "x");
  assert.equal(fromText({ kind: "reactions" }, longest), longest);
  for (const text of [`${longest}x`, "A -> B"]) assert.equal(fromText({ kind: "reactions" }, text), undefined);
});

test("what cannot be read of a network is told by its line", () => {
  const read = (/** @type {string} */ text) => () => numbers({ kind: "reactions" }, text);
  for (const text of ["A -> B", "A @ 1", "A <- B @ 1"]) assert.throws(read(`A = 1\n${text}`), /Line 2: a reaction reads .* is neither/, text);
  assert.throws(read("\nB = 3\nA -> B @ 1, 2"), /Line 3: “->” goes one way/);
});

test("no photo is a black one", async () => {
  const { data, shape } = /** @type {any} */ (await numbers({ kind: "photo", size: 2 }, ""));
  assert.deepEqual([[...data], shape], [Array(12).fill(0), [2, 2, 3]]);
});

test("the page finds the terms that Python finds", () => {
  // Written by hand; tests/test_text.py answers the same cases.
  const { terms, cases } = JSON.parse(readFileSync(new URL("../../../tests/segmentation.json", import.meta.url), "utf8"));
  for (const { text, found } of cases) assert.deepEqual(segment(text, formsOf(terms)), found, text);
});

test("an address gives a slider what lies between its bounds", () => {
  const given = ["-1", "2", "0.5", "2.1", "-1.1", "", " ", "x", "NaN"].map((text) => fromText(slider, text));
  assert.deepEqual(given, [-1, 2, 0.5, ...Array(6).fill(undefined)]);
});

test("an address gives a toggle true or false, a choice one of its labels, a question any that is short enough", () => {
  assert.deepEqual(["true", "false", "1", ""].map((text) => fromText(toggle, text)), [true, false, undefined, undefined]);
  assert.deepEqual(["pair", "Pair"].map((text) => fromText(choice, text)), ["pair", undefined]);
  assert.deepEqual(["a".repeat(1000), "a".repeat(1001)].map((text) => fromText(query, text)), ["a".repeat(1000), undefined]);
});

test("an address gives points inside the axes, no more than there is room for", () => {
  assert.deepEqual(fromText(points, "1,2,0,-5"), [[1, 2], [0, -5]]);
  assert.deepEqual(fromText(points, ""), []);
  const refused = ["1", "1,2,3", "11,0", "0,6", "-1,0", "1,", "a,b", "1,1,2,2,3,3,4,4"];
  assert.deepEqual(refused.filter((text) => fromText(points, text)), []);
});

test("an address gives a seed a whole number below 2 to the 32", () => {
  const seed = seedOf(/** @type {any} */ ({ seed: 7 }));
  assert.equal(seed.value, 7);
  const given = ["0", "4294967295", "4294967296", "-1", "1.5", ""].map((text) => fromText(seed, text));
  assert.deepEqual(given, [0, 4294967295, ...Array(4).fill(undefined)]);
});

test("a photo never travels in an address", () => {
  assert.equal(kindOf(/** @type {any} */ ({ kind: "photo" })).fromText, undefined);
});

test("words that differ little are found, the nearest first", () => {
  // Distances of Levenshtein's and of Wagner and Fischer's papers.
  assert.equal(editDistance([..."kitten"], [..."sitting"], 9), 3);
  assert.equal(editDistance([..."saturday"], [..."sunday"], 9), 3);
  assert.equal(editDistance([], [..."abc"], 9), 3);
  assert.deepEqual(nearest(["paris", "pairs", "berlin", "parisian"], fold(" ＰARIS ")), [0, 3, 1]);
});
