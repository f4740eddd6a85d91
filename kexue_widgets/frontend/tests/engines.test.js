// Both engines: the browser's with graphs that write down what they are given, the kernel's with a comm that answers by hand.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { BrowserEngine, KernelEngine, Left } from "../engines.js";
import { Stream, generator, uniformNumbers } from "../noise.js";
import { Runner } from "../runner.js";
import { serve } from "../walk.js";

/** @typedef {{graph: string, feeds: Record<string, {data: number[], dims: number[]}>}} Run */

class Tensor {
  /** @param {string} type @param {Float32Array} data @param {number[]} dims */
  constructor(type, data, dims) {
    Object.assign(this, { type, data: [...data], dims });
  }
}

const drawn = (/** @type {number} */ stream, /** @type {number} */ count, seed = 5) => [...uniformNumbers(generator(seed, stream), count)];
const sum = (/** @type {number[]} */ numbers) => numbers.reduce((total, each) => total + each, 0);

/**
 * A model whose state is one number: `start` draws it, `step` adds its noise, `frame` shows it. A graph is packed as its name.
 * It runs on the other side of a channel, as in a worker.
 * @param {object} [more] @param {() => void} [onLoad] @param {boolean} [apart]
 */
function makeBrowser(more = {}, onLoad = () => {}, apart = true) {
  /** @type {Run[]} */
  const runs = [];
  const inputs = { start: ["noise"], step: ["state.0", "control.p", "noise"], frame: ["state.0", "control.shape", "noise"] };
  const onnx = {
    Tensor,
    create: async (/** @type {Uint8Array} */ bytes) => {
      const graph = Buffer.from(bytes).toString();
      const part = /** @type {"start" | "step" | "frame"} */ (graph.split("-")[0]);
      return {
        inputNames: inputs[part],
        run: async (/** @type {any} */ feeds) => {
          runs.push({ graph, feeds });
          const before = feeds["state.0"]?.data[0] ?? 0;
          const state = before + (part === "frame" ? 0 : sum(feeds.noise.data));
          const tensor = new Tensor("float32", Float32Array.of(state), []);
          return part === "frame" ? { "array.x": tensor } : { "next.0": tensor };
        },
      };
    },
  };
  const graphs = Object.fromEntries(["start", "step", "frame", "frame-other"].map((name) => [name, gzipSync(name).toString("base64")]));
  const manifest = {
    stateful: true,
    opening: 0,
    starts: ["size"],
    controls: [
      { kind: "slider", name: "p" },
      { kind: "slider", name: "size" },
      { kind: "choice", name: "shape", options: [{ label: "pair", value: [1, 2] }] },
      { kind: "choice", name: "which", options: ["one", "other", "none"].map((label) => ({ label, value: null })) },
    ],
    model: {
      start: [{ when: {}, graph: "start", noise: 2 }],
      step: [{ when: {}, graph: "step", noise: 3 }],
      frame: [{ when: { which: "one" }, graph: "frame", noise: 0 }, { when: { which: "other" }, graph: "frame-other", noise: 4 }],
    },
    graphs,
    ...more,
  };
  const load = async () => {
    onLoad();
    if (!runner) {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      serve(port1, async () => /** @type {any} */ (onnx));
      runner = new Runner(port2, apart);
      await runner.begin({});
    }
    return runner;
  };
  /** @type {Runner | undefined} */
  let runner;
  const { signal } = controller;
  const engine = new BrowserEngine(/** @type {any} */ (manifest), load, async (graph, use) => use(graphs[graph]), signal);
  return { engine, runs };
}
/** @type {MessagePort[]} */
let ports = [];
/** @type {AbortController} */
let controller;
beforeEach(() => (controller = new AbortController()));
afterEach(() => {
  for (const port of ports) port.close();
  ports = [];
});
const values = { p: 0.5, size: 3, shape: "pair", which: "one" };
const shown = (/** @type {any} */ frame) => frame.arrays.x.data[0];
const close = (/** @type {number} */ actual, /** @type {number} */ expected) => assert.ok(Math.abs(actual - expected) < 1e-4, `${actual} is not ${expected}`);

test("start, step and frame have streams of their own, and a step goes on where the last one stopped", async () => {
  const { engine, runs } = makeBrowser();
  const frame = await engine.advance(3, values, 5);
  assert.equal(frame.steps, 3);
  close(shown(frame), sum(drawn(Stream.start, 2)) + sum(drawn(Stream.step, 9)));
  const later = await engine.advance(2, { ...values, which: "other" }, 5);
  close(shown(later), sum(drawn(Stream.start, 2)) + sum(drawn(Stream.step, 15)));
  assert.deepEqual(runs.at(-1)?.feeds.noise.data, drawn(Stream.frame, 4));
});

test("many steps are the same in one call as in several", async () => {
  const [once, often] = [makeBrowser().engine, makeBrowser().engine];
  const whole = await once.advance(5000, values, 5);
  for (let call = 0; call < 4; call += 1) await often.advance(1000, values, 5);
  const parts = await often.advance(1000, values, 5);
  assert.deepEqual([whole.steps, parts.steps], [5000, 5000]);
  assert.ok(Math.abs(shown(whole) / shown(parts) - 1) < 1e-5);
});

test("a graph gets what it lists, in the shapes of steps by numbers", async () => {
  const { engine, runs } = makeBrowser();
  await engine.advance(1, values, 5);
  const [, step, frame] = runs;
  assert.deepEqual(Object.keys(step.feeds), ["state.0", "control.p", "noise"]);
  assert.deepEqual([step.feeds["control.p"].data, step.feeds["control.p"].dims, step.feeds.noise.dims], [[0.5], [], [1, 3]]);
  assert.deepEqual([frame.feeds["control.shape"].data, frame.feeds["control.shape"].dims], [[1, 2], [2]]);
  assert.deepEqual(frame.feeds.noise.dims, [1]); // never empty
});

test("a new state is made when the seed, or a control that start depends on, has changed, and only then", async () => {
  const { engine, runs } = makeBrowser();
  await engine.advance(4, values, 5);
  const starts = () => runs.filter(({ graph }) => graph === "start").length;
  assert.equal((await engine.frame({ ...values, p: 0.9 }, 5)).steps, 4);
  assert.equal(starts(), 1);
  assert.equal((await engine.frame({ ...values, size: 4 }, 5)).steps, 0);
  assert.equal((await engine.frame({ ...values, size: 4 }, 6)).steps, 0);
  assert.equal(starts(), 3);
});

test("an explorer opens after its opening steps; a reset goes back to before them", async () => {
  const { engine } = makeBrowser({ opening: 7 });
  assert.equal((await engine.frame(values, 5)).steps, 7);
  const reset = await engine.reset(values, 5);
  assert.equal(reset.steps, 0);
  close(shown(reset), sum(drawn(Stream.start, 2)));
});

test("a choice without numbers picks the graph, and one without a graph is told", async () => {
  const { engine, runs } = makeBrowser();
  await engine.frame({ ...values, which: "other" }, 5);
  assert.equal(runs.at(-1)?.graph, "frame-other");
  await assert.rejects(engine.frame({ ...values, which: "none" }, 5), /no graph for these values/);
});

test("a model without state is a frame alone", async () => {
  const { engine, runs } = makeBrowser({ stateful: false });
  await engine.prepare(values);
  await engine.frame(values, 5);
  assert.deepEqual(runs.map(({ graph }) => graph), ["frame"]);
});

test("an engine that could not be fetched is fetched again", async () => {
  let tries = 0;
  const { engine } = makeBrowser({}, () => {
    tries += 1;
    if (tries === 1) throw new Error("offline");
  });
  await assert.rejects(engine.prepare(values), /offline/);
  await engine.prepare(values);
  await engine.prepare(values);
  assert.equal(tries, 4); // the first, and one for each of three graphs
});

const LONG = 1_000_000; // steps, more than a moment's

test("a walk is left for another state, and what it was walking to is not there afterwards", async () => {
  const { engine, runs } = makeBrowser({ opening: LONG });
  const first = engine.frame(values, 5);
  while (!runs.length) await new Promise(setImmediate); // it is under way
  engine.leave({ ...values, size: 4 }, 5);
  await assert.rejects(first, Left);
  const walked = runs.filter(({ graph }) => graph === "step").reduce((sum, { feeds }) => sum + feeds.noise.dims[0], 0);
  assert.ok(walked < LONG, String(walked));
  const starts = () => runs.filter(({ graph }) => graph === "start").length;
  assert.equal(starts(), 1);
  const again = engine.frame(values, 5);
  while (starts() < 2) await new Promise(setImmediate);
  engine.leave();
  await assert.rejects(again, Left);
});

test("a walk to the state that is wanted goes on, and so does one that is nearly over", async () => {
  const { engine, runs } = makeBrowser({ opening: 2000 });
  const whole = engine.frame(values, 5);
  while (!runs.length) await new Promise(setImmediate);
  engine.leave({ ...values, p: 0.9 }, 5); // nothing that a state starts from
  assert.equal((await whole).steps, 2000);
  const short = engine.advance(1, values, 5);
  engine.leave({ ...values, size: 4 }, 5);
  await assert.rejects(short, Left); // it had not begun
  const begun = engine.advance(1, values, 5);
  const before = runs.length;
  while (runs.length === before) await new Promise(setImmediate);
  engine.leave();
  assert.equal((await begun).steps, 2001);
});

test("a state made ahead is there when it is asked for, and is left for another", async () => {
  const { engine, runs } = makeBrowser({ opening: 7 });
  await engine.prepare(values);
  assert.equal(runs.length, 0);
  await engine.prepare(values, 5);
  const before = runs.length;
  assert.ok(before);
  assert.equal((await engine.frame(values, 5)).steps, 7);
  assert.deepEqual(runs.slice(before).map(({ graph }) => graph), ["frame"]);
});

test("in the page's own thread no state is made ahead", async () => {
  const { engine, runs } = makeBrowser({ opening: 7 }, undefined, false);
  await engine.prepare(values, 5);
  assert.equal(runs.length, 0);
});

test("what an explorer that is gone has left is forgotten", async () => {
  const { engine, runs } = makeBrowser();
  await engine.advance(4, values, 5);
  controller.abort();
  await new Promise((resolve) => setTimeout(resolve)); // it is said to the other side
  assert.equal((await engine.frame(values, 5)).steps, 0);
  assert.equal(runs.filter(({ graph }) => graph === "start").length, 2);
});

test("what goes wrong while a graph runs is told, and the next request is answered", async () => {
  const { engine, runs } = makeBrowser();
  runs.push = () => {
    throw new Error("out of memory");
  };
  await assert.rejects(engine.frame(values, 5), /out of memory/);
  runs.push = Array.prototype.push;
  assert.equal((await engine.frame(values, 5)).steps, 0);
});

/** A kernel whose answers are given by hand. @param {boolean} [beside] */
function makeKernel(beside) {
  /** @type {((message: any, buffers: DataView[]) => void) | undefined} */
  let receive;
  /** @type {any[]} */
  const sent = [];
  /** @type {any[]} */
  const told = [];
  const controller = new AbortController();
  const model = {
    on: (/** @type {string} */ event, /** @type {any} */ callback) => (receive = callback),
    off: () => (receive = undefined),
    send: (/** @type {any} */ message) => sent.push(message),
  };
  const engine = new KernelEngine(/** @type {any} */ (model), {
    signal: controller.signal,
    arrived: (frame) => told.push(frame.steps),
    failed: (error) => told.push(error.message),
  }, undefined, beside);
  const reply = (/** @type {string | null} */ id, /** @type {number} */ steps, more = {}) =>
    receive?.({ ...more, id, frame: { steps, arrays: [{ name: "x", shape: [1] }] } }, [new DataView(Float32Array.of(0, steps).buffer, 4, 4)]);
  return { engine, sent, told, reply, fail: (/** @type {any} */ id) => receive?.({ id, error: "no" }, []), controller, listens: () => !!receive };
}

test("each answer of the kernel finds its request, in whatever order they come", async () => {
  const { engine, sent, reply, told } = makeKernel();
  const [one, two] = [engine.advance(2, values, 5), engine.reset(values, 6)];
  assert.deepEqual(sent.map(({ id, ...request }) => request), [
    { do: "advance", steps: 2, values, seed: 5 },
    { do: "reset", values, seed: 6 },
  ]);
  reply(sent[1].id, 20);
  reply(sent[0].id, 10);
  assert.deepEqual([(await one).arrays.x.data[0], (await two).steps, told.length], [10, 20, 0]);
});

test("a frame that nobody asked for arrives all the same, and so does an error that is nobody's", () => {
  const { reply, fail, told } = makeKernel();
  reply(null, 3);
  fail(null);
  fail("another view's");
  assert.deepEqual(told, [3, "no"]);
});

test("what is computed beside the picture shown is seen by nobody who has not asked for it", async () => {
  const [shown, beside] = [makeKernel(), makeKernel(true)];
  shown.reply("another's", 3, { beside: true });
  beside.reply(null, 4);
  assert.deepEqual([shown.told, beside.told], [[], []]);
  const asked = beside.engine.reset(values, 6);
  assert.equal(beside.sent[0].beside, true);
  beside.reply(beside.sent[0].id, 0, { beside: true });
  assert.equal((await asked).steps, 0);
});

test("an error answers its request alone", async () => {
  const { engine, sent, fail, told } = makeKernel();
  const asked = engine.frame(values, 5);
  fail(sent[0].id);
  await assert.rejects(asked, /no/);
  assert.deepEqual(told, []);
});

test("a kernel that is silent for 15 seconds is given up, and its late frame still arrives", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { engine, sent, reply, told } = makeKernel();
  const asked = engine.frame(values, 5);
  t.mock.timers.tick(14_999);
  t.mock.timers.tick(1);
  await assert.rejects(asked, /has not answered for 15 seconds/);
  reply(sent[0].id, 9);
  assert.deepEqual(told, [9]);
});

test("an explorer that is gone listens no longer", () => {
  const { controller, listens } = makeKernel();
  assert.equal(listens(), true);
  controller.abort();
  assert.equal(listens(), false);
});
