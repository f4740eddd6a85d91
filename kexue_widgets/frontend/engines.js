// Where an explorer's model runs. Both engines offer the same few methods, so that nothing else knows which one it has.
import { unpacked } from "./arrays.js";
import { breathe, newId } from "./dom.js";
import { Stream, generator, uniformNumbers } from "./noise.js";
import { photoNumbers } from "./photo.js";
import { queryNumbers } from "./text.js";
import { Trouble } from "./words.js";

/**
 * @typedef {import("./types").Engine} Engine
 * @typedef {import("./types").Frame} Frame
 * @typedef {import("./types").Manifest} Manifest
 * @typedef {import("./types").Values} Values
 * @typedef {import("./types").Part} Part
 */

const PATIENCE = 15_000; // milliseconds without a reply after which a kernel counts as dead

/** Asks Python over the widget's comm, one request at a time. @implements {Engine} */
export class KernelEngine {
  #model;
  /** @type {Map<string, {resolve: (frame: Frame) => void, reject: (error: Error) => void, timer: number}>} */
  #pending = new Map();

  /**
   * @param {import("./types").Model} model
   * @param {{signal: AbortSignal, arrived: (frame: Frame) => void, failed: (error: Error) => void}} options
   *   `arrived` receives frames nobody here waits for: sent by Python unasked, late, or asked for by another view.
   */
  constructor(model, { signal, arrived, failed }) {
    this.#model = model;
    /** @param {any} message @param {DataView[]} buffers */
    const onMessage = (message, buffers) => {
      const waiting = this.#pending.get(message.id);
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
        this.#pending.delete(id);
        reject(new Trouble("The kernel has not answered for 15 seconds: it may be busy, or dead."));
      };
      this.#pending.set(id, { resolve, reject, timer: window.setTimeout(giveUp, PATIENCE) });
      this.#model.send({ id, ...request });
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

/** Runs the exported graphs with ONNX Runtime in this page. @implements {Engine} */
export class BrowserEngine {
  #manifest;
  #load;
  #loadGraph;
  /** @type {import("./types").OnnxEngine | undefined} */
  #onnx;
  /** @type {Map<string, Promise<import("./types").Session>>} */
  #sessions = new Map();
  /** @type {import("./types").Tensor[] | undefined} */
  #state;
  #madeWith = "";
  #steps = 0;
  #stepNoise = generator(0, Stream.step);
  #pace = 5; // milliseconds a step, a running estimate

  /**
   * @param {Manifest} manifest
   * @param {() => Promise<import("./types").OnnxEngine>} load
   * @param {(graph: string) => Promise<string>} loadGraph for graphs that are not in the manifest
   */
  constructor(manifest, load, loadGraph) {
    this.#manifest = manifest;
    this.#load = load;
    this.#loadGraph = loadGraph;
  }

  /** @param {Values} values */
  async prepare(values) {
    /** @type {Part[]} */
    const parts = this.#manifest.stateful ? ["start", "step", "frame"] : ["frame"];
    for (const part of parts) await this.#session(this.#variant(part, values).graph);
  }

  /** @param {Values} values @param {number} seed */
  async frame(values, seed) {
    if (this.#manifest.stateful) await this.#ready(values, seed);
    return this.#draw(values, seed);
  }

  /** @param {number} steps @param {Values} values @param {number} seed */
  async advance(steps, values, seed) {
    await this.#ready(values, seed);
    await this.#walk(steps, values);
    return this.#draw(values, seed);
  }

  /** @param {Values} values @param {number} seed */
  async reset(values, seed) {
    await this.#start(values, seed);
    return this.#draw(values, seed);
  }

  /** A state for these values: the one there is, or a new one when something that `start` depends on has changed. */
  /** @param {Values} values @param {number} seed */
  async #ready(values, seed) {
    if (this.#state && this.#madeWith === this.#origin(values, seed)) return;
    await this.#start(values, seed);
    await this.#walk(this.#manifest.opening, values);
  }

  /** @param {Values} values @param {number} seed */
  #origin(values, seed) {
    return JSON.stringify([seed, ...this.#manifest.starts.map((name) => values[name])]);
  }

  /** @param {Values} values @param {number} seed */
  async #start(values, seed) {
    const noise = uniformNumbers(generator(seed, Stream.start), this.#noiseCount("start", values));
    const outputs = await this.#run("start", values, noise, [noise.length]);
    this.#state = stateOf(outputs);
    this.#madeWith = this.#origin(values, seed);
    this.#steps = 0;
    this.#stepNoise = generator(seed, Stream.step);
  }

  /** Many steps go in chunks, so that the page stays responsive. */
  /** @param {number} steps @param {Values} values */
  async #walk(steps, values) {
    for (let left = steps; left > 0; ) {
      const count = Math.min(left, Math.max(1, Math.floor(40 / this.#pace)));
      const began = performance.now();
      await this.#step(count, values);
      this.#pace = (this.#pace + (performance.now() - began) / count) / 2;
      left -= count;
      if (left > 0) await breathe();
    }
  }

  /** @param {number} count @param {Values} values */
  async #step(count, values) {
    const needed = this.#variant("step", values).noise;
    const noise = needed ? uniformNumbers(this.#stepNoise, count * needed) : new Float32Array(count);
    this.#state = stateOf(await this.#run("step", values, noise, [count, Math.max(needed, 1)]));
    this.#steps += count;
  }

  /** @param {Values} values @param {number} seed @returns {Promise<Frame>} */
  async #draw(values, seed) {
    // Fresh for every frame, so that a picture changes with the state alone.
    const noise = uniformNumbers(generator(seed, Stream.frame), this.#noiseCount("frame", values));
    const outputs = await this.#run("frame", values, noise, [noise.length]);
    const arrays = Object.entries(outputs).map(([name, { dims, data }]) => [
      name.replace(/^array\./, ""),
      { shape: [...dims], data },
    ]);
    return { steps: this.#steps, arrays: Object.fromEntries(arrays) };
  }

  /** @param {Part} part @param {Values} values @param {Float32Array} noise @param {number[]} noiseShape */
  async #run(part, values, noise, noiseShape) {
    const session = await this.#session(this.#variant(part, values).graph);
    const { Tensor } = /** @type {import("./types").OnnxEngine} */ (this.#onnx);
    /** @type {Record<string, import("./types").Tensor>} */
    const inputs = { noise: new Tensor("float32", noise, noiseShape) };
    this.#state?.forEach((tensor, index) => (inputs[`state.${index}`] = tensor));
    for (const control of this.#manifest.controls) {
      const given = await numbersOf(control, values[control.name]);
      if (given) inputs[`control.${control.name}`] = new Tensor("float32", Float32Array.from(given.data), given.shape);
    }
    // A graph lists only what it uses, and refuses anything else.
    return session.run(Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]])));
  }

  /** @param {Part} part @param {Values} values */
  #noiseCount(part, values) {
    return Math.max(this.#variant(part, values).noise, 1);
  }

  /** @param {Part} part @param {Values} values */
  #variant(part, values) {
    const variants = this.#manifest.model?.[part] ?? [];
    const found = variants.find(({ when }) => Object.entries(when).every(([name, value]) => values[name] === value));
    if (!found) throw new Trouble("This page has no graph for these values.");
    return found;
  }

  /** @param {string} graph */
  #session(graph) {
    const known = this.#sessions.get(graph);
    if (known) return known;
    const made = this.#make(graph);
    this.#sessions.set(graph, made);
    // Not kept when it fails: the reader may try again.
    made.catch(() => this.#sessions.delete(graph));
    return made;
  }

  /** @param {string} graph */
  async #make(graph) {
    const packed = this.#manifest.graphs?.[graph] ?? (await this.#loadGraph(graph));
    this.#onnx = await this.#load();
    try {
      return await this.#onnx.create(await unpacked(packed));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (/wasm|webassembly|backend/i.test(reason)) {
        throw new Trouble("This browser, or this page's security policy, blocks WebAssembly: nothing can be computed.");
      }
      throw new Trouble("The model could not be loaded: {reason}", { reason });
    }
  }
}

/** @param {Record<string, import("./types").Tensor>} outputs */
const stateOf = (outputs) => Object.keys(outputs).map((_, index) => outputs[`next.${index}`]);

/**
 * A control's value as its graphs see it; nothing for a choice that picks the graph.
 * @param {import("./types").Control} control @param {import("./types").Value} value
 */
function numbersOf(control, value) {
  if (control.kind === "points") return pointNumbers(control, /** @type {import("./types").Point[]} */ (value));
  if (control.kind === "photo") return photoNumbers(control, String(value));
  if (control.kind === "query") return queryNumbers(control, String(value));
  if (control.kind !== "choice") return { data: [Number(value)], shape: [] };
  const chosen = control.options.find(({ label }) => label === value)?.value;
  if (chosen === null || chosen === undefined) return undefined;
  return typeof chosen === "number" ? { data: [chosen], shape: [] } : { data: chosen, shape: [chosen.length] };
}

/**
 * Repeated until there are as many as the graph takes; the default ones where none are drawn.
 * @param {import("./types").Points} control @param {import("./types").Point[]} drawn
 */
function pointNumbers({ capacity, fallback }, drawn) {
  const points = drawn.length ? drawn : fallback;
  const data = Array.from({ length: capacity }, (_, index) => points[index % points.length]).flat();
  return { data, shape: [capacity, 2] };
}
