// What is kept, and what is drawn of it. The quantiles are those of numpy 2, `np.quantile(values, [0.1, 0.5, 0.9])`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf, runOf, seedsAfter } from "../kept.js";
import { kindOf } from "../marks/index.js";
import { greyed } from "../marks/drawn.js";
import { curvesOf } from "../marks/lines.js";
import { rowsOfKept } from "../outcome.js";
import { QUANTILES, quantile, spreadOf } from "../quantiles.js";

const NUMPY = [
  [[0.1257302165031433], [0.1257302165031433, 0.1257302165031433, 0.1257302165031433]],
  [[-0.13210485875606537, 0.6404226422309875], [-0.054852108657360066, 0.2541588917374611, 0.5631698921322823]],
  [[0.10490011423826218, -0.5356693863868713, 0.3615950644016266, 1.3040000200271606, 0.9470809698104858, -0.7037352323532104, -1.2654215097427368], [-0.9284097433090209, 0.10490011423826218, 1.089848589897156]],
  [
    [-0.6232744455337524, 0.04132597893476486, -2.32503080368042, -0.218791663646698, -1.2459110021591187, -0.7322673797607422, -0.5442590117454529, -0.3163001537322998, 0.4116305410861969, 1.042513370513916, -0.12853465974330902, 1.3664634227752686, -0.6651946902275085, 0.35151007771492004, 0.9034701585769653, 0.0940122976899147, -0.7434992790222168, -0.9217253923416138, -0.4577258229255676, 0.22019512951374054],
    [-0.9541439533233642, -0.2675459086894989, 0.9173744797706606],
  ],
];
const floats = (/** @type {number[]} */ ...values) => Float32Array.from(values);
const array = (/** @type {number[]} */ data, shape = [data.length]) => ({ shape, data: floats(...data) });
const plain = /** @type {any} */ ({ x_range: null, y_range: null, x_log: false, y_log: false, marks: [] });

test("quantiles are numpy's, bit for bit", () => {
  for (const [values, expected] of NUMPY) assert.deepEqual(QUANTILES.map((share) => quantile(values, share)), expected);
  assert.ok(Number.isNaN(quantile([1, NaN, 3], 0.5)));
});

test("a band needs a common x, and takes no notice of curves that have shrunk to a point", () => {
  const x = floats(0, 1);
  const curves = [1, 3, 2].map((height) => ({ x: x.slice(), y: floats(height, 2 * height) }));
  const spread = spreadOf([...curves, { x: floats(0, 0), y: floats(5, 5) }]);
  assert.deepEqual(spread && [...spread.median], [2, 4]);
  assert.equal(spreadOf([...curves, { x: floats(0, 2), y: floats(1, 1) }]), undefined);
  assert.equal(spreadOf([{ x: floats(0, 0), y: floats(5, 5) }]), undefined);
  const level = spreadOf([...curves.slice(0, 2), { x, y: floats(2, 2) }]); // which is no point
  assert.deepEqual(level && [...level.median], [2, 2]);
});

test("curves that share a row of x have all of it each, others have their own", () => {
  const mark = /** @type {any} */ ({ kind: "lines", x: "x", y: "y" });
  const y = array([1, 2, 3, 4], [2, 2]);
  const cut = (/** @type {any} */ x) => curvesOf(mark, [{ x, y }]).map((each) => [[...each.x], [...each.y]]);
  assert.deepEqual(cut(array([7, 8])), [[[7, 8], [1, 2]], [[7, 8], [3, 4]]]);
  assert.deepEqual(cut(array([7, 8, 9, 10], [2, 2])), [[[7, 8], [1, 2]], [[9, 10], [3, 4]]]);
});

test("a kept state is called by what differs from the present one, and by nothing else", () => {
  const values = { p: 0.2, kind: "one", points: /** @type {[number, number][]} */ ([[0, 1]]) };
  const kept = { values, seed: 3, frames: [{ steps: 7, arrays: {} }], repeated: false };
  const describe = (/** @type {string} */ name, /** @type {any} */ value) => `${name} ${value}`;
  const name = (/** @type {object} */ now, more = {}) => nameOf({ ...kept, ...more }, { values, seed: 3, steps: 7, ...now }, describe);
  assert.equal(name({}), "as now");
  assert.equal(name({ values: { ...values, p: 0.5 } }), "p 0.2");
  assert.equal(name({ values: { ...values, points: [[0, 1]] }, seed: 4, steps: 9 }), "seed 3, step 7");
  assert.equal(name({}, { repeated: true }), "one other seed");
  assert.equal(name({ seed: 4 }, { repeated: true, frames: Array(20).fill(kept.frames[0]) }), "20 other seeds, seed 3");
});

test("the seeds after one's own begin again at zero", () => {
  assert.deepEqual(seedsAfter(2 ** 32 - 2, 3), [2 ** 32 - 1, 0, 1]);
});

/** An engine that writes down what it is asked. */
function makeDiary() {
  /** @type {string[]} */
  const asked = [];
  const diary = { asked, made: 0, engine: /** @type {any} */ (undefined) };
  const answer = (/** @type {string} */ what) => (asked.push(what), { steps: diary.made, arrays: {} });
  diary.engine = {
    frame: async () => answer("frame"),
    reset: async () => ((diary.made = 0), answer("reset")),
    advance: async (/** @type {number} */ steps) => ((diary.made += steps), answer(`advance ${steps}`)),
  };
  return diary;
}

test("a run starts anew and makes its steps in chunks, until it is left", async () => {
  const { asked, engine } = makeDiary();
  const { signal } = new AbortController();
  await runOf(engine, true, { values: {}, seed: 1, steps: 230 }, signal);
  assert.deepEqual(asked.splice(0), ["reset", "advance 100", "advance 100", "advance 30"]);
  await runOf(engine, false, { values: {}, seed: 1, steps: 0 }, signal);
  assert.deepEqual(asked.splice(0), ["frame"]);
  await assert.rejects(runOf(engine, true, { values: {}, seed: 1, steps: 1200 }, AbortSignal.abort()));
  assert.deepEqual(asked, ["reset"]);
});

test("a run that has lost its first steps, since the model moved elsewhere, is made again", async () => {
  const diary = makeDiary();
  const { engine, asked } = diary;
  const { advance } = engine;
  engine.advance = async (/** @type {number} */ steps) => {
    if (asked.length === 2) diary.made = 0;
    return advance(steps);
  };
  assert.equal((await runOf(engine, true, { values: {}, seed: 1, steps: 150 }, new AbortController().signal)).steps, 150);
  assert.deepEqual(asked, ["reset", "advance 100", "advance 50", "reset", "advance 100", "advance 50"]);
});

test("what is kept fills the axes as what is shown does, over all runs", () => {
  const runs = [{ x: array([0, 1]), y: array([2, 3]) }, { x: array([0, 2]), y: array([-1, 3]) }];
  for (const [kind, x, y] of /** @type {const} */ ([["lines", [0, 2], [-1, 3]], ["dots", [0, 2], [-1, 3]]])) {
    const drawn = kindOf(/** @type {any} */ ({ kind })).kept?.({ kind, x: "x", y: "y" }, runs, plain);
    assert.deepEqual([drawn?.x, drawn?.y], [x, y]);
  }
  const bars = { kind: "bars", heights: "y" };
  const drawn = kindOf(/** @type {any} */ (bars)).kept?.(bars, runs, { ...plain, marks: [bars] });
  assert.deepEqual([drawn?.x, drawn?.y, drawn?.above], [[-0.5, 1.5], [-1, 3], true]);
});

test("runs with one x have a band and a median, others have lines alone", () => {
  const mark = { kind: "lines", x: "x", y: "y" };
  const parts = (/** @type {any[]} */ runs) => kindOf(/** @type {any} */ (mark)).kept?.(mark, runs, plain).draw({ x: [0, 1], y: [0, 1] }).length;
  const runs = [1, 2, 3].map((height) => ({ x: array([0, 1]), y: array([height, 0]) }));
  assert.equal(parts(runs), 3);
  assert.equal(parts([...runs, { x: array([0, 2]), y: array([1, 1]) }]), 1);
  assert.equal(parts(runs.slice(0, 1)), 1);
});

test("what is kept is said by its name, and several runs by the ends of their curves", () => {
  const view = { ...plain, y: "loss", marks: [{ kind: "lines", x: "x", y: "y" }] };
  const runs = [1, 2, 3, 4].map((height) => ({ x: array([0, 1]), y: array([0, height]) }));
  assert.deepEqual(rowsOfKept(view, { name: "p 0.2", runs: runs.slice(0, 1) }), [["loss (p 0.2)", "1"]]);
  // numpy.quantile([1, 2, 3, 4], [0.1, 0.5, 0.9]) is 1.3, 2.5, 3.7.
  assert.deepEqual(rowsOfKept(view, { name: "4 other seeds", runs }), [["loss (4 other seeds)", "median 2.5, 10 % to 90 %: 1.3 to 3.7"]]);
});

test("what is kept is grey with a tint of its mark's colour", () => {
  assert.equal(greyed({ color: null }), "rgb(138, 146, 158)");
  assert.equal(greyed({ color: "#8a929e" }), "rgb(138, 146, 158)");
  assert.equal(greyed({ color: "#ff0000" }), "rgb(185, 88, 95)");
});
