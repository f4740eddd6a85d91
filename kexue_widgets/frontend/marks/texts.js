// Words at points.
import * as Plot from "@observablehq/plot";
import { alike, drawable, extent, mustMatch } from "../arrays.js";
import { formatNumber } from "../numbers.js";
import { colorOf, legendOf, pointTip, wordAt } from "./drawn.js";

/**
 * @typedef {{kind: "texts", x: string, y: string, index?: string | null, size: number} & import("./drawn.js").Paint &
 *   import("./drawn.js").Words} Texts
 */

const EDGE = 0.18; // of the width: words nearer to an end of the axis begin or end at their point, so as to stay inside

const MANY = 150; // words that are too many to be kept apart
const LINES = [0, ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((half) => [-half / 2, half / 2])]; // by which a word may be moved, the nearest first

/** @typedef {{left: number, right: number, y: number}} Box */

/**
 * Heights at which words do not cover each other: each at its own, or else some lines above or below.
 * @param {Box[]} boxes @param {number} line Pixels from one line of text to the next.
 */
export function keptApart(boxes, line) {
  /** @type {Box[]} */
  const placed = [];
  for (const box of boxes) {
    const free = LINES.map((lines) => ({ ...box, y: box.y + lines * line })).find((moved) =>
      placed.every(({ left, right, y }) => moved.right < left || moved.left > right || Math.abs(moved.y - y) > 0.98 * line),
    );
    placed.push(free ?? box);
  }
  return placed.map(({ y }) => y);
}

/** @param {string} word @param {number} size */
const widthOf = (word, size) => [...word].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : 0.56) * size, 4);

/** Nearer to the colour of text: what serves for lines is too faint for letters. @param {string} color */
const legible = (color) => `color-mix(in oklab, ${color} 70%, var(--kexue-text))`;

const ANCHORS = /** @type {const} */ (["start", "middle", "end"]);

/** @param {any} options Of a mark of text. @param {string[]} words @param {number[]} thirds Where each word stands. @param {number} size */
const apart = (options, words, thirds, size) =>
  Plot.initializer(options, (data, facets, channels, scales) => {
    const [xs, ys] = ["x", "y"].map((axis) => Array.from(/** @type {any} */ (channels)[axis].value, /** @type {any} */ (scales)[axis]));
    const boxes = words.map((word, point) => {
      const width = widthOf(word, size);
      const left = xs[point] - (width * thirds[point]) / 2;
      return { left, right: left + width, y: ys[point] };
    });
    return { data, facets, channels: { y: { value: keptApart(boxes, 1.1 * size), scale: null } } };
  });

/** @type {import("../types").Draw<Texts>} */
export function draw(mark, arrays, view) {
  const [x, y] = alike(arrays, mark.x, mark.y);
  const index = mark.index ? drawable(arrays, mark.index, 1).data : x.map((_, point) => point);
  mustMatch(mark.index ?? "names", index.length, mark.x, x.length);
  const words = Array.from(index, (each) => wordAt(mark.index ?? mark.x, each, mark.names ?? []).word);
  const style = { fontSize: mark.size, fill: legible(colorOf(mark)), stroke: "var(--kexue-surface)", strokeWidth: 3 };
  const title = (/** @type {unknown} */ _, /** @type {number} */ point) =>
    `${words[point]}\n${formatNumber(x[point])}, ${formatNumber(y[point])}`;
  return {
    x: extent(x, view.x_log),
    y: extent(y, view.y_log),
    legend: legendOf(mark, "block"),
    draw: ({ x: [left, right] }) => {
      const places = Array.from(x, (each) => (each - left) / (right - left || 1));
      const thirds = places.map((place) => (place < EDGE ? 0 : place > 1 - EDGE ? 2 : 1));
      const each = ANCHORS.map((textAnchor, third) => {
        const filter = thirds.map((own) => own === third);
        const options = { x, y, text: words, textAnchor, filter, ...style };
        return Plot.text({ length: x.length }, words.length > MANY ? options : apart(options, words, thirds, mark.size));
      });
      return [...each, pointTip(x, y, { title })];
    },
  };
}
