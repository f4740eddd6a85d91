// A computation graph: nodes as boxes, edges as lines. live/diagram.py says in which layer each stands and where in it; here
// the layers go from left to right or, where that is too wide, from top to bottom, or like the words of a text.
import { drawable, mustMatch } from "./arrays.js";
import { make } from "./dom.js";
import { clamp, formatNumber } from "./numbers.js";
import { say } from "./words.js";

/**
 * @typedef {import("./types").Graph} Graph
 * @typedef {import("./types").Point} Point
 * @typedef {{nodes?: Float32Array, edges?: Float32Array, values?: Float32Array}} Numbers
 * @typedef {{element: HTMLElement, arrange: (width: number) => void, show: (numbers: Numbers) => void}} Diagram
 * @typedef {{size: Point, corners: Point[], lines: string[]}} Plan
 */

const BETWEEN = 26; // pixels between two layers
const BESIDE = 12; // pixels between two nodes of a layer
const BEND = 8; // pixels that an edge takes in a layer that it passes
const STUB = 16; // pixels of an edge that are seen where it goes on in the next row
const TALLEST = 640; // pixels: what would be taller stays in one row, which is scrolled sideways
const HEAD = [6, 4]; // pixels, length and half width of an arrowhead

/**
 * The numbers that a graph shows, once they are there and as many as they should be.
 * @param {Graph} mark @param {import("./types").Arrays} arrays @returns {Numbers}
 */
export function graphNumbers(mark, arrays) {
  /** @param {string | null | undefined} name @param {string} parts @param {number} count */
  const numbers = (name, parts, count) => {
    if (!name) return undefined;
    const { data } = drawable(arrays, name, 1);
    mustMatch(name, data.length, parts, count);
    return data;
  };
  return {
    nodes: numbers(mark.highlight_nodes, "nodes", mark.nodes.length),
    edges: numbers(mark.highlight_edges, "edges", mark.edges.length),
    values: numbers(mark.values, "nodes", mark.nodes.length),
  };
}

/**
 * @param {Graph} mark @param {string} title
 * @param {import("./views.js").Choosing} [choosing] Makes buttons of the nodes that are among its options.
 * @returns {Diagram}
 */
export function makeDiagram(mark, title, choosing) {
  const nodes = mark.nodes.map(({ name, label }) => makeNode(name, label, Boolean(mark.values), choosing));
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

  /** @param {number} width */
  function arrange(width) {
    const { size, corners, lines: drawn } = planFor(mark, nodes.map((node) => node.size()), width);
    element.style.width = `${size[0]}px`;
    element.style.height = `${size[1]}px`;
    corners.forEach(([left, top], index) => nodes[index].move(left, top));
    drawn.forEach((line, index) => lines[index].setAttribute("d", line));
    reveal(element.querySelector("[aria-pressed=true]"));
  }

  /** @param {Numbers} numbers */
  function show(numbers) {
    const strength = (/** @type {Float32Array | undefined} */ of, /** @type {number} */ index) => clamp(of?.[index] ?? 0, 0, 1);
    nodes.forEach((node, index) => {
      const highlighted = strength(numbers.nodes, index);
      const value = numbers.values ? formatNumber(numbers.values[index], mark.digits) : "";
      node.show(highlighted, value, highlighted >= 0.5 ? say("highlighted") : "");
    });
    lines.forEach((line, index) => {
      const highlighted = strength(numbers.edges, index);
      line.style.setProperty("--kexue-strength", String(highlighted));
      line.classList.toggle("kexue-idle", numbers.edges !== undefined && highlighted === 0);
    });
    const described = mark.nodes.map(({ name, label }, index) => {
      const sources = mark.edges.filter(({ to }) => to === name).map(({ from }) => labelOf(mark, from));
      const words = sources.length ? say("{label} from {sources}", { label, sources: sources.join(", ") }) : label;
      const more = [numbers.values && formatNumber(numbers.values[index], mark.digits), nodes[index].words()];
      return [words, ...more.filter(Boolean)].join(", ");
    });
    element.setAttribute("aria-label", `${title}: ${described.join("; ")}`);
  }
  return { element, arrange, show };
}

/** Scrolls the graph, never the page, to a node that is out of sight. @param {HTMLElement | null} node */
function reveal(node) {
  const box = node?.closest(".kexue-scroll");
  if (!node || !box) return;
  const [left, right] = [node.offsetLeft, node.offsetLeft + node.offsetWidth];
  if (left < box.scrollLeft || right > box.scrollLeft + box.clientWidth) box.scrollLeft = left - box.clientWidth / 2;
}

/** @param {Graph} mark @param {string} name */
const labelOf = (mark, name) => mark.nodes.find((node) => node.name === name)?.label ?? name;

/**
 * @param {string} name @param {string} label @param {boolean} valued @param {import("./views.js").Choosing} [choosing]
 */
function makeNode(name, label, valued, choosing) {
  const number = make("span", { class: "kexue-value" });
  const state = make("span", { class: "kexue-unseen" });
  const parts = [make("span", {}, label), ...(valued ? [number] : []), state];
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

/** @param {Graph} mark @param {Point[]} sizes Of the nodes, in pixels. @param {number} width What there is room for. */
function planFor(mark, sizes, width) {
  const oneRow = plan(mark, sizes, 0, Infinity);
  const others = [plan(mark, sizes, 1, Infinity), plan(mark, sizes, 0, width)];
  const fits = (/** @type {Plan} */ { size }) => size[0] <= width && size[1] <= TALLEST;
  return [oneRow, ...others].find(fits) ?? oneRow;
}

/**
 * Corners of the nodes and lines of the edges. Worked out along the layers and across them, in whichever direction these go.
 * @param {Graph} mark @param {Point[]} sizes @param {0 | 1} direction 0 to the right, 1 down.
 * @param {number} length How far the layers may go before they begin a new row. @returns {Plan}
 */
function plan({ nodes, edges }, sizes, direction, length) {
  const boxes = nodes.map(({ name, place }, index) => {
    return { name, place, depth: sizes[index][direction], breadth: sizes[index][1 - direction] };
  });
  const bends = edges.flatMap(({ route }) => route.slice(1, -1)).map((place) => ({ place, depth: 0, breadth: BEND }));
  /** @type {(typeof bends)[]} */
  const layers = [];
  for (const each of [...boxes, ...bends]) (layers[each.place[0]] ??= []).push(each);
  const breadth = Math.max(...layers.map(breadthOf));
  const rows = inRows(layers.map(depthOf), length);
  const across = new Map(layers.flatMap((layer, index) => spread(layer, breadth / 2 + rows[index].row * (breadth + BETWEEN))));

  /** @param {number} along @param {number} beside @returns {Point} */
  const point = (along, beside) => (direction ? [beside, along] : [along, beside]);
  const corners = boxes.map(({ place, depth, breadth }) => {
    return point(rows[place[0]].centre - depth / 2, (across.get(String(place)) ?? 0) - breadth / 2);
  });
  const halfDepth = new Map(boxes.map(({ name, depth }) => [name, depth / 2]));
  const lines = edges.map(({ from, to, route }) => {
    // Where the line leaves and enters what lies on its way: straight through a layer, curved between two.
    const stops = route.flatMap((place) => {
      const [layer] = place;
      const half = depthOf(layers[layer]) / 2;
      const { centre, row } = rows[layer];
      return [-half, half].map((by) => ({ along: centre + by, beside: across.get(String(place)) ?? 0, row }));
    });
    stops[1].along = rows[route[0][0]].centre + (halfDepth.get(from) ?? 0);
    stops[stops.length - 2].along = rows[route[route.length - 1][0]].centre - (halfDepth.get(to) ?? 0) - 2;
    return curve(stops.slice(1, -1), point);
  });
  const last = rows[rows.length - 1].row;
  const end = Math.max(...layers.map((layer, index) => rows[index].centre + depthOf(layer) / 2)) + (last ? STUB : 0);
  return { size: point(end, (last + 1) * (breadth + BETWEEN) - BETWEEN), corners, lines };
}

/**
 * The row of each layer, and where in it its centre lies.
 * @param {number[]} depths @param {number} length @returns {{row: number, centre: number}[]}
 */
function inRows(depths, length) {
  let row = 0;
  let begin = 0;
  return depths.map((depth, layer) => {
    if (layer && begin + depth + STUB > length) {
      row += 1;
      begin = STUB;
    }
    begin += depth + BETWEEN;
    return { row, centre: begin - BETWEEN - depth / 2 };
  });
}

/** @param {{depth: number}[]} layer */
const depthOf = (layer) => Math.max(...layer.map(({ depth }) => depth));

/** @param {{breadth: number}[]} layer */
const breadthOf = (layer) => layer.reduce((sum, { breadth }) => sum + breadth, 0) + (layer.length - 1) * BESIDE;

/**
 * Puts what is in one layer side by side, in the order of the places, around the middle.
 * @param {{place: Point, breadth: number}[]} layer @param {number} middle
 * @returns {[string, number][]} Places with their centres in pixels.
 */
function spread(layer, middle) {
  let end = middle - breadthOf(layer) / 2;
  return [...layer]
    .sort((one, other) => one.place[1] - other.place[1])
    .map(({ place, breadth }) => {
      end += breadth + BESIDE;
      return [String(place), end - BESIDE - breadth / 2];
    });
}

/**
 * @param {{along: number, beside: number, row: number}[]} stops Pairs of leaving and entering.
 * @param {(along: number, beside: number) => Point} point
 * @returns {string} An SVG path with an arrowhead.
 */
function curve(stops, point) {
  const at = (/** @type {number} */ along, /** @type {number} */ beside) => {
    return point(along, beside).map((each) => each.toFixed(1)).join(" ");
  };
  const parts = stops.map(({ along, beside, row }, index) => {
    const here = at(along, beside);
    if (index === 0) return `M${here}`;
    if (index % 2 === 0) return `L${here}`;
    const before = stops[index - 1];
    if (row > before.row) return `L${at(before.along + STUB, before.beside)}M${at(along - STUB, beside)}L${here}`;
    const middle = (before.along + along) / 2;
    return `C${at(middle, before.beside)} ${at(middle, beside)} ${here}`;
  });
  const { along, beside } = stops[stops.length - 1];
  const [length, half] = HEAD;
  return `${parts.join("")}M${at(along - length, beside - half)}L${at(along, beside)}L${at(along - length, beside + half)}`;
}
