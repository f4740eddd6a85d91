// The pump, with an engine that answers when it is told to, and a screen whose clock stands still between two frames.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Left } from "../engines.js";
import { Pump } from "../pump.js";

/** @typedef {{do: string, steps?: number, values: any, seed: number, resolve: (frame?: any) => void, reject: (error: Error) => void}} Request */

let now = 0;
/** @type {((now: number) => void)[]} */
let onFrame = [];
/** @type {Request[]} */
let requests;
/** @type {any[]} */
let drawn;
/** @type {any[]} the values for which what was under way may be left; nothing for any */
let left;
/** @type {string[]} */
let told;
/** @type {AbortController} */
let controller;
/** @type {Record<string, any>} */
let values;
/** @type {Pump} */
let pump;

/** Until everything that was waiting for a promise has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The screen shows its next frame, so many milliseconds after the last. @param {number} [after] */
async function frame(after = 16) {
  now += after;
  const due = onFrame;
  onFrame = [];
  for (const callback of due) callback(now);
  await settled();
}

/** The engine answers what it was asked last, after so many milliseconds. @param {number} [after] */
async function answer(after = 0) {
  now += after;
  requests[requests.length - 1].resolve({ steps: 0, arrays: {}, of: requests.length });
  await settled();
}

/** Frames go by, and the engine answers each request at once. @param {number} frames @param {number} [apart] */
async function play(frames, apart) {
  let answered = requests.length;
  for (let count = 0; count < frames; count += 1) {
    await frame(apart);
    if (requests.length > answered) await answer();
    answered = requests.length;
  }
}

const stepsAsked = () => requests.reduce((sum, { steps = 0 }) => sum + steps, 0);

beforeEach(() => {
  [now, onFrame, requests, drawn, left, told] = [0, [], [], [], [], []];
  controller = new AbortController();
  values = { p: 0 };
  performance.now = () => now;
  Object.assign(globalThis, {
    document: { hidden: false },
    requestAnimationFrame: (/** @type {any} */ callback) => onFrame.push(callback),
    MessageChannel: class {
      port1 = { onmessage: () => {}, close() {} };
      port2 = { postMessage: () => queueMicrotask(() => this.port1.onmessage()) };
    },
  });
  const ask = (/** @type {any} */ request) => new Promise((resolve, reject) => requests.push({ ...request, resolve, reject }));
  pump = new Pump({
    engine: {
      prepare: async () => {},
      frame: (values, seed) => ask({ do: "frame", values, seed }),
      advance: (steps, values, seed) => ask({ do: "advance", steps, values, seed }),
      reset: (values, seed) => ask({ do: "reset", values, seed }),
      leave: (values) => left.push(values?.p),
    },
    values: () => ({ ...values }),
    seed: () => 7,
    draw: (frame) => drawn.push(frame.of),
    failed: (error) => told.push(String(error)),
    painted: () => told.push("painted"),
    changed: () => told.push(pump.playing ? "playing" : "paused"),
    waiting: () => {},
    signal: controller.signal,
  });
});

test("there is one request at a time, and the next is for the newest values", async () => {
  for (const p of [1, 2, 3]) {
    values.p = p;
    pump.refresh();
  }
  assert.deepEqual(requests.map(({ values }) => values.p), [1]);
  assert.equal(pump.busy, true);
  await answer();
  assert.equal(requests.length, 1); // not before the first is on the screen
  values.p = 4;
  await frame();
  assert.deepEqual(requests.map((request) => [request.do, request.values.p, request.seed]), [["frame", 1, 7], ["frame", 4, 7]]);
  await answer();
  await frame();
  assert.deepEqual([requests.length, drawn, pump.busy], [2, [1, 2], false]);
});

test("a frame counts as painted once the screen has shown it", async () => {
  pump.refresh();
  await answer();
  assert.deepEqual([drawn, told], [[1], []]);
  await frame();
  assert.deepEqual(told, ["painted"]);
});

test("steps asked for meanwhile are made in one call", async () => {
  pump.advance(1);
  pump.advance(2);
  pump.advance(3);
  await answer();
  await frame();
  assert.deepEqual(requests.map(({ steps }) => steps), [1, 5]);
});

test("a reset drops the steps that were waiting, and needs no frame after it", async () => {
  pump.advance(1);
  pump.advance(20);
  pump.refresh();
  pump.reset();
  await answer();
  await frame();
  await answer();
  await frame();
  assert.deepEqual(requests.map((request) => request.do), ["advance", "reset"]);
});

test("a state that is made again takes the place of all that was asked for, and stops for a reset", async () => {
  pump.advance(1);
  pump.advance(20);
  /** @type {(() => boolean) | undefined} */
  let stopped;
  pump.replay((given) => {
    stopped = given;
    return new Promise((resolve) => requests.push(/** @type {any} */ ({ do: "again", resolve })));
  });
  await answer();
  await frame();
  assert.deepEqual(requests.map((request) => request.do), ["advance", "again"]);
  assert.equal(stopped?.(), false);
  pump.reset();
  assert.equal(stopped?.(), true);
  await answer();
  await frame();
  await answer();
  await frame();
  assert.deepEqual(requests.map((request) => request.do), ["advance", "again", "reset"]);
});

test("a reset while playing drops the steps that had fallen due", async () => {
  pump.speed = 10;
  pump.play();
  await frame();
  await frame(100); // one more is due while the first is on its way
  pump.reset();
  for (let count = 0; count < 3; count += 1) {
    await answer();
    await frame(1);
  }
  assert.deepEqual(requests.map((request) => request.do), ["advance", "reset"]);
});

test("playing makes as many steps as its speed says", async () => {
  pump.speed = 15;
  pump.play();
  await play(200, 50); // ten seconds of three quarters of a step a frame, and the step at once
  assert.ok(Math.abs(stepsAsked() - 151) <= 1, String(stepsAsked()));
});

test("the first step is made at once, however slow the speed", async () => {
  pump.speed = 0.01;
  pump.play();
  await frame();
  assert.deepEqual(requests.map(({ steps }) => steps), [1]);
});

test("at full speed a call makes as many steps as fit into 40 milliseconds", async () => {
  pump.speed = Infinity;
  pump.play();
  for (let call = 0; call < 30; call += 1) {
    await frame(0); // no time has passed: full speed times nothing is no number
    await answer(2 * (requests.at(-1)?.steps ?? 0)); // two milliseconds a step
  }
  const steps = requests.map(({ steps }) => steps ?? 0);
  assert.ok(steps.every((count) => count >= 1 && 2 * count <= 50), String(steps));
  assert.ok(2 * steps[29] >= 30, String(steps));
});

test("what a call costs whatever it does is not counted as a step's", async () => {
  pump.speed = Infinity;
  pump.play();
  for (let call = 0; call < 30; call += 1) {
    await frame();
    await answer(30 + (requests.at(-1)?.steps ?? 0));
  }
  assert.ok((requests.at(-1)?.steps ?? 0) >= 30);
});

test("at full speed the steps to the next picture are made while one is drawn, as long as it plays", async () => {
  pump.speed = Infinity;
  pump.play();
  await frame();
  await frame();
  now += 20;
  requests[0].resolve({ steps: 1, arrays: {}, of: 1, took: 20 });
  await settled();
  assert.deepEqual([requests.length, drawn, told], [2, [1], ["playing"]]); // asked, and the first not yet on the screen
  values.p = 5;
  pump.pause();
  pump.refresh();
  await answer();
  await frame();
  await frame();
  assert.deepEqual([requests.length, drawn], [3, [1, 2]]);
  assert.deepEqual([requests[2].do, requests[2].values.p], ["frame", 5]);
  await answer();
  await frame();
  assert.deepEqual([requests.length, drawn, pump.busy], [3, [1, 2, 3], false]);
});

test("at any other speed this thread has its time to itself until the picture is on the screen", async () => {
  pump.speed = 60;
  pump.play();
  await frame();
  await frame(50);
  requests[0].resolve({ steps: 1, arrays: {}, of: 1, took: 20 });
  await settled();
  assert.deepEqual([requests.length, drawn], [1, [1]]);
  await frame();
  assert.equal(requests.length, 2);
});

test("a call is as long as its steps took to compute, however long its picture took to draw", async () => {
  pump.speed = Infinity;
  pump.play();
  await frame();
  for (let call = 0; call < 30; call += 1) {
    const { steps = 0, resolve } = requests[call];
    now += 200; // a picture that is slow to draw
    resolve({ steps: 0, arrays: {}, of: call, took: 2 * steps });
    for (let count = 0; count < 3 && requests.length === call + 1; count += 1) await frame();
  }
  const steps = requests.at(-1)?.steps ?? 0;
  assert.ok(steps >= 15 && steps <= 25, String(steps));
});

test("a tab that slept does not make up for it", async () => {
  pump.speed = 100;
  pump.play();
  await play(10);
  const before = stepsAsked();
  await play(2, 60_000);
  assert.ok(stepsAsked() - before <= 21, String(stepsAsked() - before)); // a tenth of a second for each of two frames
});

test("out of sight nothing moves; back in sight it goes on", async () => {
  pump.play();
  await play(10);
  pump.setVisible(false);
  const before = requests.length;
  await play(10);
  assert.deepEqual([requests.length, pump.playing], [before, true]);
  pump.setVisible(true);
  await play(10);
  assert.ok(requests.length > before);
});

test("a pause keeps the steps that have fallen due from being made", async () => {
  pump.play();
  await frame();
  await frame(100);
  pump.pause();
  await answer();
  await play(10);
  assert.deepEqual([requests.length, pump.playing, told], [1, false, ["playing", "paused", "painted"]]);
});

test("playing twice is playing once", async () => {
  pump.speed = 10;
  pump.play();
  pump.pause();
  pump.play();
  pump.play();
  assert.equal(onFrame.length, 1);
});

test("an error pauses and is told, and the next request is made", async () => {
  pump.play();
  await frame();
  requests[0].reject(new Error("no such array"));
  await settled();
  assert.deepEqual(told, ["playing", "paused", "Error: no such array"]);
  await frame();
  pump.refresh();
  assert.equal(requests.at(-1)?.do, "frame");
  await answer();
  assert.deepEqual(drawn, [2]);
});

test("what newer values make worthless may be left, and is no trouble", async () => {
  pump.refresh();
  values.p = 2;
  pump.refresh();
  assert.deepEqual(left, [0, 2]);
  requests[0].reject(new Left());
  await settled();
  assert.deepEqual([drawn, told, requests.map(({ values }) => values.p)], [[], [], [0, 2]]);
  await answer();
  assert.deepEqual(drawn, [2]);
  pump.reset();
  pump.replay(async () => ({ steps: 0, arrays: {} }));
  assert.deepEqual(left, [0, 2, undefined, undefined]);
});

test("playing goes on after a walk that was left", async () => {
  pump.play();
  await frame();
  pump.refresh();
  requests[0].reject(new Left());
  await settled();
  assert.deepEqual([pump.playing, requests.map((request) => request.do)], [true, ["advance", "frame"]]);
});

test("after an abort nothing is drawn and nothing more is asked", async () => {
  pump.play();
  await frame();
  pump.refresh();
  controller.abort();
  await answer();
  await play(5);
  assert.deepEqual([requests.length, drawn, onFrame.length], [1, [], 0]);
});

test("a hidden page, which paints nothing, is not waited for", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(document, { hidden: true });
  pump.refresh();
  await answer();
  t.mock.timers.tick(50);
  await settled();
  assert.deepEqual(told, ["painted"]);
});
