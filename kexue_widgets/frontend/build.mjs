// Bundles the front end into ../static: what JupyterLab and the book's pages load. Nothing in static/ is committed.
import { build } from "esbuild";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const finished = join(here, "..", "static");
const static_ = `${finished}.new`;

const missing = ["widget.js", "page.js", "reader.js", "guide.js", "engine.js", "style.css"].filter((name) => !existsSync(join(here, name)));
if (missing.length) {
  console.error(`build.mjs: missing front-end source: ${missing.join(", ")}`);
  process.exit(1);
}

/**
 * A page opened by double-click may not fetch a file, so the engine's script carries its WASM: gzipped, since base64
 * of the plain 14 MB would be 19 MB. Best compression: it is packed once and loaded by every reader.
 */
const ortWasm = {
  name: "ort-wasm",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^virtual:ort-wasm$/ }, ({ path }) => ({ path, namespace: "ort-wasm" }));
    onLoad({ filter: /.*/, namespace: "ort-wasm" }, async () => {
      const wasm = await readFile(join(modules, "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"));
      return { contents: gzipSync(wasm, { level: 9 }).toString("base64"), loader: "text" };
    });
  },
};

/** @param {string} entry @param {import("esbuild").BuildOptions} options */
const bundle = (entry, options) =>
  build({
    entryPoints: [join(here, entry)],
    outfile: join(static_, entry),
    bundle: true,
    minify: true,
    target: "es2022",
    legalComments: "none",
    // Bundled UMD code must not register with an AMD loader that happens to be on the page.
    define: { "define.amd": "false" },
    logLevel: "warning",
    ...options,
  });

await rm(static_, { recursive: true, force: true });
await mkdir(static_);
await Promise.all([
  bundle("widget.js", { format: "esm" }),
  bundle("page.js", { format: "iife" }),
  bundle("reader.js", { format: "iife" }),
  bundle("guide.js", { format: "iife" }),
  bundle("style.css", {}),
  bundle("engine.js", {
    format: "iife",
    plugins: [ortWasm],
    // A classic script has no address, and needs none: nothing is loaded after it. (With the page's own, ONNX Runtime
    // would ask for the origin of a page opened by double-click, which Firefox says is null.)
    define: { "define.amd": "false", "import.meta.url": '""' },
  }),
]);

// The parts of MathJax that the pages load (see live/book.py); the menu and the speech engine are not among them.
for (const part of ["startup.js", "core.js", "input/tex.js", "input/tex", "output/chtml.js", "a11y/assistive-mml.js"]) {
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

// Only a finished build takes the old one's place.
await rm(finished, { recursive: true, force: true });
await rename(static_, finished);
