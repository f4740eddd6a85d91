// Pictures side by side, with captions and scores.
import { drawable, mustMatch } from "../arrays.js";
import { make } from "../dom.js";
import { clamp, formatNumber } from "../numbers.js";
import { Trouble, say } from "../words.js";

/**
 * @typedef {{
 *   kind: "images",
 *   values: string,
 *   columns: number,
 *   range: [number, number],
 *   captions?: string[] | null,
 *   scores?: string | null,
 *   digits: number,
 * }} Images
 * @typedef {{width: number, height: number, paint: () => ImageData, words: string[]}} Picture
 */

const CRISP = 64; // pixels: wider pictures are photos, whose pixels nobody wants to count
const WIDEST = { crisp: 200, photo: 280 }; // pixels on the screen, for one picture
const NARROWEST = { plain: 24, captioned: 72 };

/** @type {import("../types").Fill<Images>} */
export function build(mark, { title }) {
  const element = make("div", { class: "kexue-images", role: "img" });
  /** @type {ReturnType<typeof makePicture>[]} */
  let shown = [];
  return {
    element,
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
        element.setAttribute("aria-label", [title || mark.values, words.join("; ")].filter(Boolean).join(": "));
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

/** @param {Images} mark @param {import("../types").Arrays} arrays @returns {Picture[]} */
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
    words: [say(mark.captions?.[index] ?? ""), scores ? formatNumber(scores[index], mark.digits) : ""].filter(Boolean),
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
