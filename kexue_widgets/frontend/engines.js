// Where an explorer's model runs. Both engines offer the same few methods, so that nothing else knows which one it has.
import { kindOf } from "./controls/index.js";
import { newId } from "./dom.js";
import { Trouble, inWords } from "./words.js";

/**
 * @typedef {import("./types").Engine} Engine
 * @typedef {import("./types").Frame} Frame
 * @typedef {import("./types").Manifest} Manifest
 * @typedef {import("./types").Values} Values
 * @typedef {import("./types").Part} Part
 */

const PATIENCE = 15_000; // milliseconds without a reply after which a kernel counts as dead

/** What is thrown where no kernel answers. */
const silence = () =>
  Object.assign(new Trouble("The kernel has not answered for 15 seconds: it may be busy, or dead."), { silent: true });

/** Asks Python over the widget's comm, one request at a time. @implements {Engine} */
export class KernelEngine {
  #model;
  #patience;
  #beside;
  /** @type {Map<string, {resolve: (frame: Frame) => void, reject: (error: Error) => void, timer: number}>} */
  #pending = new Map();

  /**
   * @param {import("./types").Model} model
   * @param {{signal: AbortSignal, arrived: (frame: Frame) => void, failed: (error: Error) => void}} options
   *   `arrived` receives frames nobody here waits for: sent by Python unasked, late, or asked for by another view.
   * @param {number} [patience] milliseconds that a reply may take
   * @param {boolean} [beside] Whether its state is one beside that which is shown.
   */
  constructor(model, { signal, arrived, failed }, patience = PATIENCE, beside = false) {
    this.#model = model;
    this.#patience = patience;
    this.#beside = beside;
    /** @param {any} message @param {DataView[]} buffers */
    const onMessage = (message, buffers) => {
      const waiting = this.#pending.get(message.id);
      if (!waiting && (beside || message.beside)) return; // nobody is to see it unasked
      this.#pending.delete(message.id);
      clearTimeout(waiting?.timer);
      if (message.error) {
        const error = new Error(message.error);
        if (waiting) waiting.reject(error);
        else if (message.id === null) failed(error);
      } else if (message.frame) {
        const frame = receivedFrame(message.frame, buffers);
        if (waiting) waiting.resolve(frame);
        else arrived(frame);
      }
    };
    model.on("msg:custom", onMessage);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", onMessage);
      for (const { timer } of this.#pending.values()) clearTimeout(timer);
    });
  }

  async prepare() {}

  /** @param {Values} values @param {number} seed */
  frame(values, seed) {
    return this.#ask({ do: "frame", values, seed });
  }

  /** @param {number} steps @param {Values} values @param {number} seed */
  advance(steps, values, seed) {
    return this.#ask({ do: "advance", steps, values, seed });
  }

  /** @param {Values} values @param {number} seed */
  reset(values, seed) {
    return this.#ask({ do: "reset", values, seed });
  }

  /** @param {Record<string, unknown>} request @returns {Promise<Frame>} */
  #ask(request) {
    const id = newId();
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        clearTimeout(this.#pending.get(id)?.timer);
        this.#pending.delete(id);
        reject(silence());
      };
      this.#pending.set(id, { resolve, reject, timer: setTimeout(giveUp, this.#patience) });
      try {
        this.#model.send({ id, ...request, ...(this.#beside && { beside: true }) });
      } catch {
        giveUp(); // the host has closed the connection
      }
    });
  }
}

/** @param {any} frame @param {DataView[]} buffers @returns {Frame} */
function receivedFrame({ steps, arrays }, buffers) {
  const named = arrays.map((/** @type {any} */ { name, shape }, /** @type {number} */ index) => {
    const { buffer, byteOffset, byteLength } = buffers[index];
    return [name, { shape, data: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)) }];
  });
  return { steps, arrays: Object.fromEntries(named) };
}

/** That a newer request has taken the place of this one. */
export class Left extends Error {}

/** @typedef {<T>(graph: string, use: (packed: string) => Promise<T>) => Promise<T>} WithGraph  Uses a graph, in base64. */

/** Has the exported graphs run by this browser. @implements {Engine} */
export class BrowserEngine {
  #manifest;
  #load;
  #withGraph;
  #name = newId();
  /** @type {Map<string, Promise<import("./runner.js").Runner>>} who has which graph */
  #graphs = new Map();
  /** @type {Set<{origin: string, left: AbortController}>} */
  #asked = new Set();

  /**
   * @param {Manifest} manifest
   * @param {() => Promise<import("./runner.js").Runner>} load
   * @param {WithGraph} [withGraph] for graphs that are not in the manifest
   * @param {AbortSignal} [signal] aborted when the explorer is gone
   */
  constructor(manifest, load, withGraph = () => Promise.reject(new Error("no such graph")), signal) {
    this.#manifest = manifest;
    this.#load = load;
    this.#withGraph = withGraph;
    const forget = (/** @type {import("./runner.js").Runner} */ runner) => runner.ask("forget", { explorer: this.#name });
    signal?.addEventListener("abort", () => Promise.any(this.#graphs.values()).then(forget, () => {}));
  }

  /** @param {Values} values @param {number} [seed] */
  async prepare(values, seed) {
    const runner = await this.#runner(values);
    // Made ahead only where that holds nobody up.
    if (seed !== undefined && this.#manifest.stateful && runner.apart) await this.#ask("prepare", 0, values, seed);
  }

  /** @param {Values} values @param {number} seed */
  frame(values, seed) {
    return this.#ask("frame", 0, values, seed);
  }

  /** @param {number} steps @param {Values} values @param {number} seed */
  advance(steps, values, seed) {
    return this.#ask("advance", steps, values, seed);
  }

  /** @param {Values} values @param {number} seed */
  reset(values, seed) {
    return this.#ask("reset", 0, values, seed);
  }

  /** @param {Values} [values] @param {number} [seed] */
  leave(values, seed = 0) {
    for (const { origin, left } of this.#asked) if (!values || origin !== this.#origin(values, seed)) left.abort();
  }

  /** What a state follows from: it is made anew when this has changed. */
  /** @param {Values} values @param {number} seed */
  #origin(values, seed) {
    return JSON.stringify([seed, ...this.#manifest.starts.map((name) => values[name])]);
  }

  /** @param {"prepare" | "frame" | "advance" | "reset"} what @param {number} steps @param {Values} values @param {number} seed */
  async #ask(what, steps, values, seed) {
    const { stateful, opening, controls } = this.#manifest;
    const asked = { origin: this.#origin(values, seed), left: new AbortController() };
    const { signal } = asked.left;
    this.#asked.add(asked);
    try {
      const runner = await this.#runner(values);
      const inputs = [];
      for (const control of controls) {
        const given = await kindOf(control).numbers?.(control, values[control.name]);
        if (given) inputs.push({ name: control.name, data: Float32Array.from(given.data), shape: given.shape });
      }
      const origin = stateful ? asked.origin : undefined;
      /** @type {import("./types").Request} */
      const request = { explorer: this.#name, what, steps, seed, origin, opening, parts: this.#parts(values), inputs };
      const frame = signal.aborted ? undefined : await runner.ask("request", { request }, signal);
      if (!frame && what !== "prepare") throw new Left("left for a newer request");
      return frame;
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** What runs the graphs, once it has those that are needed. @param {Values} values */
  async #runner(values) {
    const runners = [];
    for (const { graph } of Object.values(this.#parts(values))) runners.push(await this.#given(graph));
    return runners[0];
  }

  /** The graphs for the options that are chosen. @param {Values} values @returns {Record<Part, import("./types").Variant>} */
  #parts(values) {
    /** @type {Part[]} */
    const parts = this.#manifest.stateful ? ["start", "step", "frame"] : ["frame"];
    return /** @type {any} */ (Object.fromEntries(parts.map((part) => [part, this.#variant(part, values)])));
  }

  /** @param {Part} part @param {Values} values */
  #variant(part, values) {
    const variants = this.#manifest.model?.[part] ?? [];
    const found = variants.find(({ when }) => Object.entries(when).every(([name, value]) => values[name] === value));
    if (!found) throw new Trouble("This page has no graph for these values.");
    return found;
  }

  /** @param {string} graph */
  #given(graph) {
    const known = this.#graphs.get(graph);
    if (known) return known;
    const given = this.#give(graph);
    this.#graphs.set(graph, given);
    // Not kept when it fails: the reader may try again.
    given.catch(() => this.#graphs.delete(graph));
    return given;
  }

  /** @param {string} graph */
  async #give(graph) {
    const give = async (/** @type {string} */ packed) => {
      const runner = await this.#load();
      await runner.ask("graph", { graph, packed });
      return runner;
    };
    const known = this.#manifest.graphs?.[graph];
    try {
      return await (known === undefined ? this.#withGraph(graph, give) : give(known));
    } catch (error) {
      if (error instanceof Trouble) throw error;
      const reason = inWords(error);
      if (/wasm|webassembly|backend/i.test(reason)) {
        throw new Trouble("This browser, or this page's security policy, blocks WebAssembly: nothing can be computed.");
      }
      throw new Trouble("The model could not be loaded: {reason}", { reason });
    }
  }
}
