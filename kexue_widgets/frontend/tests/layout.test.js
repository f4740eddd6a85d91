// Views in columns. Expected columns and spans by hand: views want 290 pixels, small matrices 130, with 20 between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gridOf, standsBeside } from "../layout.js";

const view = { compact: false };
const matrix = { compact: true };
const wide = { compact: false, wide: true };

test("rows are filled evenly: four views on room for three stand two by two", () => {
  assert.deepEqual(gridOf([view, view, view, view], 950), { columns: 2, spans: [1, 1, 1, 1] });
});

test("what the last row leaves empty goes to its last view", () => {
  assert.deepEqual(gridOf([view, view, view], 700), { columns: 2, spans: [1, 1, 2] });
});

test("a column that does not fit with its gap is none", () => {
  assert.equal(gridOf([view, view], 600).columns, 2);
  assert.equal(gridOf([view, view], 599).columns, 1);
});

test("small matrices stand two in a row on a phone", () => {
  assert.deepEqual(gridOf([matrix, matrix], 320), { columns: 2, spans: [1, 1] });
});

test("a small matrix stands beside the curve that it explains where there is room", () => {
  assert.deepEqual(gridOf([matrix, view], 700), { columns: 2, spans: [1, 1] });
  assert.deepEqual(gridOf([matrix, view], 600), { columns: 1, spans: [1, 1] });
});

test("a wide view takes a row of its own", () => {
  const { columns, spans } = gridOf([view, wide, view], 700);
  assert.deepEqual([columns, spans], [2, [1, 2, 2]]);
});

test("a row that leaves the room beside many controls empty becomes a column", () => {
  // 350 pixels across each: 1.6 times 60 and 0.64 of that are 454.
  assert.equal(gridOf([view, view], 720, 450).columns, 2);
  assert.equal(gridOf([view, view], 720, 460).columns, 1);
  assert.equal(gridOf([view, view, view], 720, 900).columns, 2); // there are two rows already
  assert.equal(gridOf([matrix, view], 720, 900).columns, 2);
});

test("controls stand beside the views where they would take more than a row below", () => {
  assert.equal(standsBeside(3, 935), false); // three columns of 230 pixels, with 28 between
  assert.equal(standsBeside(4, 935), true);
  assert.equal(standsBeside(3, 700), true);
  assert.equal(standsBeside(9, 639), false);
});
