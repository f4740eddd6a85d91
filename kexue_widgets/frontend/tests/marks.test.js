// What marks fill of their axes, and where they stand in them. Expected values by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rangesOf } from "../axes.js";
import { baseOf, wordAt } from "../marks/drawn.js";
import { kindOf } from "../marks/index.js";
import { keptApart } from "../marks/texts.js";

/** @param {number[]} data @param {number[]} [shape] */
const array = (data, shape = [data.length]) => ({ shape, data: Float32Array.from(data) });
const plain = { x_range: null, y_range: null, x_log: false, y_log: false, marks: [] };

/** @param {any} mark @param {object} arrays @param {object} [view] @returns {any} */
const draw = (mark, arrays, view = {}) => kindOf(mark).draw?.(mark, /** @type {any} */ (arrays), /** @type {any} */ ({ ...plain, ...view }));
/** A channel of the first thing that a mark draws. @param {any} drawn @param {string} name @returns {number[]} */
const channel = (drawn, name) => Array.from(drawn.draw({ x: [0, 1], y: [0, 1] })[0].channels[name].value);
/** @param {any[]} drawn @param {any} [last] */
const ranges = (drawn, last) => rangesOf(/** @type {any} */ (plain), drawn, last);
const rounded = (/** @type {number[]} */ numbers) => numbers.map((each) => Number(each.toFixed(6)));

test("several curves share one row of x", () => {
  const drawn = draw({ kind: "lines", x: "x", y: "y" }, { x: array([3, 5]), y: array([1, 2, 8, 4], [2, 2]) });
  assert.deepEqual([drawn.x, drawn.y], [[3, 5], [1, 8]]);
  assert.deepEqual([channel(drawn, "x"), channel(drawn, "z")], [[3, 5, 3, 5], [0, 0, 1, 1]]);
});

test("only what is above zero counts on a logarithmic axis", () => {
  const drawn = draw({ kind: "lines", x: "x", y: "x" }, { x: array([-1, 0, 2, 8]) }, { y_log: true });
  assert.deepEqual([drawn.x, drawn.y], [[-1, 8], [2, 8]]);
});

test("dots, bands, bars and histograms, too, leave out what has no place on a logarithmic axis", () => {
  const arrays = { x: array([-1, 0, 0.002, 0.008]), high: array([0, 0.001, 0.01, 0.02]), v: array([1, 1, 1, 2]) };
  const log = { y_log: true, marks: [{ kind: "bars" }] };
  const filled = (/** @type {any} */ mark) => rounded(draw(mark, arrays, log).y);
  assert.deepEqual(filled({ kind: "dots", x: "x", y: "x" }), [0.002, 0.008]);
  assert.deepEqual(filled({ kind: "bars", heights: "x" }), [0.002, 0.008]);
  assert.deepEqual(filled({ kind: "band", x: "x", low: "x", high: "high" }), [0.001, 0.02]);
  assert.deepEqual(filled({ kind: "arrows", x: "x", y: "x", dx: "x", dy: "x" }), [0.002, 0.016]);
  assert.deepEqual(filled({ kind: "histogram", values: "v", edges: [1, 41, 40], density: true }), [0.25, 0.75]);
});

test("a histogram of one value has it in the middle, as numpy's", () => {
  const { x } = draw({ kind: "histogram", values: "v", density: true }, { v: array([3, 3]) });
  assert.deepEqual(rounded(x), [2.5, 3.5]);
});

test("points at the ends of axes are drawn whole, those beyond not at all", () => {
  const x = array([-1, 0, 0.3, 1, 2]); // in single precision 0.3 is a little more
  const drawn = draw({ kind: "dots", x: "x", y: "x" }, { x });
  const [dots] = drawn.draw({ x: [0, 0.3], y: [-1, 1] });
  assert.deepEqual(rounded(Array.from(dots.channels.x.value)), [0, 0.3]);
  assert.equal(dots.clip, undefined);
  const [ghost] = kindOf(/** @type {any} */ ({ kind: "dots" })).kept?.({ kind: "dots", x: "x", y: "x" }, [{ x }], /** @type {any} */ (plain)).draw({ x: [0, 1], y: [0, 1] }) ?? [];
  assert.deepEqual(rounded(Array.from(/** @type {any} */ (ghost).channels.x.value).filter(Number.isFinite)), [0, 0.3, 1]);
});

test("on a field of colours points are whole, above an edge all round them", () => {
  const mark = { kind: "dots", x: "x", y: "x", size: 1.5 };
  const parts = (/** @type {object} */ view, count = 2) => draw(mark, { x: array(Array(count).fill(0.5)) }, view).draw({ x: [0, 1], y: [0, 1] });
  for (const count of [2, 300]) {
    const [edge, dots] = parts({ marks: [{ kind: "heatmap" }, mark] }, count);
    assert.deepEqual([edge.stroke, edge.strokeWidth, dots.r, dots.fillOpacity], ["var(--kexue-surface)", 5, 1.5, undefined]);
  }
  assert.equal(parts({ marks: [mark] }).length, 2); // and what a pointer is told
});

test("of a million points those are drawn that are not hidden by another", () => {
  const many = array(Array.from({ length: 1_000_000 }, (_, index) => index % 1000));
  const drawn = draw({ kind: "dots", x: "many", y: "many" }, { many });
  const shown = drawn.draw({ x: [0, 1000], y: [0, 1000] })[0].channels.x.value;
  assert.deepEqual([shown.filter(Number.isFinite).length, shown[0], shown[2]], [400, 0, 3]);
});

test("of a curve through a million points the lowest and the highest of each stretch are drawn, and its gaps", () => {
  const x = array(Array.from({ length: 1_000_000 }, (_, index) => index));
  const y = array(Array.from({ length: 1_000_000 }, (_, index) => (index === 654_321 ? 9 : index === 111_111 ? -9 : index === 777_777 ? NaN : Math.sin(index))));
  const drawn = draw({ kind: "lines", x: "x", y: "y" }, { x, y });
  const shown = channel(drawn, "y");
  assert.ok(shown.length < 50_000);
  assert.deepEqual([Math.max(...shown.filter(Number.isFinite)), Math.min(...shown.filter(Number.isFinite)), shown.some(Number.isNaN)], [9, -9, true]);
  const around = { x: array(Array.from(x.data, (_, index) => Math.cos(index))), y: array(Array.from(x.data, (_, index) => Math.sin(index) + (index === 5 ? 9 : 0))) };
  around.x.data[500_000] = 7;
  assert.equal(Math.max(...channel(draw({ kind: "lines", x: "x", y: "y" }, around), "x")), 7);
  const few = { x: array([3, 1, 2]), y: array([1, NaN, 5]) };
  assert.deepEqual(channel(draw({ kind: "lines", x: "x", y: "y" }, few), "x"), [3, 1, 2]);
});

test("arrows fill their points and their heads", () => {
  const drawn = draw({ kind: "arrows", x: "x", y: "x", dx: "d", dy: "d" }, { x: array([0, 1]), d: array([-2, 4]) });
  assert.deepEqual([drawn.x, drawn.y], [[-2, 5], [-2, 5]]);
});

test("bars of two marks stand side by side around their name", () => {
  const marks = ["first", "second"].map((heights) => ({ kind: "bars", heights }));
  const arrays = { first: array([1, 2]), second: array([3, 4]) };
  const [one, other] = marks.map((mark) => draw(mark, arrays, { marks }));
  assert.deepEqual(rounded(channel(one, "x1")), [-0.4, 0.6]);
  assert.deepEqual(rounded(channel(other, "x1")), [0, 1]);
  assert.deepEqual([one.names, one.x, other.x], [["0", "1"], [-0.5, 1.5], [-0.5, 1.5]]);
});

test("bars stand on zero, or where a logarithmic axis begins", () => {
  assert.deepEqual([baseOf([0.1, 10]), baseOf([-1, 1])], [0.1, 0]);
  assert.deepEqual(ranges([draw({ kind: "bars", heights: "h" }, { h: array([4, 8]) }, { marks: [{ kind: "bars" }] })]).y, [0, 8]);
});

test("diverging colours are centred on zero, sequential ones fill the data", () => {
  const arrays = { m: array([-3, 1, 0, 2], [2, 2]) };
  const of = (/** @type {string} */ scale) => draw({ kind: "heatmap", values: "m", scale }, arrays).colors.range;
  assert.deepEqual([of("diverging"), of("sequential")], [[-3, 3], [-3, 2]]);
});

test("a field reaches half a cell beyond its centres", () => {
  const arrays = { m: array([1, 2, 3, 4, 5, 6], [2, 3]), x: array([0, 1, 2]), y: array([10, 20]) };
  const drawn = draw({ kind: "heatmap", values: "m", x: "x", y: "y", scale: "sequential" }, arrays);
  assert.deepEqual([drawn.x, drawn.y], [[-0.5, 2.5], [5, 25]]);
  // Under the pointer is the centre of a cell.
  const pointed = drawn.draw()[1].channels;
  assert.deepEqual(["x", "y"].map((axis) => [...pointed[axis].value]), [[0, 1, 2, 0, 1, 2], [10, 10, 10, 20, 20, 20]]);
});

test("a matrix has its cells around the whole numbers, and ticks", () => {
  const drawn = draw({ kind: "heatmap", values: "m", scale: "sequential" }, { m: array(Array(6).fill(0), [2, 3]) });
  assert.deepEqual([drawn.x, drawn.y, drawn.matrix], [[-0.5, 2.5], [-0.5, 1.5], { rows: 2, columns: 3, ticks: true }]);
});

test("a histogram reaches from its first edge to its last", () => {
  const drawn = draw({ kind: "histogram", values: "v", edges: [1, 5, 8], density: false }, { v: array([2, 2, 4]) });
  assert.deepEqual([drawn.x, drawn.y], [[1, 5], [0, 2]]);
});

test("words at the ends of the axis begin or end at their points, others lie around them", () => {
  const x = Array.from({ length: 201 }, (_, index) => index);
  const mark = { kind: "texts", x: "x", y: "x", names: x.map(String), size: 12 };
  const texts = draw(mark, { x: array(x) }).draw({ x: [0, 200], y: [0, 200] }).slice(0, 3);
  const [start, middle, end] = texts.map((/** @type {any} */ each) => [...each.initializer(each.data, [x], {}).facets[0]]);
  assert.deepEqual(texts.map((/** @type {any} */ each) => each.textAnchor ?? "middle"), ["start", "middle", "end"]);
  assert.deepEqual([...start, ...middle, ...end], x);
  assert.ok(start.includes(0) && middle.includes(100) && end.includes(200));
});

test("matrices of a stack stand side by side, a column apart", () => {
  const drawn = draw({ kind: "heatmap", values: "m", scale: "sequential" }, { m: array(Array(12).fill(0), [2, 3, 2]) });
  assert.deepEqual([drawn.x, drawn.y, drawn.matrix], [[-0.5, 4.5], [-0.5, 2.5], { rows: 3, columns: 5, ticks: false }]);
});

test("each axis of a playing picture keeps its own range", () => {
  const drawn = [draw({ kind: "dots", x: "x", y: "y" }, { x: array([0, 9]), y: array([0, 90]) })];
  assert.deepEqual(ranges(drawn, { x: [-1, 12], y: [-5, 110] }), { x: [-1, 12], y: [-5, 110], color: undefined });
});

test("a word is found by its number, rounded, and a number without one is told", () => {
  assert.deepEqual(wordAt("index", 0.9999, ["a", "b"]), { place: 1, word: "b" });
  assert.throws(() => wordAt("index", 2, ["a", "b"]), /“index” holds 2, but words are numbered from 0 to 1/);
});

test("words that would cover each other stand apart by half lines, and others where they are", () => {
  const box = (/** @type {number} */ left, /** @type {number} */ y) => ({ left, right: left + 40, y });
  assert.deepEqual(keptApart([box(0, 100), box(100, 100), box(0, 118)], 12), [100, 100, 118]);
  assert.deepEqual(keptApart([box(0, 100), box(20, 102), box(10, 101)], 12), [100, 114, 83]);
});
