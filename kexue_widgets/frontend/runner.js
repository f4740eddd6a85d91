// The thread that computes: a worker or, where the browser or the page's policy refuses one, the page's own.
import { newId } from "./dom.js";

/** Tells, with an event "bytes", how much of the engine has arrived, while it does. */
export const arriving = new EventTarget();

export class Runner {
  #port;
  /** @type {Map<string, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
  #asked = new Map();

  /** @param {import("./types").Port} port @param {boolean} apart Whether it computes in a thread of its own. */
  constructor(port, apart) {
    this.#port = port;
    this.apart = apart;
    port.onmessage = ({ data: { id, answer, error, arrived } }) => {
      if (arrived) arriving.dispatchEvent(new CustomEvent("bytes", { detail: arrived }));
      const waiting = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(error));
    };
  }

  /** @param {(port: import("./types").Port) => void} run What listens on the other side. */
  static async of(run) {
    const worker = await workerOf(run);
    return worker ? new Runner(worker, true) : Runner.inPage(run);
  }

  /** @param {(port: import("./types").Port) => void} run */
  static inPage(run) {
    const { port1, port2 } = new MessageChannel();
    run(port1);
    return new Runner(port2, false);
  }

  /** @param {{wasm?: string} | {address: string}} source The WASM, packed, or where it lies. */
  async begin(source) {
    await this.ask("begin", { source });
    return this;
  }

  /** @param {string} what @param {object} message @param {AbortSignal} [left] Once aborted, the answer may be nothing. */
  ask(what, message, left) {
    const id = newId();
    left?.addEventListener("abort", () => this.#port.postMessage({ id, what: "leave" }));
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#port.postMessage({ id, what, ...message });
    });
  }
}

/**
 * A worker from the function's text, which needs no file: a page opened by double-click could read none.
 * @param {(port: any) => void} run @returns {Promise<Worker | undefined>}
 */
function workerOf(run) {
  return new Promise((resolve) => {
    try {
      const address = URL.createObjectURL(new Blob([`(${run})(self)`], { type: "text/javascript" }));
      const worker = new Worker(address);
      worker.onmessage = () => resolve(worker); // it has begun
      worker.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

/** @type {Promise<Runner> | undefined} */
let starting;

/** The one of all explorers of a page. @param {() => Promise<Runner>} start @returns {Promise<Runner>} */
export function oneRunner(start) {
  starting ??= start();
  // Not kept when it fails: the reader may try again.
  starting.catch(() => (starting = undefined));
  return starting;
}
