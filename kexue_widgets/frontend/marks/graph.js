// A computation graph: nodes as boxes, edges as lines.
import { blanked, drawable, mustMatch } from "../arrays.js";
import { make } from "../dom.js";
import { typeset } from "../notation.js";
import { clamp, formatNumber } from "../numbers.js";
import { say } from "../words.js";
import { planFor } from "./plan.js";

/**
 * @typedef {import("../types").Point} Point
 * @typedef {{
 *   kind: "graph",
 *   nodes: {name: string, label: string, place: Point}[],
 *   edges: {from: string, to: string, route: Point[]}[],
 *   highlight_nodes?: string | null,
 *   highlight_edges?: string | null,
 *   values?: string | null,
 *   control?: string | null,
 *   digits: number,
 * }} Graph  A place is a layer, and where in it: 0 in the middle, 1 apart from node to node.
 * @typedef {{nodes?: Float32Array, edges?: Float32Array, values?: Float32Array}} Numbers
 */

export const wide = true;
const PADDING = 6; // pixels, as in style/marks.css

/**
 * The numbers that a graph shows, once they are there and as many as they should be.
 * @param {Graph} mark @param {import("../types").Arrays} arrays @returns {Numbers}
 */
function numbersOf(mark, arrays) {
  /** @param {string | null | undefined} name @param {string} parts @param {number} count */
  const numbers = (name, parts, count, read = drawable) => {
    if (!name) return undefined;
    const { data } = read(arrays, name, 1);
    mustMatch(name, data.length, parts, count);
    return data;
  };
  return {
    nodes: numbers(mark.highlight_nodes, "nodes", mark.nodes.length),
    edges: numbers(mark.highlight_edges, "edges", mark.edges.length),
    values: numbers(mark.values, "nodes", mark.nodes.length, blanked),
  };
}

/** The number at a node, nothing where it is not there yet. @param {Graph} mark @param {Numbers} numbers @param {number} index */
function valueAt({ digits }, { values }, index) {
  return values && !Number.isNaN(values[index]) ? formatNumber(values[index], digits) : "";
}

/** Nodes that are among the options of its control are buttons. @type {import("../types").Fill<Graph>} */
export function build(mark, { title: given, choosing, signal }) {
  const title = given || say("graph");
  const nodes = mark.nodes.map(({ name, label }) => makeNode(name, say(label), Boolean(mark.values), choosing));
  const lines = mark.edges.map(() => svg("path", { class: "kexue-edge" }));
  const canvas = svg("svg", { "aria-hidden": "true" });
  canvas.append(...lines);
  // A picture has one description; buttons can only be reached in a group.
  const element = make("div", { class: "kexue-graph", role: choosing ? "group" : "img" }, canvas);
  element.append(...nodes.map((node) => node.element));
  choosing?.follow((option) => {
    mark.nodes.forEach(({ name }, index) => nodes[index].choose(name === option));
    reveal(element.querySelector("[aria-pressed=true]"));
  });

  function arrange() {
    const { size, corners, lines: drawn } = planFor(mark, nodes.map((node) => node.size()), width);
    element.style.width = `${size[0]}px`;
    element.style.height = `${size[1]}px`;
    corners.forEach(([left, top], index) => nodes[index].move(left, top));
    drawn.forEach((line, index) => lines[index].setAttribute("d", line));
    reveal(element.querySelector("[aria-pressed=true]"));
  }

  const scroller = make("div", { class: "kexue-scroll kexue-diagram", tabindex: 0, role: "group", "aria-label": title }, element);
  let width = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    arrange();
  });
  observer.observe(scroller);
  signal.addEventListener("abort", () => observer.disconnect());

  /** @param {Numbers} numbers */
  function show(numbers) {
    const strength = (/** @type {Float32Array | undefined} */ of, /** @type {number} */ index) => clamp(of?.[index] ?? 0, 0, 1);
    nodes.forEach((node, index) => {
      const highlighted = strength(numbers.nodes, index);
      node.show(highlighted, valueAt(mark, numbers, index), highlighted >= 0.5 ? say("highlighted") : "");
    });
    lines.forEach((line, index) => {
      const highlighted = strength(numbers.edges, index);
      line.style.setProperty("--kexue-strength", String(highlighted));
      line.classList.toggle("kexue-idle", numbers.edges !== undefined && highlighted === 0);
    });
    const described = mark.nodes.map(({ name }, index) => {
      const label = labelOf(mark, name);
      const sources = mark.edges.filter(({ to }) => to === name).map(({ from }) => labelOf(mark, from));
      const words = sources.length ? say("{label} from {sources}", { label, sources: sources.join(", ") }) : label;
      const more = [valueAt(mark, numbers, index), nodes[index].words()];
      return [words, ...more.filter(Boolean)].join(", ");
    });
    element.setAttribute("aria-label", `${title}: ${described.join("; ")}`);
  }
  return {
    element: scroller,
    prepare(arrays) {
      const numbers = numbersOf(mark, arrays);
      return () => {
        show(numbers);
        // At once: what waits for an observer is painted a frame later, and pushes down what stands below.
        if (width || !scroller.clientWidth) return;
        width = scroller.clientWidth - 2 * PADDING;
        arrange();
      };
    },
  };
}

/** Scrolls the graph, never the page, to a node that is out of sight. @param {HTMLElement | null} node */
function reveal(node) {
  const box = node?.closest(".kexue-scroll");
  if (!node || !box) return;
  const [left, right] = [node.offsetLeft, node.offsetLeft + node.offsetWidth];
  if (left < box.scrollLeft || right > box.scrollLeft + box.clientWidth) box.scrollLeft = left - box.clientWidth / 2;
}

/** @param {Graph} mark @param {string} name */
const labelOf = (mark, name) => say(mark.nodes.find((node) => node.name === name)?.label ?? name);

/**
 * @param {string} name @param {string} label @param {boolean} valued @param {import("../types").Choosing} [choosing]
 */
function makeNode(name, label, valued, choosing) {
  const number = make("span", { class: "kexue-value" });
  const state = make("span", { class: "kexue-unseen" });
  const parts = [make("span", {}, ...typeset(label)), ...(valued ? [number] : []), state];
  const option = choosing?.options.includes(name);
  const element = option
    ? make("button", { type: "button", class: "kexue-node" }, ...parts)
    : make("span", { class: "kexue-node" }, ...parts);
  if (option) element.addEventListener("click", () => choosing?.choose(name));
  return {
    element,
    /** @returns {Point} */
    size: () => [element.offsetWidth, element.offsetHeight],
    words: () => state.textContent,
    /** @param {number} left @param {number} top */
    move(left, top) {
      element.style.left = `${left}px`;
      element.style.top = `${top}px`;
    },
    /** @param {boolean} chosen */
    choose: (chosen) => option && element.setAttribute("aria-pressed", String(chosen)),
    /** @param {number} strength @param {string} value @param {string} words */
    show(strength, value, words) {
      element.style.setProperty("--kexue-strength", String(strength));
      number.textContent = value;
      state.textContent = words;
    },
  };
}

/** @param {string} tag @param {Record<string, string>} attributes */
function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
