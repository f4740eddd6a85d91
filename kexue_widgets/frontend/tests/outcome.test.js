// The sentence that those hear who do not see what a change has made of a figure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf } from "../outcome.js";

const array = (/** @type {number[]} */ data, shape = [data.length]) => ({ shape, data: Float32Array.from(data) });
const node = (/** @type {string} */ label) => ({ name: label, label, place: [0, 0] });
const view = (/** @type {string} */ title, /** @type {any[]} */ ...marks) => /** @type {any} */ ({ title, x: "", y: "", marks });

const phases = view("where it is", { kind: "graph", nodes: ["draw", "update"].map(node), highlight_nodes: "phase", digits: 3 });
const diagram = view("network", { kind: "graph", nodes: ["x", "h", "y"].map(node), highlight_nodes: "lit", values: "numbers", control: "unit", digits: 2 });
const arrays = {
  phase: array([0, 1]),
  lit: array([1, 0, 1]),
  numbers: array([0.25, 3, NaN]),
  score: array([2, 1]),
  index: array([1, 0]),
  cells: array([5, 6, 7], [3, 1]),
};

test("of a model in phases the phase is told, then what is lit and the numbers there", () => {
  assert.equal(outcomeOf([diagram, phases], arrays), "where it is: update. network: x 0.25; y.");
});

test("a summary is told before all else but the phase", () => {
  const table = view("summary", { kind: "table", values: "cells", rows: ["a", "b", "c"], columns: ["n"], digits: 3 });
  assert.equal(outcomeOf([diagram, table], arrays), "summary: a 5; b 6; c 7.");
  assert.equal(outcomeOf([diagram, phases, table], arrays), "where it is: update. summary: a 5; b 6; c 7.");
});

test("rows of a table that are picked by number have their names, and those without one are not told", () => {
  const picked = view("parts", { kind: "table", values: "score", rows: [], index: "index", names: ["", "word"], columns: ["n"], digits: 3 });
  assert.equal(outcomeOf([picked], arrays), "parts: word 2.");
});

test("a picture of very many numbers is told, too", () => {
  const many = array(Array.from({ length: 300_000 }, (_, index) => index % 7));
  assert.equal(outcomeOf([view("many", { kind: "dots", x: "many", y: "many" })], { many }), "many: many 300000 points: x 0 to 6, y 0 to 6.");
});

test("the summary is the last of the tables", () => {
  const tables = ["pairs", "summary"].map((title) => view(title, { kind: "table", values: "score", rows: ["a", "b"], columns: ["n"], digits: 3 }));
  assert.equal(outcomeOf(tables, arrays), "summary: a 2; b 1.");
});

test("words are told with their places", () => {
  const words = view("plane", { kind: "texts", x: "score", y: "index", names: ["king", "queen"], size: 11 });
  assert.equal(outcomeOf([words], arrays), "plane: king 2, 1; queen 1, 0.");
});

test("of a ranking its first are told, before a table that follows", () => {
  const ranking = view("nearest", { kind: "ranking", index: "index", score: "score", names: ["king", "queen"], digits: 2 });
  assert.equal(outcomeOf([ranking], arrays), "nearest: queen 2; king 1.");
  const table = view("parts", { kind: "table", values: "cells", rows: ["a", "b", "c"], columns: ["n"], digits: 3 });
  assert.equal(outcomeOf([ranking, table], arrays), "nearest: queen 2; king 1.");
  assert.equal(outcomeOf([table, ranking], arrays), "parts: a 5; b 6; c 7.");
});

test("of several curves those that have shrunk to a point are not told, unless none has moved yet", () => {
  const curves = view("walks", { kind: "lines", x: "x", y: "y", label: "place" });
  const x = array([0, 1, 0, 2, 0, 0], [3, 2]);
  assert.equal(outcomeOf([curves], { x, y: array([1, 4, 1, 5, 1, 1], [3, 2]) }), "walks: place 4 to 5.");
  assert.equal(outcomeOf([curves], { x: array([0, 0], [1, 2]), y: array([3, 3], [1, 2]) }), "walks: place 3.");
});

test("where no view has numbers nothing is told", () => {
  assert.equal(outcomeOf([view("words", { kind: "passages", index: "index", texts: ["a", "b"] })], arrays), "");
});
