// Arrays as CSV and settings as Python, written by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf, rowsOf } from "../outcome.js";
import { csvOf, drawnBy, pythonOf, settingsOf, shortest } from "../written.js";

const array = (/** @type {number[]} */ shape, /** @type {number[]} */ ...data) => ({ shape, data: Float32Array.from(data) });

test("a number is written as short as it can be read again as float32", () => {
  for (const [value, text] of [[0.1, "0.1"], [1 / 3, "0.333333343"], [16777216, "16777216"], [1e-30, "1e-30"], [-0.5, "-0.5"]]) {
    const written = shortest(Math.fround(Number(value)));
    assert.equal(Math.fround(Number(written)), Math.fround(Number(value)));
    assert.ok(written.length <= String(text).length, written);
  }
});

const viewOf = (/** @type {any[]} */ ...marks) => /** @type {any} */ ({ marks });

test("numbers that stand for words are written as these", () => {
  const ranking = { kind: "ranking", index: "found", score: "score", names: ["a", 'two, or "2"', "c"] };
  const arrays = { found: array([2], 2, 1), score: array([2], 0.5, 0.25) };
  assert.equal(csvOf(viewOf(ranking), arrays), 'found,score\nc,0.5\n"two, or ""2""",0.25\n');
});

test("a table is written as it stands, with its headings", () => {
  const table = { kind: "table", values: "summary", rows: ["mean", "spread"], columns: ["theory", "measured"] };
  assert.equal(csvOf(viewOf(table), { summary: array([2, 2], 1, 2, 3, 4) }), ",theory,measured\nmean,1,2\nspread,3,4\n");
});

test("arrays stand side by side, those with several rows under the number of each", () => {
  const arrays = { x: array([3], 1, 2, 3), y: array([2, 3], 1, 2, 3, 4, 5, 6), one: array([], 7), stack: array([2, 1, 2], 1, 2, 3, 4) };
  assert.equal(csvOf(viewOf({ x: "x", y: "y" }), arrays), "x,y[0],y[1]\n1,1,4\n2,2,5\n3,3,6\n");
  assert.equal(csvOf(viewOf({ x: "one", y: "stack" }), arrays), "one,stack[0 0],stack[1 0]\n7,1,3\n,2,4\n");
});

test("a view's arrays are those that its marks name", () => {
  const marks = [{ kind: "lines", x: "x", y: "y", label: "one" }, { kind: "dots", x: "x", y: "z", color: "red" }];
  const arrays = { x: array([1], 0), y: array([1], 0), z: array([1], 0), other: array([1], 0) };
  assert.deepEqual(drawnBy(/** @type {any} */ ({ marks }), arrays), ["x", "y", "z"]);
});

const manifest = /** @type {any} */ ({
  name: "Ring",
  random: true,
  controls: [{ name: "p", value: 0.5 }, { name: "on", value: true }, { name: "rule", value: "a" }, { name: "points", value: [[1, 2]] }],
});

test("Python gets what differs from the defaults, as it writes it itself", () => {
  const values = { p: 0.35, on: false, rule: 'say "b"', points: [[1, 2]] };
  assert.equal(pythonOf(manifest, /** @type {any} */ (values), 3), 'Ring(p=0.35, on=False, rule="say \\"b\\"", seed=3)');
});

test("Python gets what the explorer was made with, if its class has another default", () => {
  const made = { ...manifest, controls: [{ name: "on", value: true, default: false }, { name: "p", value: 0.2, default: 0.5 }] };
  assert.equal(pythonOf(made, { on: true, p: 0.5 }, 0), "Ring(on=True, seed=0)");
});

test("a picture says all its settings, but for those that would fill lines", () => {
  const values = { p: 0.5, on: true, rule: "x".repeat(61), points: [[1, 2]] };
  assert.equal(settingsOf(manifest, /** @type {any} */ (values), 3), "Ring(p=0.5, on=True, points=[[1,2]], seed=3)");
});

test("Python gets the steps, and what was changed between them", () => {
  const values = { p: 0.5, on: true, rule: "a", points: [] };
  const segments = [{ steps: 400, values: { p: 0.2 } }, { steps: 3, values: { p: 0.5 } }];
  const lines = ["explorer = Ring(points=[], seed=0)", "explorer.reset()", "explorer.p = 0.2", "explorer.advance(400)", "explorer.p = 0.5", "explorer.advance(3)"];
  assert.equal(pythonOf(manifest, /** @type {any} */ (values), 0, segments), lines.join("\n"));
});

test("what is heard are the last point of each curve and the cells of tables", () => {
  const curves = /** @type {any} */ ({ title: "errors", y: "error", marks: [{ kind: "lines", x: "t", y: "e", label: "test" }, { kind: "lines", x: "t", y: "k" }] });
  const table = /** @type {any} */ ({ title: "sums", marks: [{ kind: "table", values: "s", rows: ["a", "b"], columns: ["one", "two"], digits: 3 }] });
  const arrays = { t: array([2], 0, 1), e: array([2], 9, 0.25), k: array([2, 2], 0, 1, 0, 3), s: array([2, 2], 1, 2, 3, 4) };
  assert.deepEqual(rowsOf(curves, arrays), [["test", "0.25"], ["error", "1 to 3"]]);
  assert.equal(outcomeOf([curves], arrays), "errors: test 0.25; error 1 to 3.");
  assert.equal(outcomeOf([curves, table], arrays), "sums: a, one 1; a, two 2; b, one 3; b, two 4.");
});

test("what has no name at all is heard as values", () => {
  const field = /** @type {any} */ ({ title: "", y: "", marks: [{ kind: "heatmap", values: "z" }] });
  assert.deepEqual(rowsOf(field, { z: array([2], 1, 3) }), [["values", "1 to 3"]]);
});
