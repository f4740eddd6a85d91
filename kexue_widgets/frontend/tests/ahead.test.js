// When the engine may be fetched before it is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isGood, onWeb } from "../ahead.js";

test("a line is good unless the browser says that it is slow, or that data are to be saved", () => {
  assert.equal(isGood(undefined), true); // Firefox and Safari say nothing
  assert.equal(isGood({ saveData: false, effectiveType: "4g" }), true);
  assert.equal(isGood({ saveData: true, effectiveType: "4g" }), false);
  for (const effectiveType of ["slow-2g", "2g", "3g"]) assert.equal(isGood({ effectiveType }), false);
});

test("a page opened by double-click is not on the web", () => {
  assert.deepEqual(["https://a.org/", "http://127.0.0.1:80/", "file:///book/", "blob:null/1"].map(onWeb), [true, true, false, false]);
});
