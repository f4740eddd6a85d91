// Stored frames that move a figure from the moment its page opens, until the reader takes it over.
import { unpacked } from "./arrays.js";

/**
 * @typedef {import("./types").Frame} Frame
 * @typedef {{seconds: number, steps: number[], arrays: {name: string, low: number, high: number}[], data: string}} Film
 */

/**
 * The frame at a moment between 0 and 1, between the two stored frames around it.
 * @param {Film} film @param {Uint8Array} bytes @param {Frame} last Every array, of the last frame. @param {number} moment
 * @returns {Frame}
 */
export function frameAt({ steps, arrays }, bytes, last, moment) {
  const place = Math.min(Math.max(moment, 0), 1) * (steps.length - 1);
  const before = Math.min(Math.floor(place), steps.length - 2);
  const share = place - before;
  const shown = { ...last.arrays };
  let start = 0;
  for (const { name, low, high } of arrays) {
    const { shape, data } = last.arrays[name];
    const from = start + before * data.length;
    const mixed = Float32Array.from(data, (_, index) => {
      const [one, other] = [bytes[from + index], bytes[from + data.length + index]];
      return low + ((high - low) * (one + share * (other - one))) / 255;
    });
    shown[name] = { shape, data: mixed };
    start += steps.length * data.length;
  }
  return { steps: Math.round(steps[before] + share * (steps[before + 1] - steps[before])), arrays: shown };
}

/**
 * Plays a film, unless the reader wants nothing to move; whatever the reader does to the figure ends it.
 * @param {{film: Film, last: Frame, show: (frame: Frame) => void, root: HTMLElement, signal: AbortSignal}} options
 */
export async function playFilm({ film, last, show, root, signal }) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const taken = new AbortController();
  for (const event of ["pointerdown", "keydown", "change"]) {
    root.addEventListener(event, () => taken.abort(), { capture: true, signal: taken.signal });
  }
  const over = AbortSignal.any([signal, taken.signal]);
  const bytes = await unpacked(film.data);
  let began = 0;
  /** @param {number} now */
  const next = (now) => {
    if (over.aborted) return;
    began ||= now;
    const moment = (now - began) / 1000 / film.seconds;
    show(moment < 1 ? frameAt(film, bytes, last, moment) : last);
    if (moment < 1) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
