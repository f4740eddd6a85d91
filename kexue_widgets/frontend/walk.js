// What computes with the graphs, in whichever thread it runs: the state of each explorer and its way through time.
import { unpacked } from "./arrays.js";
import { breathe } from "./dom.js";
import { Stream, generator, uniformNumbers } from "./noise.js";

/**
 * @typedef {import("./types").Port} Port
 * @typedef {import("./types").Request} Request
 * @typedef {import("./types").Tensor} Tensor
 * @typedef {Record<string, Tensor>} Outputs
 * @typedef {(graph: string, noise: Float32Array, shape: number[], state?: Tensor[]) => Promise<Outputs>} Run
 */

const BREATH = 30; // milliseconds after which a walk looks up
const WORTH_LEAVING = 50; // milliseconds: a walk that is over sooner is walked to its end

class State {
  /** @type {Tensor[] | undefined} */
  #tensors;
  /** @type {string | undefined} */
  #origin;
  #steps = 0;
  #noise = generator(0, Stream.step);
  #pace = BREATH; // milliseconds a step, a running estimate; at first just one step is tried

  /**
   * The frame that is asked for; nothing where only the state is, or where the walk was left off.
   * @param {Request} request @param {Run} run @param {() => boolean} left @returns {Promise<import("./types").Frame | undefined>}
   */
  async answer(request, run, left) {
    const { what, origin, opening, steps = 0 } = request;
    const began = performance.now();
    if (what === "reset") await this.#start(request, run);
    else if (origin !== undefined && this.#origin !== origin) {
      await this.#start(request, run);
      if (!(await this.#walk(opening, request, run, left))) return undefined;
    }
    if (!(await this.#walk(steps, request, run, left)) || what === "prepare") return undefined;
    return { ...(await this.#draw(request, run)), took: performance.now() - began };
  }

  /** @param {Request} request @param {Run} run */
  async #start({ parts, seed, origin }, run) {
    const noise = uniformNumbers(generator(seed, Stream.start), Math.max(parts.start.noise, 1));
    this.#tensors = tensorsOf(await run(parts.start.graph, noise, [noise.length]));
    this.#origin = origin;
    this.#steps = 0;
    this.#noise = generator(seed, Stream.step);
  }

  /**
   * Many steps go in chunks, so that it can be left off: then there is no state, and this says so.
   * @param {number} steps @param {Request} request @param {Run} run @param {() => boolean} left
   */
  async #walk(steps, request, run, left) {
    for (let more = steps; more > 0; ) {
      const count = Math.min(more, Math.max(1, Math.floor(BREATH / this.#pace)));
      const began = performance.now();
      await this.#step(count, request, run);
      this.#pace = (this.#pace + (performance.now() - began) / count) / 2;
      more -= count;
      if (more > 0) await breathe();
      if (left() && more * this.#pace > WORTH_LEAVING) {
        this.#origin = undefined;
        return false;
      }
    }
    return true;
  }

  /** @param {number} count @param {Request} request @param {Run} run */
  async #step(count, { parts: { step } }, run) {
    const noise = step.noise ? uniformNumbers(this.#noise, count * step.noise) : new Float32Array(count);
    this.#tensors = tensorsOf(await run(step.graph, noise, [count, Math.max(step.noise, 1)], this.#tensors));
    this.#steps += count;
  }

  /** @param {Request} request @param {Run} run */
  async #draw({ parts: { frame }, seed }, run) {
    // Fresh for every frame, so that a picture changes with the state alone.
    const noise = uniformNumbers(generator(seed, Stream.frame), Math.max(frame.noise, 1));
    const outputs = await run(frame.graph, noise, [noise.length], this.#tensors);
    const arrays = Object.entries(outputs).map(([name, { dims, data }]) => [
      name.replace(/^array\./, ""),
      { shape: [...dims], data },
    ]);
    return { steps: this.#steps, arrays: Object.fromEntries(arrays) };
  }
}

/** @param {Outputs} outputs */
const tensorsOf = (outputs) => Object.keys(outputs).map((_, index) => outputs[`next.${index}`]);

/**
 * Answers what is asked on a port, each explorer's requests in the order in which they come.
 * @param {Port} port
 * @param {(source: any, arrived: (done: number, all: number) => void) => Promise<import("./types").OnnxEngine>} begin
 */
export function serve(port, begin) {
  /** @type {import("./types").OnnxEngine} */
  let onnx;
  /** @type {Map<string, import("./types").Session>} */
  const sessions = new Map();
  /** @type {Map<string, {state: State, last: Promise<unknown>}>} */
  const explorers = new Map();
  /** @type {Map<string, {left: boolean}>} */
  const asked = new Map();

  /** @param {Request} request @param {{left: boolean}} fate */
  function answered(request, fate) {
    const { explorer, inputs } = request;
    const known = explorers.get(explorer) ?? { state: new State(), last: Promise.resolve() };
    /** @type {Run} */
    const run = (graph, noise, shape, state = []) => {
      const { Tensor } = onnx;
      const session = /** @type {import("./types").Session} */ (sessions.get(graph));
      /** @type {Record<string, Tensor>} */
      const tensors = {
        noise: new Tensor("float32", noise, shape),
        ...Object.fromEntries(state.map((tensor, index) => [`state.${index}`, tensor])),
        ...Object.fromEntries(inputs.map(({ name, data, shape }) => [`control.${name}`, new Tensor("float32", data, shape)])),
      };
      // A graph lists only what it uses, and refuses anything else.
      return session.run(Object.fromEntries(session.inputNames.map((name) => [name, tensors[name]])));
    };
    const answer = known.last.then(() => known.state.answer(request, run, () => fate.left));
    explorers.set(explorer, { ...known, last: answer.catch(() => {}) });
    return answer;
  }

  /** @type {Record<string, (message: any, fate: {left: boolean}) => unknown>} */
  const does = {
    begin: async ({ source }) => void (onnx = await begin(source, (done, all) => port.postMessage({ arrived: { done, all } }))),
    graph: async ({ graph, packed }) => void sessions.set(graph, sessions.get(graph) ?? (await onnx.create(await unpacked(packed)))),
    request: ({ request }, fate) => answered(request, fate),
    forget: ({ explorer }) => void explorers.delete(explorer),
  };
  port.onmessage = async ({ data: { id, what, ...message } }) => {
    const fate = { left: false };
    if (what === "leave") return void Object.assign(asked.get(id) ?? {}, { left: true });
    asked.set(id, fate);
    try {
      port.postMessage({ id, answer: await does[what](message, fate) });
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
    asked.delete(id);
  };
  port.postMessage({ ready: true });
}
