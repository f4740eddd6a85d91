// Sub- and superscripts in labels; tests/test_views.py answers the same cases for matplotlib.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { partsOf } from "../notation.js";

test("one letter may have something below or above it, and nothing else may", () => {
  const cases = JSON.parse(readFileSync(new URL("../../../tests/notation.json", import.meta.url), "utf8"));
  for (const { label, parts } of cases) {
    assert.deepEqual(partsOf(label).map(({ text, place }) => [text, place]), parts, label);
  }
});
