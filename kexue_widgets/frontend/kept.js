// What is kept of an explorer, to be compared with what comes after: one frame, or the frames of several seeds. It is drawn
// in grey beneath the marks; `live/kept.py` is its mirror.
import { unpackFrame } from "./arrays.js";
import { make } from "./dom.js";
import { typeset } from "./notation.js";
import { listed, say } from "./words.js";

/**
 * @typedef {import("./types").Frame} Frame
 * @typedef {import("./types").Values} Values
 * @typedef {{values: Values, seed: number, frames: Frame[], repeated: boolean}} Kept  Where it is repeated, the frames are
 *   those of the seeds that follow its own.
 * @typedef {{values: Values, seed: number, steps: number}} Now
 */

const CHUNK = 100; // steps in one call, after which it can be left
const SHADES = 3; // as in style/kept.css
export const SEEDS = 20;

/** @param {any[]} packed As Python sends it. @returns {Kept[]} */
export const unpackKept = (packed = []) => packed.map((each) => ({ ...each, frames: each.frames.map(unpackFrame) }));

/** The class that tells one kept state from its neighbours. @param {number} index */
export const shadeOf = (index) => `kexue-kept-${index % SHADES}`;

/** @param {number} seed @param {number} count @returns {number[]} */
export const seedsAfter = (seed, count) => Array.from({ length: count }, (_, index) => (seed + index + 1) % 2 ** 32);

/**
 * The frame of an explorer that is made with these values and this seed and walks so far.
 * @param {import("./types").Engine} engine @param {boolean} stateful @param {Now} wanted @param {AbortSignal} signal
 * @returns {Promise<Frame>}
 */
export async function runOf(engine, stateful, { values, seed, steps }, signal) {
  if (!stateful) return engine.frame(values, seed);
  let frame = await engine.reset(values, seed);
  for (let left = steps; left > 0; left -= CHUNK) {
    signal.throwIfAborted();
    frame = await engine.advance(Math.min(left, CHUNK), values, seed);
  }
  // Where the model has moved from the kernel to the page meanwhile, the page did not have the first steps.
  return frame.steps === steps ? frame : runOf(engine, stateful, { values, seed, steps }, signal);
}

/**
 * What differs from what is shown. @param {Kept} kept @param {Now} now
 * @param {(name: string, value: any) => string} describe Says a value of a control, or the seed.
 */
export function nameOf({ values, seed, frames, repeated }, now, describe) {
  const seeds = frames.length === 1 ? say("one other seed") : say("{n} other seeds", { n: frames.length });
  const parts = repeated ? [seeds] : [];
  for (const [name, value] of Object.entries(values)) {
    if (JSON.stringify(value) !== JSON.stringify(now.values[name])) parts.push(describe(name, value));
  }
  if (seed !== now.seed) parts.push(describe("seed", seed));
  if (frames.length && frames[0].steps !== now.steps) parts.push(say("step {n}", { n: frames[0].steps }));
  return listed(parts) || say("as now");
}

/** The names of what is kept, below the views, and, with the controls, how far a run over seeds has come. @param {() => void} stop */
export function makeKeptNames(stop) {
  const names = make("ul", { class: "kexue-legend" });
  const bar = make("progress", { "aria-label": say("seeds done") });
  const count = make("span", {});
  const button = make("button", { type: "button", class: "kexue-button" }, say("Stop"));
  button.addEventListener("click", stop);
  const running = make("div", { class: "kexue-running", hidden: true }, bar, count, button);
  const element = make("div", { class: "kexue-kept", hidden: true }, names);
  let shown = "";
  return {
    element,
    running,
    /** @param {{name: string, repeated: boolean}[]} kept */
    show(kept) {
      const wanted = JSON.stringify(kept);
      element.hidden = !kept.length;
      if (wanted === shown) return;
      shown = wanted;
      names.setAttribute("aria-label", say("kept"));
      names.replaceChildren(
        ...kept.map(({ name, repeated }, index) => {
          const swatch = make("span", { class: `kexue-swatch ${repeated ? "kexue-swatch-shade" : ""} ${shadeOf(index)}` });
          const words = make("span", {}, ...typeset(name));
          return make("li", { class: "kexue-entry" }, swatch, words);
        }),
      );
    },
    /** Nothing once it is over. @param {number} [done] @param {number} [all] */
    progress(done, all = SEEDS) {
      running.hidden = done === undefined;
      if (done === undefined) return;
      count.textContent = say("seed {n} of {all}", { n: Math.min(done + 1, all), all });
      [bar.max, bar.value] = [all, done];
      bar.setAttribute("aria-valuetext", count.textContent);
    },
  };
}
