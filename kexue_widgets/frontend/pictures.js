// Views without axes: pictures on a canvas, numbers in a table.
import { drawable } from "./arrays.js";
import { make } from "./dom.js";
import { clamp, formatNumber } from "./numbers.js";
import { Trouble } from "./words.js";

const GAP = 1; // of their own pixels, between pictures
const WIDEST = 110; // pixels on the screen, for one picture

/**
 * @param {import("./types").Images} mark @param {import("./types").Arrays} arrays
 * @returns {(canvas: HTMLCanvasElement) => void}
 */
export function images(mark, arrays) {
  const { data, shape } = drawable(arrays, mark.values, 3, 4);
  const [count, height, width] = shape;
  if (shape.length === 4 && shape[3] !== 3) {
    throw new Trouble("“{name}” must have 3 colours on its last axis, but it has {count}.", {
      name: mark.values,
      count: shape[3],
    });
  }
  const columns = Math.min(mark.columns, count);
  const rows = Math.ceil(count / columns);
  return (canvas) => {
    canvas.style.maxWidth = `${columns * WIDEST}px`;
    canvas.width = columns * (width + GAP) - GAP;
    canvas.height = rows * (height + GAP) - GAP;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    for (let index = 0; index < count; index += 1) {
      const picture = pixels(data, index, width, height, shape.length === 4 ? 3 : 1, mark.range);
      const left = (index % columns) * (width + GAP);
      context.putImageData(picture, left, Math.floor(index / columns) * (height + GAP));
    }
  };
}

/**
 * @param {Float32Array} data @param {number} index @param {number} width @param {number} height
 * @param {1 | 3} channels @param {[number, number]} range
 */
function pixels(data, index, width, height, channels, [low, high]) {
  const picture = new ImageData(width, height);
  const first = index * width * height * channels;
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    for (let color = 0; color < 3; color += 1) {
      const value = data[first + pixel * channels + (channels === 3 ? color : 0)];
      picture.data[pixel * 4 + color] = 255 * clamp((value - low) / (high - low), 0, 1);
    }
    picture.data[pixel * 4 + 3] = 255;
  }
  return picture;
}

/**
 * @param {import("./types").Table} mark @param {import("./types").Arrays} arrays
 * @returns {string[][]} What stands in the cells.
 */
export function tableCells(mark, arrays) {
  const { data, shape } = drawable(arrays, mark.values, 1, 2);
  const [rows, columns] = [shape[0], shape[1] ?? 1];
  if (rows !== mark.rows.length || columns !== mark.columns.length) {
    const wanted = `(${mark.rows.length}, ${mark.columns.length})`;
    throw new Trouble("“{name}” must have shape {wanted}, but its shape is {size}.", {
      name: mark.values,
      wanted,
      size: `(${shape.join(", ")})`,
    });
  }
  const digits = mark.digits ?? 3;
  return mark.rows.map((_, row) =>
    mark.columns.map((_, column) => formatNumber(data[row * columns + column], digits)),
  );
}

/**
 * An empty table with its headings, and the cells to be filled: `cells[row][column]`.
 * @param {import("./types").Table} mark
 */
export function makeTable(mark) {
  const cells = mark.rows.map(() => mark.columns.map(() => make("td")));
  const headings = mark.columns.map((heading) => make("th", { scope: "col" }, heading));
  const rows = mark.rows.map((heading, row) =>
    make("tr", {}, make("th", { scope: "row" }, heading), ...cells[row]),
  );
  const head = make("thead", {}, make("tr", {}, make("td"), ...headings));
  return { table: make("table", { class: "kexue-table" }, head, make("tbody", {}, ...rows)), cells };
}
