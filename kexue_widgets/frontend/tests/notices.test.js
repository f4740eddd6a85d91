// The notices of those whose work is bundled.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { noticeOf, packageOf } from "../notices.mjs";

const modules = join(import.meta.dirname, "..", "node_modules");

test("a bundled file belongs to the innermost package on its way", () => {
  assert.equal(packageOf("../node_modules/@observablehq/plot/src/index.js"), "@observablehq/plot");
  assert.equal(packageOf("node_modules/d3/node_modules/d3-array/src/index.js"), "d3-array");
  assert.equal(packageOf("controls/slider.js"), undefined);
});

test("each notice has the copyright and the licence of its package", async () => {
  const words = {
    "onnxruntime-web": [/\(MIT\)/, /Copyright \(c\) Microsoft Corporation/, /Permission is hereby granted/],
    "mersenne-twister": [/Makoto Matsumoto and Takuji Nishimura/, /Redistributions in binary form must reproduce/],
    "@mathjax/mathjax-newcm-font": [/MathJax Consortium/, /Apache License/],
    "d3-array": [/\(ISC\)/, /Copyright 2010-\d+ Mike Bostock/],
  };
  for (const [name, patterns] of Object.entries(words)) {
    const notice = await noticeOf(modules, name);
    for (const pattern of patterns) assert.match(notice, pattern);
  }
});

test("a package that tells no licence is refused by its name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "notices-"));
  await mkdir(join(folder, "silent"));
  await writeFile(join(folder, "silent", "package.json"), '{"version": "1.0.0", "license": "MIT"}');
  await assert.rejects(noticeOf(folder, "silent"), /silent is bundled, and has no file of its licence/);
});
