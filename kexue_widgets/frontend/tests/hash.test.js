// The address: what it says about one explorer, and how it is written.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { isUnwritten, onWritten, readHash, writeAtRest, writeHash, writeNow } from "../hash.js";

const QUIET = 250; // milliseconds
/** @type {string[]} */
let written = [];

mock.timers.enable({ apis: ["setTimeout", "Date"] });
beforeEach(() => {
  written = [];
  const location = { hash: "", pathname: "/book.html", search: "?q" };
  const replaceState = (/** @type {unknown} */ state, /** @type {string} */ title, /** @type {string} */ address) => {
    written.push(address);
    location.hash = address.includes("#") ? address.slice(address.indexOf("#")) : "";
  };
  Object.assign(globalThis, { location, history: { state: null, replaceState } });
});

test("an explorer finds its own values, decoded, and no other's", () => {
  location.hash = "#live:Mask.p=0.3&Mask-2.p=0.9&Mask.note=a%20%26%20b&Mask.points=1,2";
  assert.deepEqual([...readHash("Mask")], [["p", "0.3"], ["note", "a & b"], ["points", "1,2"]]);
  assert.deepEqual([...readHash("Mask-2")], [["p", "0.9"]]);
});

test("an anchor of the page is no value", () => {
  location.hash = "#Mask.p=0.3";
  assert.equal(readHash("Mask").size, 0);
});

test("what is written is read again, whatever it holds", () => {
  const text = "词向量 & 50% = #1+1, “?”";
  writeHash("Mask", "note", () => text);
  mock.timers.tick(QUIET);
  assert.equal(readHash("Mask").get("note"), text);
  assert.ok(written[0].startsWith("/book.html?q#live:Mask.note="));
});

test("at the end of a gesture the address is written at once, and not again later", () => {
  writeHash("Mask", "p", () => "0.3");
  writeNow();
  assert.deepEqual(written, ["/book.html?q#live:Mask.p=0.3"]);
  writeNow();
  mock.timers.tick(2 * QUIET);
  assert.equal(written.length, 1);
});

test("a run of changes is written once, when it has come to rest", () => {
  for (const p of ["0.1", "0.2", "0.3"]) {
    writeHash("Mask", "p", () => p);
    mock.timers.tick(QUIET - 1);
  }
  assert.deepEqual(written, []);
  mock.timers.tick(1);
  assert.deepEqual(written, ["/book.html?q#live:Mask.p=0.3"]);
});

test("a default takes its value out, the last one the whole hash, and others stay", () => {
  location.hash = "#live:Mask.p=0.3&Ring.seed=7";
  writeHash("Mask", "p", () => undefined);
  mock.timers.tick(QUIET);
  assert.equal(location.hash, "#live:Ring.seed=7");
  writeHash("Ring", "seed", () => undefined);
  mock.timers.tick(QUIET);
  assert.equal(written.at(-1), "/book.html?q");
});

test("an address that has been entered meanwhile is not written over", () => {
  writeHash("Mask", "p", () => "0.3");
  location.hash = "#live:Mask.p=0.9";
  mock.timers.tick(QUIET);
  assert.deepEqual([location.hash, written], ["#live:Mask.p=0.9", []]);
  writeHash("Mask", "seed", () => "7");
  mock.timers.tick(QUIET);
  assert.equal(location.hash, "#live:Mask.p=0.9&Mask.seed=7");
});

test("an anchor is left alone while everything stands at its default", () => {
  location.hash = "#section";
  writeHash("Mask", "p", () => undefined);
  mock.timers.tick(QUIET);
  assert.deepEqual(written, []);
});

test("at rest the address is written at once, but not many times a second", () => {
  mock.timers.tick(3 * QUIET);
  writeHash("Mask", "p", () => "0.3");
  writeAtRest();
  assert.equal(written.length, 1);
  writeHash("Mask", "p", () => "0.4");
  writeAtRest();
  assert.equal(written.length, 1);
  mock.timers.tick(QUIET);
  assert.deepEqual(written.slice(1), ["/book.html?q#live:Mask.p=0.4"]);
});

test("it is known of an explorer whether the address lacks something of it", () => {
  let told = 0;
  const controller = new AbortController();
  onWritten(() => (told += 1), controller.signal);
  writeHash("Mask", "p", () => "0.3");
  assert.deepEqual([isUnwritten("Mask"), isUnwritten("Mas"), isUnwritten("Ring"), told], [true, false, false, 0]);
  mock.timers.tick(QUIET);
  assert.deepEqual([isUnwritten("Mask"), told], [false, 1]);
  controller.abort();
  writeHash("Mask", "p", () => "0.4");
  writeNow();
  assert.equal(told, 1);
});
