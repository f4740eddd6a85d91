// A manifest as Python packs it, unpacked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unpackManifest } from "../manifest.js";

const choice = (/** @type {string} */ name, /** @type {unknown} */ options) => ({ kind: "choice", name, options });

/** @param {object[]} controls @param {object[]} [marks] */
const unpack = (controls, marks = []) => unpackManifest({ controls, views: [{ title: "t", marks }] });
/** @param {object[]} controls */
const optionsOf = (controls) => unpack(controls).controls.map((control) => "options" in control && control.options);

test("options get the numbers that were sent, their place, or none", () => {
  assert.deepEqual(
    optionsOf([
      choice("own", { labels: ["a", "b"], numbers: [0.5, [1, 2]] }),
      choice("counted", { labels: ["a", "b"], numbers: "order" }),
      choice("plain", { labels: ["a", "b"], numbers: null }),
    ]),
    [
      [{ label: "a", value: 0.5 }, { label: "b", value: [1, 2] }],
      [{ label: "a", value: 0 }, { label: "b", value: 1 }],
      [{ label: "a", value: null }, { label: "b", value: null }],
    ],
  );
});

test("controls that name another share its options", () => {
  const [first, second] = optionsOf([choice("one", { labels: ["a"], numbers: "order" }), choice("two", "one")]);
  assert.equal(first, second);
});

test("a control without options is as it was sent", () => {
  const slider = { kind: "slider", name: "p", value: 0.5 };
  assert.equal(unpack([slider]).controls[0], slider);
});

test("words that a mark does not bring are its control's options", () => {
  const controls = [choice("word", { labels: ["a", "b"], numbers: "order" })];
  const marks = [
    { kind: "ranking", names: null, control: "word" },
    { kind: "ranking", names: ["c"], control: "word" },
    { kind: "bars", names: null },
    { kind: "graph", control: "word" },
  ];
  const unpackedMarks = unpack(controls, marks).views[0].marks.map((mark) => "names" in mark && mark.names);
  assert.deepEqual(unpackedMarks, [["a", "b"], ["c"], null, false]);
});
