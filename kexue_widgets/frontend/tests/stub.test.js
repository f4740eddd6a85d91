// A page's values, and who hears of their changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PageModel } from "../stub.js";

test("a change is told once to those who listen, and what is no change to nobody", () => {
  const model = new PageModel({ p: 0.5, q: 1 });
  /** @type {number[]} */
  const heard = [];
  const listen = () => heard.push(model.get("p"));
  model.on("change:p", listen);
  model.on("change:p", listen);
  model.set("p", 0.5);
  model.set("q", 2);
  model.set("p", 0.6);
  model.off("change:p", listen);
  model.set("p", 0.7);
  assert.deepEqual([heard, model.get("p"), model.get("q")], [[0.6], 0.7, 2]);
});
