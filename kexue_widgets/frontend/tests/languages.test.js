// Which edition a reader wants, and what is left where nothing can be stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, remember, remembered } from "../languages.js";

test("the first language that a reader reads and the book has wins", () => {
  const editions = ["en", "zh-CN"];
  assert.equal(choose(editions, ["zh-TW", "en"]), "zh-CN");
  assert.equal(choose(editions, ["de-AT", "zh-Hans-CN", "en"]), "zh-CN");
  assert.equal(choose(editions, ["en-GB", "zh"]), "en");
  assert.equal(choose(editions, ["ZH"]), "zh-CN");
  assert.equal(choose(editions, ["fr"]), "en");
  assert.equal(choose(editions, []), "en");
});

test("a browser that stores nothing is no error", () => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new Error("SecurityError");
    },
  });
  remember("en");
  assert.deepEqual(remembered(), { works: false, language: null });
});
