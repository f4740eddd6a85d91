// The licences of what is bundled, as their packages tell them.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The package that a bundled file comes from. @param {string} path @returns {string | undefined} */
export const packageOf = (path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];

// Packages without a file of their licence: it stands in another of their files, or is one that is told elsewhere.
/** @type {Record<string, {file: string} | {copyright: string, license: string, from: string}>} */
const ELSEWHERE = {
  "@mathjax/mathjax-newcm-font": { copyright: "Copyright (c) The MathJax Consortium", license: "mathjax/LICENSE", from: "" },
  "mersenne-twister": { file: "src/mersenne-twister.js" },
  "onnxruntime-common": { copyright: "Copyright (c) Microsoft Corporation", license: "esbuild/LICENSE.md", from: "Permission is" },
  "onnxruntime-web": { copyright: "Copyright (c) Microsoft Corporation", license: "esbuild/LICENSE.md", from: "Permission is" },
};

/** @param {string} modules @param {string} name */
async function textOf(modules, name) {
  const own = (await readdir(join(modules, name))).find((file) => /^(licen[cs]e|copying)/i.test(file));
  if (own) return readFile(join(modules, name, own), "utf8");
  const elsewhere = ELSEWHERE[name];
  if (!elsewhere) throw new Error(`${name} is bundled, and has no file of its licence: notices.mjs must know where it is told`);
  if ("file" in elsewhere) {
    const comments = (await readFile(join(modules, name, elsewhere.file), "utf8")).match(/\/\*[^]*?\*\//g) ?? [];
    return comments.filter((text) => /copyright/i.test(text)).map((text) => text.slice(2, -2)).join("\n");
  }
  const license = await readFile(join(modules, elsewhere.license), "utf8");
  return `${elsewhere.copyright}\n\n${license.slice(license.indexOf(elsewhere.from))}`;
}

/** Name, version and licence of a package, with its text. @param {string} modules @param {string} name */
export async function noticeOf(modules, name) {
  const folder = join(modules, name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return `${name} ${version} (${license})\n\n${(await textOf(modules, name)).trim()}\n`;
}
