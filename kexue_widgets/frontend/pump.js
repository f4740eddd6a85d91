// Keeps an explorer's picture up to date: one request at a time, always for the newest values, so nothing queues up.
import { painted } from "./dom.js";
import { Left } from "./engines.js";

/** @typedef {(stopped: () => boolean) => Promise<Frame>} Again  Makes a state again; `stopped` says when to leave off. */

/**
 * @typedef {import("./types").Frame} Frame
 * @typedef {{
 *   engine: import("./types").Engine,
 *   values: () => import("./types").Values,
 *   seed: () => number,
 *   draw: (frame: Frame) => void,
 *   failed: (error: unknown) => void,
 *   painted: (frame: Frame) => void,
 *   changed: () => void,
 *   waiting: () => void,
 *   rested?: () => void,
 *   signal: AbortSignal,
 * }} Options
 */

const FRAME_BUDGET = 40; // milliseconds that the steps of one call may take
const QUICKEST = 0.02; // milliseconds a step, at the least

/** @type {{again?: Again, reset: boolean, steps: number, frame: boolean}} */
const NOTHING = { reset: false, steps: 0, frame: false };

export class Pump {
  #options;
  #wanted = NOTHING;
  #running = false;
  #playing = false;
  #visible = true;
  #due = 0; // steps that the clock says should have been made
  #pace = FRAME_BUDGET; // milliseconds a step, a running estimate; at first just one step is tried
  #overhead = Infinity; // milliseconds that a call takes whatever it does, estimated by the quickest so far
  #before = 0;
  speed = 60; // steps a second; Infinity for as many as there is time for

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  get playing() {
    return this.#playing;
  }

  /** Whether a request is on its way. */
  get busy() {
    return this.#running;
  }

  /** Asks for a frame of the values as they are when its turn comes. */
  refresh() {
    const { engine, values, seed } = this.#options;
    engine.leave?.(values(), seed());
    this.#wanted = { ...this.#wanted, frame: true };
    this.#run();
  }

  /** @param {number} steps */
  advance(steps) {
    this.#wanted = { ...this.#wanted, steps: this.#wanted.steps + steps };
    this.#run();
  }

  reset() {
    this.#options.engine.leave?.();
    this.#wanted = { ...NOTHING, reset: true };
    this.#due = 0;
    this.#run();
  }

  /** Asks for a state that was there before, in place of all that was asked for. @param {Again} again */
  replay(again) {
    this.#options.engine.leave?.();
    this.#wanted = { ...NOTHING, again };
    this.#due = 0;
    this.#run();
  }

  play() {
    if (this.#playing) return;
    this.#playing = true;
    this.#options.changed();
    this.#rejoin();
  }

  pause() {
    if (!this.#playing) return;
    this.#playing = false;
    this.#options.changed();
  }

  /** Out of sight nothing moves; back in sight it goes on from where it was. @param {boolean} visible */
  setVisible(visible) {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible && this.#playing) this.#rejoin();
  }

  #ticking = false;

  #rejoin() {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#before = performance.now();
    this.#due = 1; // the first step at once, however slow the speed
    requestAnimationFrame(this.#tick);
  }

  /** @param {number} now */
  #tick = (now) => {
    if (!this.#playing || !this.#visible || this.#options.signal.aborted) {
      this.#ticking = false;
      return;
    }
    // Never 0, which times an endless speed would be no number.
    const elapsed = Math.min(Math.max(now - this.#before, 1), 100) / 1000;
    this.#before = now;
    this.#due = Math.min(this.#due + this.speed * elapsed, this.#most());
    if (this.#due >= 1) this.#run();
    requestAnimationFrame(this.#tick);
  };

  #most() {
    return Math.max(1, Math.floor(FRAME_BUDGET / this.#pace));
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    const { draw, failed, painted: shown, signal } = this.#options;
    for (let asked = this.#ask(); asked && !signal.aborted; asked ??= this.#ask()) {
      try {
        const frame = await asked;
        asked = undefined;
        if (signal.aborted) return;
        // At full speed what computes elsewhere goes on while this thread draws, if it tells its own time and so can be paced. At
        // any other this thread would have less time for the reader, and the clock no more steps to be made.
        if (this.#playing && this.speed === Infinity && frame.took !== undefined) asked = this.#ask();
        draw(frame);
        await painted();
        shown(frame);
      } catch (error) {
        asked = undefined;
        if (error instanceof Left) continue;
        this.pause();
        failed(error);
        await painted();
      }
    }
    this.#running = false;
    this.#options.rested?.();
  }

  #ask() {
    const asked = this.#next()?.();
    if (asked) this.#options.waiting();
    asked?.catch(() => {}); // told where it is waited for
    return asked;
  }

  /** The one request that brings the picture up to date; nothing when it is. */
  #next() {
    const { engine, values, seed } = this.#options;
    const wanted = this.#wanted;
    const { again } = wanted;
    if (again) {
      this.#wanted = { ...wanted, again: undefined };
      return () => again(() => this.#wanted.reset || Boolean(this.#wanted.again));
    }
    if (wanted.reset) {
      this.#wanted = { ...wanted, reset: false };
      return () => engine.reset(values(), seed());
    }
    const steps = wanted.steps + (this.#playing && this.#visible ? Math.floor(this.#due) : 0);
    this.#wanted = NOTHING;
    if (steps > 0) {
      this.#due %= 1;
      return () => this.#timed(steps);
    }
    return wanted.frame ? () => engine.frame(values(), seed()) : undefined;
  }

  /** @param {number} steps */
  async #timed(steps) {
    const began = performance.now();
    const frame = await this.#options.engine.advance(steps, this.#options.values(), this.#options.seed());
    const took = frame.took ?? performance.now() - began;
    this.#overhead = Math.min(this.#overhead, took);
    this.#pace = Math.max((this.#pace + (took - this.#overhead) / steps) / 2, QUICKEST);
    return frame;
  }
}
