// Keeps what an explorer shows, runs it again with other seeds, and lets go of what was kept.
import { painted } from "./dom.js";
import { SEEDS, makeKeptNames, nameOf, runOf, seedsAfter, shadeOf, unpackKept } from "./kept.js";
import { say } from "./words.js";

/**
 * @typedef {import("./kept.js").Kept} Kept
 * @typedef {import("./types").Engine} Engine
 * @typedef {import("./types").Frame} Frame
 * @typedef {{
 *   figures: import("./views.js").Figure[],
 *   stateful: boolean,
 *   now: () => import("./kept.js").Now,
 *   describe: (name: string, value: any) => string,
 *   makeEngine: () => Engine,
 *   rest: (over: AbortSignal) => Promise<void>,
 *   fetching: (ready: Promise<void>) => Promise<void>,
 *   announce: (words: () => string) => void,
 *   changed: () => void,
 *   failed: (error: unknown) => void,
 * }} Surroundings  `describe` says a value of a control, or the seed; `makeEngine` makes an engine with a state of its own;
 *   `rest` resolves once the explorer has nothing asked; `changed` is told whenever something else is kept.
 */

export class Keeper {
  #around;
  #list = makeKeptNames(() => this.end());
  /** @type {Kept[]} What Python has kept. */
  #given;
  /** @type {Kept[]} What the reader has. */
  #own = [];
  /** @type {Engine | undefined} */
  #engine;
  /** @type {{over: AbortController, kept?: Kept} | undefined} */
  #run;

  /** @param {any[] | undefined} packed As Python sends it. @param {Surroundings} around */
  constructor(packed, around) {
    this.#given = unpackKept(packed);
    this.#around = around;
  }

  get all() {
    return [...this.#given, ...this.#own];
  }

  get repeating() {
    return this.#run !== undefined;
  }

  /** The names of what is kept. */
  get names() {
    return this.#list.element;
  }

  /** How far a run over seeds has come. */
  get progress() {
    return this.#list.running;
  }

  /** @param {Kept} kept */
  #named = (kept) => nameOf(kept, this.#around.now(), this.#around.describe);

  /** For those who hear a figure, and for its files. */
  told() {
    return this.all.map((kept) => ({ name: this.#named(kept), runs: kept.frames.map(({ arrays }) => arrays) }));
  }

  /** They say what differs from what is shown, and so change with it. */
  showNames() {
    this.#list.show(this.all.map((kept) => ({ name: this.#named(kept), repeated: kept.repeated })));
  }

  show() {
    try {
      const kept = this.all.map(({ frames, repeated }, index) => ({
        runs: frames.map(({ arrays }) => arrays),
        look: `${shadeOf(index)}${repeated ? " kexue-repeated" : ""}`,
      }));
      for (const figure of this.#around.figures) figure.keep(kept);
      this.showNames();
      this.#around.changed();
    } catch (error) {
      this.#around.failed(error);
    }
  }

  /** @param {any[]} packed */
  give(packed) {
    this.#given = unpackKept(packed);
    this.show();
  }

  /** @param {Frame} frame */
  keep(frame) {
    const { values, seed } = this.#around.now();
    this.#own = [...this.#own, { values, seed, frames: [frame], repeated: false }];
    this.show();
    this.#around.announce(() => say("kept"));
  }

  letGo() {
    this.end();
    [this.#given, this.#own] = [[], []];
    this.show();
  }

  /** What has been computed of a run stays, unless it is of settings that are no more. @param {boolean} [drop] */
  end(drop = false) {
    if (!this.#run) return;
    const { over, kept } = this.#run;
    over.abort();
    this.#engine?.leave?.();
    this.#run = undefined;
    this.#list.progress();
    if (drop) this.#own = this.#own.filter((each) => each !== kept);
    this.show();
  }

  async repeat() {
    this.end();
    const run = { over: new AbortController(), kept: /** @type {Kept | undefined} */ (undefined) };
    this.#run = run;
    this.#list.progress(0);
    this.#around.changed();
    const { signal: over } = run.over;
    try {
      await this.#around.rest(over);
      const engine = (this.#engine ??= this.#around.makeEngine());
      const { values, seed: first, steps } = this.#around.now();
      await this.#around.fetching(engine.prepare(values));
      for (const [done, seed] of seedsAfter(first, SEEDS).entries()) {
        this.#list.progress(done);
        const frame = await runOf(engine, this.#around.stateful, { values, seed, steps }, over);
        if (over.aborted) return;
        const before = run.kept;
        run.kept = { values, seed: first, frames: [...(before?.frames ?? []), frame], repeated: true };
        this.#own = [...this.#own.filter((kept) => kept !== before), run.kept];
        this.show();
        await painted();
      }
      const { kept } = run;
      if (kept) this.#around.announce(() => this.#named(kept));
    } catch (error) {
      if (!over.aborted) this.#around.failed(error);
    }
    if (this.#run === run) this.end();
  }
}
