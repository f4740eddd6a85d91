// Bundles the front end into ../static: what JupyterLab and the book's pages load. Nothing in static/ is committed.
// With --watch, only what changes while one works on it, again after each change.
import { build, context } from "esbuild";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { noticeOf, packageOf } from "./notices.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const finished = join(here, "..", "static");
const static_ = `${finished}.new`;

// The WASM, gzipped: the plain 14 MB in base64 would be 19 MB. Best compression: it is packed once and loaded by every
// reader. A page opened by double-click may not fetch a file, so that one script is the whole engine.
const wasm = await readFile(join(modules, "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"));
const packed = gzipSync(wasm, { level: 9 });

/** @type {[string, import("esbuild").BuildOptions][]} What is bundled in a moment; the engine takes longer. */
const light = [
  ["loader.js", { format: "esm" }],
  ["widget.js", { format: "esm" }],
  ["page.js", { format: "iife" }],
  ["reader.js", { format: "iife" }],
  ["search.js", { format: "iife" }],
  ["guide.js", { format: "iife" }],
  ["language.js", { format: "iife" }],
  ["style.css", {}],
];
/** @type {[string, import("esbuild").BuildOptions]} */
const engine = [
  "engine.js",
  {
    outfile: join(static_, "engine-code.js"),
    format: "iife",
    // A function of the port that it answers on: a page runs it, or makes a worker of its text.
    banner: { js: "globalThis.KexueEngine={run:function(port){" },
    footer: { js: "}};" },
    // A classic script has no address, and needs none: nothing is loaded after it. (With the page's own, ONNX Runtime
    // would ask for the origin of a page opened by double-click, which Firefox says is null.)
    define: { "define.amd": "false", "import.meta.url": '""', PACKED_BYTES: String(packed.length) },
  },
];

/** @param {string} folder @returns {(entry: [string, import("esbuild").BuildOptions]) => import("esbuild").BuildOptions} */
const into = (folder) => ([entry, options]) => ({
  entryPoints: [join(here, entry)],
  outfile: join(folder, entry),
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  // Bundled UMD code must not register with an AMD loader that happens to be on the page.
  define: { "define.amd": "false" },
  logLevel: "warning",
  ...options,
});

if (process.argv.includes("--watch")) {
  for (const options of light.map(into(finished))) await (await context({ ...options, logLevel: "info" })).watch();
  await new Promise(() => {}); // until it is stopped
}

await rm(static_, { recursive: true, force: true });
await mkdir(static_);
const built = await Promise.all([...light, engine].map(into(static_)).map((options) => build({ ...options, metafile: true })));

await writeFile(join(static_, "engine.wasm.gz"), packed);
const code = await readFile(join(static_, "engine-code.js"), "utf8");
await writeFile(join(static_, "engine.js"), `${code}KexueEngine.wasm="${packed.toString("base64")}";\n`);

// The parts of MathJax that the pages load (see kexue_widgets/mathjax.py); the menu and the speech engine are not among them.
for (const part of ["startup.js", "core.js", "input/tex.js", "input/tex", "output/chtml.js", "ui/safe.js", "a11y/assistive-mml.js"]) {
  await cp(join(modules, "mathjax", part), join(static_, "mathjax", part), { recursive: true });
}
for (const part of ["chtml.js", "chtml"]) {
  await cp(join(modules, "@mathjax/mathjax-newcm-font", part), join(static_, "mathjax/mathjax-newcm-font", part), {
    recursive: true,
  });
}

// The Tang poems (see wordvec/corpora.py): a verse to a line, an empty line after each poem.
const poems = join(modules, "chinese-poetry/dist/quantangshi");
const volumes = (await readdir(poems)).filter((name) => /^poet\.tang\.\d+\.json$/.test(name));
const first = (/** @type {string} */ name) => Number(name.split(".")[2]); // the number of a volume's first poem
volumes.sort((one, other) => first(one) - first(other));
const texts = await Promise.all(volumes.map((name) => readFile(join(poems, name), "utf8")));
const tang = texts.flatMap((text) => JSON.parse(text)).map(({ paragraphs }) => `${paragraphs.join("\n")}\n\n`);
await writeFile(join(static_, "tang_poems.txt.gz"), gzipSync(tang.join(""), { level: 9 }));

// Whoever passes on what is built here passes on the notices of those who wrote it.
const bundled = built.flatMap(({ metafile }) => Object.keys(metafile.inputs)).flatMap((path) => packageOf(path) ?? []);
const copied = ["mathjax", "@mathjax/mathjax-newcm-font", "chinese-poetry"];
const notices = await Promise.all([...new Set([...bundled, ...copied])].sort().map((name) => noticeOf(modules, name)));
await writeFile(join(static_, "notices.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));

// Only a finished build takes the old one's place.
await rm(finished, { recursive: true, force: true });
await rename(static_, finished);
