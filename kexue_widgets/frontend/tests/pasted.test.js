// Points as people have them: in a spreadsheet, a CSV file, a line of a paper.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsIn } from "../controls/pasted.js";

const room = { x_range: /** @type {[number, number]} */ ([-10, 10]), y_range: /** @type {[number, number]} */ ([0, 5]), capacity: 3 };
/** @param {string} text */
const read = (text) => pointsIn(text, room).points;
const two = [[1.2, 3.4], [-5, 0]];

test("rows are parted by commas, semicolons, tabs or spaces, with any end of line", () => {
  for (const text of ["1.2,3.4\n-5,0", "1.2; 3.4\r\n-5; 0\r\n", "1.2\t3.4\r-5\t0", "  1.2   3.4\n\n-5 0\n", '"1.2","3.4"\n"-5","0"', "\ufeff1.2, 3.4\n\u22125, 0e3"]) {
    assert.deepEqual(read(text), two, JSON.stringify(text));
  }
});

test("a head of words is no row, full-width signs are signs, and a decimal comma is one between semicolons", () => {
  assert.deepEqual(read("x,y\n1.2,3.4\n-5,0"), two);
  assert.deepEqual(read("长度，宽度\n１．２，３．４\n－５，０"), two);
  assert.deepEqual(read("x;y\n1,2;3,4\n-5;0"), two);
});

test("what is no point is told by its row", () => {
  assert.throws(() => read("x,y\n1,2\n3"), /Row 3: two numbers.*; “3” is none/);
  assert.throws(() => read("1,2\nx,y"), /Row 2: two numbers/);
  assert.throws(() => read("a,b\nc,d\n1,2"), /Row 2: two numbers/);
  for (const first of ["NaN,NaN", "inf;-Infinity", "2024-01-01,2024-01-02", "1.234,5;6.789,0"]) {
    assert.throws(() => read(`${first}\n1,2`), /Row 1: two numbers/, first); // no head to be passed over
  }
  assert.throws(() => read("1,2,3"), /Row 1: two numbers/);
  assert.throws(() => read("1,NaN"), /Row 1: two numbers/);
  assert.throws(() => read("1,2\n\n11,2"), /Row 3: x must lie between −10 and 10; it is 11/);
  assert.throws(() => read("1,-2"), /Row 1: y must lie between 0 and 5; it is −2/);
  assert.throws(() => read(" \nx,y\n"), /no numbers/);
});

test("as many are taken as there is room for, and the rest is counted", () => {
  assert.deepEqual(pointsIn("1,1\n2,2\n3,3\n4,4\n5,5", room), { points: [[1, 1], [2, 2], [3, 3]], left: 2 });
});
