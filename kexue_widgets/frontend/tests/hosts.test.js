// Where the model of an explorer in a notebook runs, and what is saved of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unpackFrame } from "../arrays.js";
import { HostEngine, keepFrame } from "../hosts.js";

/** @param {string} name */
const engineCalled = (name) => {
  const answer = async () => /** @type {any} */ ({ from: name });
  return { prepare: async () => {}, frame: answer, advance: answer, reset: answer };
};

/** @param {{live?: boolean, embedded?: boolean, fails?: Error}} [given] */
function makeHost({ live = true, embedded = true, fails } = {}) {
  const host = { live, fails, moves: 0 };
  const kernel = engineCalled("kernel");
  const ask = async () => {
    if (host.fails) throw host.fails;
    return kernel.frame();
  };
  const engine = new HostEngine({
    kernel: { ...kernel, frame: ask, advance: ask, reset: ask },
    page: embedded ? engineCalled("page") : undefined,
    connected: () => host.live,
    moved: () => (host.moves += 1),
  });
  const asked = async () => /** @type {any} */ (await engine.frame({}, 0)).from;
  return { host, engine, asked };
}
const silent = Object.assign(new Error("nothing heard"), { silent: true });

test("a kernel that is there is asked, and so it is where the host cannot say", async () => {
  const { engine, asked } = makeHost();
  assert.equal(await asked(), "kernel");
  assert.equal(engine.place, "kernel");
});

test("without a kernel the page computes what it carries, and from the next request on the kernel that comes", async () => {
  const { host, engine, asked } = makeHost({ live: false });
  assert.equal(await asked(), "page");
  assert.equal(engine.place, "page");
  host.live = true;
  assert.equal(await asked(), "kernel");
});

test("a kernel that falls silent is not asked again before it has said something", async () => {
  const { host, engine, asked } = makeHost({ fails: silent });
  assert.equal(await asked(), "page");
  host.fails = undefined;
  assert.equal(await asked(), "page");
  engine.heard();
  assert.equal(await asked(), "kernel");
  assert.equal(host.moves, 2);
  engine.heard();
  assert.equal(host.moves, 2);
});

test("what goes wrong in the model is no silence", async () => {
  const { engine, asked } = makeHost({ fails: new Error("division by zero") });
  await assert.rejects(asked, /division/);
  assert.equal(engine.place, "kernel");
});

test("without a kernel and without graphs it is said that nothing can be computed", async () => {
  const { engine, asked } = makeHost({ live: false, embedded: false });
  assert.equal(engine.place, "nowhere");
  await engine.prepare({});
  await assert.rejects(asked, /No kernel is running/);
  const { asked: askedInVain } = makeHost({ embedded: false, fails: silent });
  await assert.rejects(askedInVain, /nothing heard/);
});

test("what is saved is the frame that is shown by then, and can be shown again", () => {
  const shown = { steps: 1, arrays: { x: { shape: [2], data: Float32Array.of(0.5, -1) } } };
  const stored = { steps: 0, arrays: [] };
  keepFrame(stored, /** @type {any} */ (shown));
  shown.steps = 7;
  shown.arrays = { x: { shape: [1, 3], data: new Float32Array([9, 1, 2, 3]).subarray(1) } };
  for (const saved of [structuredClone(stored), JSON.parse(JSON.stringify(stored))]) {
    const { steps, arrays } = unpackFrame(saved);
    assert.deepEqual([steps, arrays.x.shape, [...arrays.x.data]], [7, [1, 3], [1, 2, 3]]);
  }
});

test("a state that may not be changed is left alone", () => {
  keepFrame(undefined, /** @type {any} */ ({}));
  keepFrame(Object.freeze({ steps: 0 }), /** @type {any} */ ({}));
});
