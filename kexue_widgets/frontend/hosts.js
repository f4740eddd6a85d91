// An explorer in a notebook, or in what becomes of one: where its model runs, and what is saved with it.
import { packArrays } from "./arrays.js";
import { Trouble, say } from "./words.js";

/**
 * @typedef {import("./types").Engine} Engine
 * @typedef {import("./types").Values} Values
 */

export const SHORT_PATIENCE = 3_000; // milliseconds without a reply after which the page computes, where it can

/**
 * The kernel while one answers, this page where none does and the explorer carries its graphs.
 * @implements {Engine}
 */
export class HostEngine {
  #options;
  #silent = false;

  /**
   * @param {{
   *   kernel: Engine,
   *   page: Engine | undefined,
   *   connected: () => boolean,
   *   moved: () => void,
   * }} options
   *   `page` if the explorer carries its graphs; `connected` says whether there is a kernel to ask; `moved` is called
   *   when the model runs elsewhere than before.
   */
  constructor(options) {
    this.#options = options;
  }

  /** Where the model runs: nowhere without a kernel and without graphs. @returns {"kernel" | "page" | "nowhere"} */
  get place() {
    const { page, connected } = this.#options;
    if (connected() && !this.#silent) return "kernel";
    return page ? "page" : "nowhere";
  }

  /** The kernel has said something: it is asked again. */
  heard() {
    if (!this.#silent) return;
    this.#silent = false;
    this.#options.moved();
  }

  /** @param {Values} values */
  async prepare(values) {
    if (this.place === "page") await this.#options.page?.prepare(values);
  }

  /** @param {Values} [values] @param {number} [seed] */
  leave(values, seed) {
    this.#options.page?.leave?.(values, seed);
  }

  /** @param {Values} values @param {number} seed */
  frame(values, seed) {
    return this.#ask((engine) => engine.frame(values, seed));
  }

  /** @param {number} steps @param {Values} values @param {number} seed */
  advance(steps, values, seed) {
    return this.#ask((engine) => engine.advance(steps, values, seed));
  }

  /** @param {Values} values @param {number} seed */
  reset(values, seed) {
    return this.#ask((engine) => engine.reset(values, seed));
  }

  /** @param {(engine: Engine) => Promise<import("./types").Frame>} request */
  async #ask(request) {
    const { kernel, page } = this.#options;
    if (this.place === "kernel") {
      try {
        return await request(kernel);
      } catch (error) {
        if (!page || !(/** @type {any} */ (error).silent)) throw error;
        this.#silent = true;
        this.#options.moved();
      }
    }
    if (!page) throw new Trouble("No kernel is running, so nothing can be computed: run the notebook's cells.");
    return request(page);
  }
}

/** What is said of where the model runs. @param {HostEngine["place"]} place @param {boolean} drawn */
export function placeInWords(place, drawn) {
  if (place === "kernel") return "";
  if (place === "page") return say("computing in this page");
  return drawn ? say("no kernel: the figure as it was last seen") : say("no kernel");
}

/**
 * Lets the host save the frame that is shown: packed when it is saved, and never sent. The object in the model's state is
 * changed in place, since a new one would go to the kernel with the next change of a control.
 * @param {object | undefined} stored @param {import("./types").Exposed} explorer
 */
export function keepFrame(stored, explorer) {
  if (!stored || !Object.isExtensible(stored)) return;
  const kept = { enumerable: true, configurable: true };
  Object.defineProperties(stored, {
    steps: { ...kept, get: () => explorer.steps },
    arrays: { ...kept, get: () => packArrays(explorer.arrays) },
  });
}
