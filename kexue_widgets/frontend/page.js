// Explorers on a static page: <kexue-explorer> holds a picture and a manifest; this script brings it to life.
import { isGood, onWeb, whenNear } from "./ahead.js";
import { unpackFrame } from "./arrays.js";
import { kindOf, valuesIn } from "./controls/index.js";
import { seedOf } from "./controls/seed.js";
import { make } from "./dom.js";
import { BrowserEngine } from "./engines.js";
import { defaultsOf, mountExplorer } from "./explorer.js";
import { playFilm } from "./film.js";
import { OFF, addressToShare, isUnwritten, onWritten, readHash, writeAtRest, writeHash, writeNow } from "./hash.js";
import { unpackManifest } from "./manifest.js";
import { Runner, oneRunner } from "./runner.js";
import { fetched, whole } from "./scripts.js";
import { PageModel } from "./stub.js";
import { inWords, say } from "./words.js";

// The engine and the graphs lie beside this script. Only known while it runs for the first time.
const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
/** @param {string} name */
const addressOf = (name) => new URL(name, script?.src || document.baseURI).href;

/** The engine with its WASM inside: all that a page opened by double-click may load. */
const wholeEngine = () => fetched(addressOf("engine.js"), () => (globalThis.KexueEngine?.wasm ? globalThis.KexueEngine : undefined));

/** One engine for all explorers of the page, fetched when the first of them needs it. */
async function start() {
  const streams = onWeb(addressOf("")) && !globalThis.KexueEngine?.wasm;
  const code = () => fetched(addressOf("engine-code.js"), () => globalThis.KexueEngine);
  const { run } = await (streams ? code().catch(wholeEngine) : wholeEngine());
  const runner = await Runner.of(run);
  try {
    if (streams) return await runner.begin({ address: addressOf("engine.packed") });
  } catch {
    // Whatever stands in the way of a file, a script may pass it.
  }
  const { wasm } = await wholeEngine();
  return whole(runner.begin({ wasm }), addressOf("engine.js"), () => (globalThis.KexueEngine = undefined));
}

/** Uses a graph, in base64, which is fetched when it is first needed. @type {import("./engines.js").WithGraph} */
async function withGraph(graph, use) {
  const address = addressOf(`graphs/${graph}.js`);
  const packed = await fetched(address, () => globalThis.KexueGraphs?.[graph]);
  return whole(use(packed), address, () => delete globalThis.KexueGraphs?.[graph]);
}

/** @type {Map<string, number>} */
const sameName = new Map();

/** What the address calls an explorer: its class, numbered from the second on. @param {string} name */
function nameInAddress(name) {
  const count = (sameName.get(name) ?? 0) + 1;
  sameName.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}

for (const end of ["pointerup", "keyup", "change", "pagehide"]) addEventListener(end, writeNow);

class KexueExplorer extends HTMLElement {
  /** @type {import("./types").Exposed | undefined} */
  explorer;
  /** @type {AbortController | undefined} */
  #controller;
  #name = "";

  connectedCallback() {
    // A script that runs before the element's end has been read would find no manifest.
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", () => this.isConnected && this.#upgrade(), { once: true });
    } else this.#upgrade();
  }

  disconnectedCallback() {
    this.#controller?.abort();
    this.#controller = undefined;
    this.#showFallback(true);
  }

  #upgrade() {
    if (this.#controller) return;
    const controller = new AbortController();
    this.#controller = controller;
    const root = make("div", { class: "kexue" });
    try {
      const manifest = unpackManifest(JSON.parse(this.querySelector("script")?.textContent ?? ""));
      root.setAttribute("role", "group");
      root.setAttribute("aria-label", say(manifest.description));
      this.append(root);
      this.#mount(root, manifest, controller.signal);
      this.#showFallback(false);
    } catch (error) {
      controller.abort();
      const words = say("This figure could not be made live: {reason}", { reason: inWords(error) });
      root.replaceChildren(make("div", { class: "kexue-alert", role: "alert" }, words));
      this.append(root);
      this.#showFallback(true);
    }
  }

  /** @param {HTMLElement} root @param {import("./types").Manifest} manifest @param {AbortSignal} signal */
  #mount(root, manifest, signal) {
    this.#name ||= nameInAddress(manifest.name);
    const controls = [...manifest.controls, seedOf(manifest)];
    const model = new PageModel(defaultsOf(manifest));
    const explorer = mountExplorer({
      root,
      manifest,
      model,
      makeEngine: () => new BrowserEngine(manifest, () => oneRunner(start), withGraph, signal),
      link: () => {
        writeNow();
        return addressToShare();
      },
      unwritten: () => isUnwritten(this.#name),
      signal,
    });
    this.explorer = explorer;
    onWritten(explorer.settle, signal);
    const shared = controls.filter((control) => kindOf(control).fromText);
    const follow = () => {
      const texts = readHash(this.#name);
      const speed = Number(texts.get("speed") ?? manifest.speed);
      explorer.restore({ values: valuesIn(shared, texts), speed, trail: texts.get("steps"), off: texts.get(OFF) });
    };
    follow();
    const write = () => {
      writeHash(this.#name, "steps", () => explorer.trail);
      writeHash(this.#name, "speed", () => (explorer.speed === manifest.speed ? undefined : String(explorer.speed)));
      explorer.settle();
    };
    if (manifest.stateful) for (const event of ["kexue:frame", "kexue:speed"]) root.addEventListener(event, write);
    root.addEventListener("kexue:legend", () => {
      writeHash(this.#name, OFF, () => explorer.off);
      explorer.settle();
    });
    root.addEventListener("kexue:rest", writeAtRest);
    for (const { name, value } of shared) {
      model.on(`change:${name}`, () => {
        const text = String(model.get(name));
        writeHash(this.#name, name, () => (text === String(value) ? undefined : text));
      });
    }
    // Not for what only leads to a chapter.
    const ahead = manifest.ahead && onWeb(location.href) && !this.matches(".kexue-thumbnail, .kexue-film");
    const { connection } = /** @type {any} */ (navigator);
    if (ahead && isGood(connection)) whenNear(root, explorer.ahead, signal);
    const { film, frame } = manifest;
    // What was set in the address is what is to be seen.
    if (film && frame && !readHash(this.#name).size) {
      playFilm({ film, last: unpackFrame(frame), show: explorer.show, root, signal });
    }
    explorer.settle();
    addEventListener("hashchange", () => location.hash.startsWith("#live:") && follow(), { signal });
    signal.addEventListener("abort", () => (this.explorer = undefined));
  }

  /** @param {boolean} visible */
  #showFallback(visible) {
    for (const figure of this.querySelectorAll(":scope > figure")) /** @type {HTMLElement} */ (figure).hidden = !visible;
  }
}

if (!customElements.get("kexue-explorer")) customElements.define("kexue-explorer", KexueExplorer);

// For explorers among the page's widgets, whose script has no address.
globalThis.KexueEngineAddress = addressOf("engine.js");
