// What is kept of a view, beneath its marks: drawn once for each size and range, since it is the same in every frame.
import * as Plot from "@observablehq/plot";

/** @typedef {import("./marks/drawn.js").Drawn} Drawn */

export class Layer {
  #kept;
  #key = "";
  /** @type {SVGGElement | undefined} */
  #node;

  /** @param {{drawn: Drawn[], look: string}[]} kept  `look` has the classes that tell one from another. */
  constructor(kept = []) {
    this.#kept = kept;
  }

  /** What it fills of the axes. @returns {Drawn[]} */
  get drawn() {
    return this.#kept.flatMap(({ drawn }) => drawn);
  }

  /** Lines across bars, which a taller bar would hide. */
  get above() {
    return this.drawn.some(({ above }) => above);
  }

  /** @param {any} options Of the plot. @param {import("./axes.js").Ranges} ranges */
  node(options, ranges) {
    const { width, height, marginLeft, marginRight, marginTop, marginBottom } = options;
    const key = JSON.stringify([width, height, marginLeft, marginRight, marginTop, marginBottom, ranges]);
    if (key === this.#key && this.#node) return this.#node;
    this.#key = key;
    this.#node = document.createElementNS("http://www.w3.org/2000/svg", "g");
    for (const { drawn, look } of this.#kept) {
      const marks = drawn.flatMap((mark) => mark.draw(ranges));
      const bare = { ...options, x: { ...options.x, axis: null }, y: { ...options.y, axis: null, grid: false }, marks };
      const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
      group.setAttribute("class", `kexue-kept-mark ${look}`);
      group.append(...[...Plot.plot(bare).children].filter(({ tagName }) => tagName !== "style"));
      this.#node.append(group);
    }
    return this.#node;
  }
}
