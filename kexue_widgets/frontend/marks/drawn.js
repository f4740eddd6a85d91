// What the marks in axes have in common.
import * as Plot from "@observablehq/plot";
import { formatNumber } from "../numbers.js";
import { Trouble, say } from "../words.js";

/**
 * @typedef {{label?: string | null, color?: string | null, number?: number}} Paint  Its number among the marks of its view.
 * @typedef {{names?: string[] | null, control?: string | null}} Words  Its own, or else the options of a control.
 * @typedef {import("../ranges.js").Range} Range
 * @typedef {"line" | "dashes" | "dot" | "block" | "shade" | "band"} Shape
 * @typedef {{
 *   x?: Range, y?: Range,
 *   zero?: boolean,
 *   above?: boolean,
 *   tight?: boolean,
 *   draw: (domains: {x: Range, y: Range}) => Plot.Markish[],
 *   legend?: {label: string, color: string, shape: Shape, number?: number},
 *   names?: string[],
 *   matrix?: {rows: number, columns: number, ticks: boolean},
 *   colors?: import("./heatmap.js").Colors,
 * }} Drawn  What one mark draws: the ranges it fills (tight: to the very edge; zero: from a base line), then how;
 *   what is kept lies beneath the marks unless it has to lie above.
 */

/** The colour of text where the author gave none. @param {Paint} mark */
export const colorOf = ({ color }) => color || "currentColor";

const GREY = [0x8a, 0x92, 0x9e]; // legible on white and on near-black
const TINT = 0.4; // how much of its colour is left to what is kept, so that marks can still be told apart

/** The colour of what is kept of a mark. @param {Paint} mark */
export function greyed({ color }) {
  const hex = /^#(..)(..)(..)$/.exec(color ?? "")?.slice(1) ?? [];
  const parts = GREY.map((grey, index) => (hex.length ? grey + TINT * (parseInt(hex[index], 16) - grey) : grey));
  return `rgb(${parts.map(Math.round).join(", ")})`;
}

/** @param {Paint} mark @param {Shape} shape */
export const legendOf = (mark, shape) =>
  mark.label ? { label: say(mark.label), color: colorOf(mark), shape, number: mark.number } : undefined;

/** A base line of zero has no place on a logarithmic axis; its lower end serves. @param {Range} range */
export const baseOf = ([low]) => (low > 0 ? low : 0);

/** The word with that number. @param {string} name Of the array. @param {number} number @param {string[]} words */
export function wordAt(name, number, words) {
  const place = Math.round(number);
  const word = words[place];
  if (word !== undefined) return { place, word };
  throw new Trouble("“{name}” holds {value}, but words are numbered from 0 to {most}.", {
    name,
    value: number,
    most: words.length - 1,
  });
}

/**
 * Shows the numbers of the point nearest to the pointer.
 * @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {Record<string, unknown>} [options]
 */
export function pointTip(x, y, options = {}) {
  const number = (/** @type {number} */ value) => formatNumber(value);
  const format = { x: number, y: number, value: number, .../** @type {object} */ (options.format) };
  const pointed = Plot.pointer(/** @type {any} */ ({ x, y, ...options, format }));
  return Plot.tip({ length: x.length }, /** @type {any} */ ({ ...pointed, stroke: "var(--kexue-border)" }));
}

/** Of the points that several marks show so, the numbers of the nearest one alone are seen. @param {SVGSVGElement} svg */
export function oneTip(svg) {
  const choose = (/** @type {PointerEvent} */ event) => {
    const pointer = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());
    let nearest = Infinity;
    /** @type {SVGGElement | undefined} */
    let seen;
    for (const tip of /** @type {NodeListOf<SVGGElement>} */ (svg.querySelectorAll("[aria-label=tip] > g, [data-part=tip] > g"))) {
      const { e, f } = tip.transform.baseVal[0].matrix;
      const distance = Math.hypot(e - pointer.x, f - pointer.y);
      tip.style.display = "none";
      if (distance > nearest) continue;
      nearest = distance;
      seen = tip;
    }
    if (seen) seen.style.display = "";
  };
  // Those of Plot, by which marks show their points, came first.
  for (const name of /** @type {const} */ (["pointerenter", "pointermove", "pointerdown"])) svg.addEventListener(name, choose);
}
