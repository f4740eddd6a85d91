// Words and arrays whose names an object of JavaScript knows by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawable, unpackFrame } from "../arrays.js";
import { listed, say, valued } from "../words.js";

const INHERITED = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__", "__defineGetter__"];

test("a label may have the name of what every object has", () => {
  for (const label of INHERITED) {
    assert.equal(say(label), label);
    assert.equal(say("a {constructor} {toString} b"), "a {constructor} {toString} b");
    assert.equal(say("{label}!", { label }), `${label}!`);
  }
});

test("a list and a value have the marks of the page's language", async () => {
  const texts = { "{one}, {other}": "{one}，{other}", "{name}: {value}": "{name}：{value}" };
  /** @type {any} */ (globalThis).document = { getElementById: () => ({ textContent: JSON.stringify({ texts }) }) };
  const chinese = await import(`../words.js?${"zh"}`);
  delete (/** @type {any} */ (globalThis).document);
  assert.equal(chinese.listed([chinese.valued("a₂", "关"), "第 3 步", "{one}"]), "a₂：关，第 3 步，{one}");
  assert.equal(listed([valued("a₂", "off"), "step 3"]), "a₂: off, step 3");
  assert.equal(listed([]), "");
});

test("an array may have such a name, and is missing if there is none", () => {
  for (const name of INHERITED) {
    const packed = { name, shape: [1], data: Buffer.from(new Float32Array([7]).buffer).toString("base64") };
    const { arrays } = unpackFrame({ steps: 0, arrays: [packed] });
    assert.deepEqual([...drawable(arrays, name, 1).data], [7]);
    assert.throws(() => drawable(unpackFrame({ steps: 0, arrays: [] }).arrays, name, 1), /returned no array/);
    assert.throws(() => drawable({}, name, 1), /returned no array/);
  }
});
