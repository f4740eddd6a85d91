// Views without axes: pictures on a canvas, numbers in a table.
import { drawable, mustMatch } from "./arrays.js";
import { make } from "./dom.js";
import { clamp, formatNumber } from "./numbers.js";
import { Trouble } from "./words.js";

const CRISP = 64; // pixels: wider pictures are photos, whose pixels nobody wants to count
const WIDEST = { crisp: 110, photo: 280 }; // pixels on the screen, for one picture
const NARROWEST = { plain: 24, captioned: 72 };

/** @param {import("./types").Images} mark @param {string} title */
export function makeImages(mark, title) {
  const element = make("div", { class: "kexue-images", role: "img" });
  /** @type {ReturnType<typeof makePicture>[]} */
  let shown = [];
  return {
    element,
    /** Checks the arrays; what it returns draws them. @param {import("./types").Arrays} arrays */
    prepare(arrays) {
      const pictures = picturesIn(mark, arrays);
      const [{ width }] = pictures;
      return () => {
        if (shown.length !== pictures.length) {
          shown = pictures.map(makePicture);
          element.replaceChildren(...shown.map((picture) => picture.element));
        }
        const columns = Math.min(mark.columns, pictures.length);
        const crisp = width <= CRISP;
        const captioned = pictures.some(({ words }) => words.length);
        element.classList.toggle("kexue-crisp", crisp);
        element.style.setProperty("--kexue-across", String(columns));
        element.style.setProperty("--kexue-widest", `${crisp ? WIDEST.crisp : WIDEST.photo}px`);
        element.style.setProperty("--kexue-narrowest", `${captioned ? NARROWEST.captioned : NARROWEST.plain}px`);
        pictures.forEach((picture, index) => shown[index].show(picture));
        const words = pictures.map((picture) => picture.words.join(" ")).filter(Boolean);
        element.setAttribute("aria-label", [title, words.join("; ")].filter(Boolean).join(": "));
      };
    },
  };
}

function makePicture() {
  const canvas = make("canvas");
  const caption = make("span");
  return {
    element: make("div", { class: "kexue-picture" }, canvas, caption),
    /** @param {Picture} picture */
    show({ width, height, paint, words }) {
      [canvas.width, canvas.height] = [width, height];
      /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(paint(), 0, 0);
      caption.textContent = words.join("\n");
    },
  };
}

/** @typedef {{width: number, height: number, paint: () => ImageData, words: string[]}} Picture */

/** @param {import("./types").Images} mark @param {import("./types").Arrays} arrays @returns {Picture[]} */
function picturesIn(mark, arrays) {
  const { data, shape } = drawable(arrays, mark.values, 3, 4);
  const [count, height, width] = shape;
  if (shape.length === 4 && shape[3] !== 3) {
    throw new Trouble("“{name}” must have 3 colours on its last axis, but it has {count}.", {
      name: mark.values,
      count: shape[3],
    });
  }
  const scores = mark.scores ? drawable(arrays, mark.scores, 1).data : undefined;
  if (scores) mustMatch(mark.scores ?? "", scores.length, mark.values, count);
  if (mark.captions) mustMatch("captions", mark.captions.length, mark.values, count);
  const channels = shape.length === 4 ? 3 : 1;
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    paint: () => pixels(data, index, width, height, channels, mark.range),
    words: [mark.captions?.[index] ?? "", scores ? formatNumber(scores[index], mark.digits) : ""].filter(Boolean),
  }));
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
