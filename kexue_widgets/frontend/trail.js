// How the state of an explorer came about: so many steps under these values, so many under those. With that a link shows
// what its sender saw, and a training that was thrown away can be had again.
import { kindOf } from "./controls/index.js";
import { Left } from "./engines.js";

/**
 * @typedef {import("./types").Engine} Engine
 * @typedef {import("./types").Frame} Frame
 * @typedef {import("./types").Manifest} Manifest
 * @typedef {import("./types").Values} Values
 * @typedef {{steps: number, values: Values}} Segment
 * @typedef {{seed: number, values: Values, segments: Segment[]}} Snapshot  The values are those that the state starts from.
 */

const CHUNK = 500; // steps that are gone over again in one call
const MOST = 10_000_000; // steps, in an address
const LONGEST = 4000; // letters: a longer trail makes links that mail and chats break
const LEFT = "left"; // the origin of no state

/** @param {Segment[]} segments */
export const stepsOf = (segments) => segments.reduce((sum, { steps }) => sum + steps, 0);

/** @param {Values} values @param {string[]} names @returns {Values} */
const picked = (values, names) => Object.fromEntries(names.map((name) => [name, values[name]]));

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** An engine that keeps the trail of its state. @implements {Engine} */
export class Trail {
  #engine;
  #manifest;
  #thrown;
  /** @type {Values} */
  #initial;
  #walked;
  #origin = "";
  /** @type {Snapshot | undefined} Nothing where somebody else has moved the state: in Python, or in another view. */
  #known;
  #stored; // whether the picture is the stored one, whose state has not been made here

  /**
   * @param {Engine} engine @param {Manifest} manifest
   * @param {(snapshot: Snapshot) => void} thrown Receives a state past its opening that a new one has taken the place of.
   */
  constructor(engine, manifest, thrown) {
    this.#engine = engine;
    this.#manifest = manifest;
    this.#thrown = thrown;
    this.#initial = Object.fromEntries(manifest.controls.map(({ name, value }) => [name, value]));
    this.#walked = manifest.reads.step.filter((name) => !manifest.starts.includes(name));
    this.#stored = Boolean(manifest.frame);
    if (this.#stored) {
      this.#begin(this.#initial, manifest.seed, [{ steps: manifest.opening, values: picked(this.#initial, this.#walked) }]);
    }
  }

  /** @param {Values} values @param {number} [seed] */
  prepare(values, seed) {
    return this.#engine.prepare(values, seed);
  }

  /** @param {Values} [values] @param {number} [seed] */
  leave(values, seed) {
    this.#engine.leave?.(values, seed);
  }

  /** @param {Values} values @param {number} seed */
  async frame(values, seed) {
    await this.#opened(values, seed);
    return this.#checked(await this.#answered(this.#engine.frame(values, seed)));
  }

  /** @param {number} steps @param {Values} values @param {number} seed */
  async advance(steps, values, seed) {
    await this.#opened(values, seed);
    const frame = await this.#answered(this.#engine.advance(steps, values, seed));
    this.#walk(steps, values);
    return this.#checked(frame);
  }

  /** @param {Values} values @param {number} seed */
  async reset(values, seed) {
    this.#stored = false;
    const frame = await this.#engine.reset(values, seed);
    this.#begin(values, seed, []);
    return this.#checked(frame);
  }

  /**
   * Makes a state again, step for step. @param {Segment[]} segments @param {Values} values @param {number} seed
   * @param {() => boolean} stopped Whether it is no longer wanted.
   */
  async replay(segments, values, seed, stopped) {
    await this.reset({ ...values, ...segments[0]?.values }, seed);
    for (const segment of segments) {
      for (let left = segment.steps; left > 0 && !stopped(); left -= CHUNK) {
        await this.advance(Math.min(left, CHUNK), { ...values, ...segment.values }, seed);
      }
    }
    return this.frame(values, seed);
  }

  /** Somebody else has moved the state. */
  lose() {
    this.#known = undefined;
  }

  /**
   * What is to be told beside the values, so that a page opened with these comes to this state; nothing where it does so
   * by itself, where nobody knows, or where it is too long. Written 400*rate*0.02,50: segments, with the values that were
   * others than in the next one, after the last of which come those of now.
   * @param {Values} values @param {number} seed
   */
  text(values, seed) {
    const text = this.#whole(values, seed);
    return text && text.length > LONGEST ? undefined : text;
  }

  /** Whether so much has been changed on the way that no link tells of it. @param {Values} values @param {number} seed */
  tooLong(values, seed) {
    return (this.#whole(values, seed)?.length ?? 0) > LONGEST;
  }

  /** The segments that a new explorer with these values lacks. @param {Values} values @param {number} seed */
  segments(values, seed) {
    return this.#whole(values, seed) === undefined ? undefined : this.#known?.segments;
  }

  /** @param {Values} values @param {number} seed */
  #whole(values, seed) {
    if (!this.#known || this.#origin !== this.#originOf(values, seed)) return undefined;
    const text = this.#written(this.#known.segments, values);
    return text === this.#written(this.#fresh(values, seed), values) ? undefined : text;
  }

  /** What a page opened with these values does by itself. @param {Values} values @param {number} seed @returns {Segment[]} */
  #fresh(values, seed) {
    const stored = this.#originOf(values, seed) === this.#originOf(this.#initial, this.#manifest.seed);
    return [{ steps: this.#manifest.opening, values: picked(stored ? this.#initial : values, this.#walked) }];
  }

  /** @param {Segment[]} segments @param {Values} now */
  #written(segments, now) {
    const parts = segments.map(({ steps, values }, index) => {
      const next = segments[index + 1]?.values ?? now;
      const others = this.#walked.filter((name) => !same(values[name], next[name]));
      return [steps, ...others.flatMap((name) => [name, escaped(String(values[name]))])].join("*");
    });
    return parts.join(",") || "0";
  }

  /**
   * The segments that a text tells of; without one, or with none that can be read, what a page does by itself.
   * @param {string | undefined} text @param {Values} values @param {number} seed
   */
  read(text, values, seed) {
    return (text !== undefined && this.#parsed(text, values)) || this.#fresh(values, seed);
  }

  /** @param {string} text @param {Values} now @returns {Segment[] | undefined} */
  #parsed(text, now) {
    if (text.length > LONGEST) return undefined; // which nothing writes
    const controls = new Map(this.#manifest.controls.map((control) => [control.name, control]));
    /** @type {Segment[]} */
    const segments = [];
    let next = picked(now, this.#walked);
    for (const part of text.split(",").reverse()) {
      const [count, ...others] = part.split("*");
      const values = { ...next };
      for (let index = 0; index < others.length; index += 2) {
        const control = controls.get(others[index]);
        const value = control && kindOf(control).fromText?.(control, unescaped(others[index + 1] ?? ""));
        if (value === undefined || !this.#walked.includes(others[index])) return undefined;
        values[others[index]] = value;
      }
      if (!/^\d+$/.test(count)) return undefined;
      segments.unshift({ steps: Number(count), values });
      next = values;
    }
    return stepsOf(segments) <= MOST ? segments.filter(({ steps }) => steps) : undefined;
  }

  /** @param {Values} values @param {number} seed */
  #originOf(values, seed) {
    return JSON.stringify([seed, ...this.#manifest.starts.map((name) => values[name])]);
  }

  /** What the engine is about to do by itself: open anew where something that starts depends on has changed. */
  /** @param {Values} values @param {number} seed */
  async #opened(values, seed) {
    if (this.#origin === this.#originOf(values, seed)) {
      const first = { ...values, ...picked(this.#initial, this.#walked) };
      // The state of the stored picture was made with the values stored beside it, whatever has changed since.
      if (this.#stored && !same(first, values)) await this.#answered(this.#engine.frame(first, seed));
    } else if (this.#origin) {
      this.#begin(values, seed, [{ steps: this.#manifest.opening, values: picked(values, this.#walked) }]);
    } else this.#origin = this.#originOf(values, seed);
    this.#stored = false;
  }

  /** What the engine answers: a state that it has left is no more, and the next one begins anew. */
  /** @param {Promise<Frame>} answer */
  async #answered(answer) {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof Left) this.#origin = LEFT;
      throw error;
    }
  }

  /** @param {Values} values @param {number} seed @param {Segment[]} segments */
  #begin(values, seed, segments) {
    const before = this.#known;
    this.#origin = this.#originOf(values, seed);
    this.#known = { seed, values: picked(values, this.#manifest.starts), segments };
    if (before && stepsOf(before.segments) > this.#manifest.opening) this.#thrown(before);
  }

  /** @param {number} steps @param {Values} values */
  #walk(steps, values) {
    if (!this.#known || !steps) return;
    const { segments } = this.#known;
    const now = picked(values, this.#walked);
    const last = segments.at(-1);
    const longer = last && same(last.values, now);
    const next = { steps: steps + (longer ? last.steps : 0), values: now };
    this.#known = { ...this.#known, segments: [...(longer ? segments.slice(0, -1) : segments), next] };
  }

  /** @param {Frame} frame */
  #checked(frame) {
    if (this.#known && stepsOf(this.#known.segments) !== frame.steps) this.lose();
    return frame;
  }
}

/** @param {string} text */
const escaped = (text) => text.replace(/[%*,]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/** @param {string} text */
const unescaped = (text) => text.replace(/%([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
