// The trail of a state: with an engine whose state is the list of all that was done to it, so that nothing can be the same
// by accident.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Left } from "../engines.js";
import { Trail, stepsOf } from "../trail.js";

const OPENING = 5;
const controls = [
  { kind: "slider", name: "rate", value: 0.02, min: 0, max: 1 },
  { kind: "choice", name: "rule", value: "SGD, plain", options: [{ label: "SGD, plain", value: 0 }, { label: "100% Adam*", value: 1 }] },
  { kind: "slider", name: "size", value: 3, min: 0, max: 9 },
  { kind: "slider", name: "shown", value: 1, min: 0, max: 9 },
];
const manifest = /** @type {any} */ ({
  controls,
  seed: 0,
  opening: OPENING,
  starts: ["size"],
  reads: { start: ["size"], step: ["rate", "rule", "size"], frame: ["shown"] },
  frame: {},
});
const defaults = () => Object.fromEntries(controls.map(({ name, value }) => [name, value]));

/** As the engines do it: it opens anew when the seed or the size has changed. */
class Diary {
  /** @type {any[] | undefined} */
  state;
  origin = "";

  /** @param {any} values @param {number} seed @param {number} opening */
  start(values, seed, opening) {
    [this.state, this.origin] = [[], `${seed} ${values.size}`];
    this.walk(opening, values);
  }

  /** @param {number} steps @param {any} values */
  walk(steps, values) {
    for (let step = 0; step < steps; step += 1) this.state?.push(`${values.rate} ${values.rule}`);
  }

  /** @param {any} values @param {number} seed */
  async frame(values, seed) {
    if (this.origin !== `${seed} ${values.size}`) this.start(values, seed, OPENING);
    return { steps: /** @type {any[]} */ (this.state).length, arrays: {} };
  }

  /** @param {number} steps @param {any} values @param {number} seed */
  async advance(steps, values, seed) {
    await this.frame(values, seed);
    this.walk(steps, values);
    return this.frame(values, seed);
  }

  /** @param {any} values @param {number} seed */
  async reset(values, seed) {
    this.start(values, seed, 0);
    return this.frame(values, seed);
  }

  async prepare() {}
}

/** @type {import("../trail.js").Snapshot[]} */
let thrown;
beforeEach(() => (thrown = []));

function opened(now = manifest) {
  const diary = new Diary();
  return { diary, trail: new Trail(/** @type {any} */ (diary), now, (snapshot) => thrown.push(snapshot)) };
}

/** What a page opened with these values and this text comes to. @param {any} values @param {number} seed @param {string} [text] */
async function received(values, seed, text) {
  const { diary, trail } = opened();
  // As the page does: where the text is what it has, it only asks for a frame.
  if (text === trail.text(values, seed)) await trail.frame(values, seed);
  else await trail.replay(trail.read(text, values, seed), values, seed, () => false);
  return { diary, trail };
}

const stays = () => false;

test("the stored picture was made with the stored values, whatever has been changed since", async () => {
  const { diary, trail } = opened();
  await trail.frame({ ...defaults(), rate: 0.5 }, 0);
  assert.deepEqual(diary.state, Array(OPENING).fill("0.02 SGD, plain"));
  assert.equal(trail.text({ ...defaults(), rate: 0.5 }, 0), undefined);
});

test("a text tells of steps, and of values that were others than later", async () => {
  const { trail } = opened();
  await trail.advance(2, defaults(), 0);
  assert.equal(trail.text(defaults(), 0), "7");
  await trail.advance(3, { ...defaults(), rate: 0.5, rule: "100% Adam*" }, 0);
  assert.equal(trail.text({ ...defaults(), rate: 0.5 }, 0), "7*rate*0.02*rule*SGD%2C plain,3*rule*100%25 Adam%2A");
  await trail.reset(defaults(), 0);
  assert.equal(trail.text(defaults(), 0), "0");
});

test("whatever a reader does, a page opened with the text comes to the same state", async () => {
  let random = 7;
  const pick = (/** @type {number} */ below) => (random = (random * 48271) % 2147483647) % below;
  for (let round = 0; round < 200; round += 1) {
    const { diary, trail } = opened();
    let [values, seed] = [defaults(), 0];
    for (let action = 0; action < 8; action += 1) {
      const kind = pick(7);
      if (kind === 0) values = { ...values, rate: pick(3) / 10 };
      else if (kind === 1) values = { ...values, rule: controls[1].options?.[pick(2)].label ?? "" };
      else if (kind === 2) values = { ...values, size: pick(2) + 3 };
      else if (kind === 3) seed = pick(2);
      else if (kind === 4) await trail.reset(values, seed);
      else await trail.advance(1 + pick(3), values, seed);
      await trail.frame(values, seed);
    }
    const text = trail.text(values, seed);
    const other = await received(values, seed, text);
    assert.deepEqual(other.diary.state, diary.state, `${text} ${JSON.stringify(values)}`);
    assert.equal(other.trail.text(values, seed), text);
  }
});

test("a text tells of a value that was there before another as often as it was there", async () => {
  const { trail } = opened();
  await trail.reset(defaults(), 0);
  for (const [steps, rate] of [[2, 0.1], [3, 0.2], [4, 0.1]]) await trail.advance(steps, { ...defaults(), rate }, 0);
  assert.equal(trail.text({ ...defaults(), rate: 0.1 }, 0), "2*rate*0.1,3*rate*0.2,4");
});

test("a text says once what several changes have in common", async () => {
  const { trail } = opened();
  for (const rate of [0.1, 0.2, 0.3]) await trail.advance(1, { ...defaults(), rate, rule: "100% Adam*" }, 0);
  const told = "5*rate*0.02*rule*SGD%2C plain,1*rate*0.1,1*rate*0.2,1*rate*0.3*rule*100%25 Adam%2A";
  assert.equal(trail.text(defaults(), 0), told);
});

test("a trail without end makes no link without end: it is said to be too long, until a reset", async () => {
  const { trail } = opened();
  let rate = 0;
  for (let move = 0; move < 2000; move += 1) await trail.advance(1, { ...defaults(), rate: (rate += 0.0003) }, 0);
  assert.equal(trail.text(defaults(), 0), undefined);
  assert.equal(trail.tooLong(defaults(), 0), true);
  assert.equal(stepsOf(trail.segments(defaults(), 0) ?? []), OPENING + 2000); // Python takes it all the same
  await trail.reset(defaults(), 0);
  assert.deepEqual([trail.text(defaults(), 0), trail.tooLong(defaults(), 0)], ["0", false]);
});

test("a text that cannot be read is none", () => {
  const { trail } = opened();
  const fresh = trail.read(undefined, defaults(), 0);
  assert.deepEqual([stepsOf(fresh), fresh[0].values], [OPENING, { rate: 0.02, rule: "SGD, plain" }]);
  const names = ["3*__proto__*1", "3*constructor*1", "3*rate*NaN", "3*rate*1e309", "3*rule*%", "%E0%A4%A"];
  const counts = ["", "x", "-1", "1.5", "1e12", "NaN", "99999999999", "9007199254740993", "1,".repeat(500_000) + "1"];
  for (const text of [...names, ...counts, "3*rate*7", "3*size*4", "3*rate", "3*other*1"]) {
    assert.deepEqual(trail.read(text, defaults(), 0), fresh, text.slice(0, 30));
  }
});

test("a state past its opening that a new one takes the place of is handed over, and can be had again", async () => {
  const { diary, trail } = opened();
  await trail.advance(4, { ...defaults(), rate: 0.5 }, 0);
  const before = diary.state;
  await trail.frame({ ...defaults(), size: 7 }, 0);
  await trail.frame({ ...defaults(), size: 8 }, 0); // nothing past an opening is lost by this
  assert.equal(thrown.length, 1);
  const [{ values, seed, segments }] = thrown;
  assert.deepEqual([values, seed, stepsOf(segments)], [{ size: 3 }, 0, OPENING + 4]);
  await trail.replay(segments, { ...defaults(), ...values }, seed, stays);
  assert.deepEqual(diary.state, before);
});

test("nobody knows of a state that somebody else has moved", async () => {
  const { diary, trail } = opened();
  await trail.advance(2, defaults(), 0);
  diary.walk(3, defaults());
  await trail.frame(defaults(), 0);
  assert.equal(trail.text(defaults(), 0), undefined);
  await trail.frame(defaults(), 1); // a new state is known again
  await trail.advance(2, defaults(), 1);
  assert.equal(trail.text(defaults(), 1), "7");
});

test("a kernel's state, which no stored picture tells of, is not known before it starts anew", async () => {
  const { trail } = opened({ ...manifest, frame: undefined });
  await trail.advance(2, defaults(), 0);
  assert.equal(trail.text(defaults(), 0), undefined);
  await trail.reset(defaults(), 0);
  assert.equal(trail.text(defaults(), 0), "0");
});

test("going over steps again leaves off when it is told to", async () => {
  const { diary, trail } = opened();
  let calls = 0;
  const segments = [{ steps: 100_000, values: { rate: 0.02, rule: "SGD, plain" } }];
  await trail.replay(segments, defaults(), 0, () => (calls += 1) > 2);
  assert.ok(diary.state && diary.state.length < 100_000);
});

test("a state that was left on the way to it begins anew, with the values of then", async () => {
  const { diary, trail } = opened();
  await trail.advance(4, defaults(), 0);
  const { frame } = diary;
  diary.frame = async () => {
    [diary.origin, diary.frame] = ["", frame];
    throw new Left();
  };
  const values = { ...defaults(), size: 7, rate: 0.5 };
  await assert.rejects(trail.frame(values, 0), Left);
  await trail.frame({ ...values, rate: 0.1 }, 0);
  await trail.frame(values, 0);
  assert.deepEqual(diary.state, Array(OPENING).fill("0.1 SGD, plain"));
  const other = await received(values, 0, trail.text(values, 0));
  assert.deepEqual(other.diary.state, diary.state);
  assert.equal(thrown.length, 1); // what had been trained can still be had again
});
