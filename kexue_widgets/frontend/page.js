// Explorers on a static page: <kexue-explorer> holds a picture and a manifest; this script brings it to life.
import { make } from "./dom.js";
import { BrowserEngine } from "./engines.js";
import { mountExplorer } from "./explorer.js";
import { readHash, writeHash } from "./hash.js";
import { unpackManifest } from "./manifest.js";
import { PageModel } from "./stub.js";
import { queryFrom } from "./text.js";
import { Trouble, inWords, say } from "./words.js";

/**
 * @typedef {import("./types").Manifest} Manifest
 * @typedef {import("./types").Value} Value
 */

// The engine and the graphs lie beside this script. Only known while it runs for the first time.
const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
/** @param {string} name */
const addressOf = (name) => new URL(name, script?.src || document.baseURI).href;

/** @type {Promise<import("./types").OnnxEngine> | undefined} */
let loading;

/** One engine for all explorers of the page, fetched when the first of them needs it. */
function loadEngine() {
  loading ??= fetched(addressOf("engine.js"), () => globalThis.KexueEngine);
  // Not kept when it fails: the reader may try again.
  loading.catch(() => (loading = undefined));
  return loading;
}

/** A graph in base64, fetched when it is first needed. @param {string} graph */
const loadGraph = (graph) => fetched(addressOf(`graphs/${graph}.js`), () => globalThis.KexueGraphs?.[graph]);

/**
 * What a script leaves behind; it is fetched unless that is there already. A script element works over http and on
 * file:// alike.
 * @template T @param {string} address @param {() => T | undefined} left @returns {Promise<T>}
 */
function fetched(address, left) {
  return new Promise((resolve, reject) => {
    const known = left();
    if (known !== undefined) return resolve(known);
    const element = make("script", { src: address });
    const finish = () => {
      const value = left();
      if (value !== undefined) resolve(value);
      else reject(new Trouble("Something that this figure needs could not be loaded: {address}", { address }));
      element.remove();
    };
    element.addEventListener("load", finish);
    element.addEventListener("error", finish);
    document.head.append(element);
  });
}

/** @param {Manifest} manifest @returns {Record<string, Value>} */
const defaultsOf = ({ controls, seed }) => ({ ...Object.fromEntries(controls.map((c) => [c.name, c.value])), seed });

/**
 * A value from the address; nothing when it is not one that the control could have.
 * @param {Manifest} manifest @param {string} name @param {string} text @returns {Value | undefined}
 */
function valueFrom({ controls }, name, text) {
  const number = text.trim() === "" ? NaN : Number(text);
  if (name === "seed") return Number.isInteger(number) && number >= 0 && number < 2 ** 32 ? number : undefined;
  const control = controls.find((each) => each.name === name);
  if (control?.kind === "slider") return number >= control.min && number <= control.max ? number : undefined;
  if (control?.kind === "choice") return control.options.some(({ label }) => label === text) ? text : undefined;
  if (control?.kind === "points") return pointsFrom(control, text);
  if (control?.kind === "photo") return undefined;
  if (control?.kind === "query") return queryFrom(text);
  return control && ["true", "false"].includes(text) ? text === "true" : undefined;
}

/** Points are written as x,y,x,y... @param {import("./types").Points} control @param {string} text */
function pointsFrom({ capacity, x_range, y_range }, text) {
  const numbers = text === "" ? [] : text.split(",").map((each) => (each.trim() === "" ? NaN : Number(each)));
  const ranges = [x_range, y_range];
  const inside = numbers.every((each, index) => each >= ranges[index % 2][0] && each <= ranges[index % 2][1]);
  if (!inside || numbers.length % 2 || numbers.length > 2 * capacity) return undefined;
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    return /** @type {import("./types").Point} */ ([numbers[2 * index], numbers[2 * index + 1]]);
  });
}

/** @type {Map<string, number>} */
const sameName = new Map();

/** What the address calls an explorer: its class, numbered from the second on. @param {string} name */
function nameInAddress(name) {
  const count = (sameName.get(name) ?? 0) + 1;
  sameName.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}

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

  /** @param {HTMLElement} root @param {Manifest} manifest @param {AbortSignal} signal */
  #mount(root, manifest, signal) {
    this.#name ||= nameInAddress(manifest.name);
    const defaults = defaultsOf(manifest);
    const model = new PageModel(defaults);
    const fromAddress = () => {
      const named = [...readHash(this.#name)].map(([name, text]) => [name, valueFrom(manifest, name, text)]);
      return Object.fromEntries(named.filter(([, value]) => value !== undefined));
    };
    const given = fromAddress();
    const explorer = mountExplorer({
      root,
      manifest,
      model,
      makeEngine: () => new BrowserEngine(manifest, loadEngine, loadGraph),
      signal,
    });
    this.explorer = explorer;
    for (const [name, value] of Object.entries(given)) model.set(name, value);
    // A photo is too long for an address, and nobody else's business.
    const photos = manifest.controls.filter(({ kind }) => kind === "photo").map(({ name }) => name);
    const shared = Object.entries(defaults).filter(([name]) => !photos.includes(name));
    for (const [name, standard] of shared) {
      model.on(`change:${name}`, () => {
        const text = String(model.get(name));
        writeHash(this.#name, name, text === String(standard) ? undefined : text);
      });
    }
    const follow = () => {
      if (!location.hash.startsWith("#live:")) return;
      for (const [name, value] of Object.entries({ ...Object.fromEntries(shared), ...fromAddress() })) model.set(name, value);
    };
    addEventListener("hashchange", follow, { signal });
    signal.addEventListener("abort", () => (this.explorer = undefined));
  }

  /** @param {boolean} visible */
  #showFallback(visible) {
    for (const figure of this.querySelectorAll(":scope > figure")) /** @type {HTMLElement} */ (figure).hidden = !visible;
  }
}

if (!customElements.get("kexue-explorer")) customElements.define("kexue-explorer", KexueExplorer);
