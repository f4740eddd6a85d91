// On a page there is no kernel: this holds the values that a widget's model would, and tells who listens of changes.

/** @typedef {import("./types").Model} Model */

/** @implements {Model} */
export class PageModel {
  #values;
  /** @type {Map<string, Set<(...args: any[]) => void>>} */
  #listeners = new Map();

  /** @param {Record<string, any>} values */
  constructor(values) {
    this.#values = { ...values };
  }

  /** @param {string} name */
  get(name) {
    return this.#values[name];
  }

  /** @param {string} name @param {unknown} value */
  set(name, value) {
    if (Object.is(this.#values[name], value)) return;
    this.#values[name] = value;
    for (const callback of this.#listeners.get(`change:${name}`) ?? []) callback();
  }

  save_changes() {}

  send() {}

  /** @param {string} event @param {(...args: any[]) => void} callback */
  on(event, callback) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(callback));
  }

  /** @param {string} event @param {(...args: any[]) => void} callback */
  off(event, callback) {
    this.#listeners.get(event)?.delete(callback);
  }
}
