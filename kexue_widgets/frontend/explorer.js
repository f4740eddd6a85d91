// One explorer: its views, its controls, and what goes on between them and the engine.
import { makeControl, makeSeed } from "./controls.js";
import { unpackFrame } from "./arrays.js";
import { make } from "./dom.js";
import { arrange, watchLayout, watchVisible } from "./layout.js";
import { makeNotices } from "./notices.js";
import { Pump } from "./pump.js";
import { makeTransport } from "./transport.js";
import { makeView } from "./views.js";
import { inWords, say } from "./words.js";

/**
 * @typedef {import("./types").Frame} Frame
 * @typedef {{arrived: (frame: Frame) => void, failed: (error: unknown) => void, signal: AbortSignal}} Listener
 */

/**
 * Mounts an explorer into an element; aborting the signal takes it away again.
 * @param {{
 *   root: HTMLElement,
 *   manifest: import("./types").Manifest,
 *   model: import("./types").Model,
 *   makeEngine: (listener: Listener) => import("./types").Engine,
 *   signal: AbortSignal,
 * }} options
 * @returns {import("./types").Exposed & {refresh: () => void}}
 */
export function mountExplorer({ root, manifest, model, makeEngine, signal }) {
  const notices = makeNotices(signal);

  /** @param {string} name @param {import("./types").Value} value */
  const set = (name, value) => {
    notices.trouble();
    model.set(name, value);
    model.save_changes();
  };

  /** @param {string} name @param {(value: any) => void} callback */
  function onChange(name, callback) {
    const tell = () => callback(model.get(name));
    model.on(`change:${name}`, tell);
    signal.addEventListener("abort", () => model.off(`change:${name}`, tell));
  }

  /** A choice that a view shows, and that can be made there. @param {string} name @returns {import("./views.js").Choosing} */
  const choosing = (name) => ({
    options: manifest.controls.flatMap((each) =>
      each.kind === "choice" && each.name === name ? each.options.map(({ label }) => label) : [],
    ),
    choose: (option) => set(name, option),
    follow: (show) => {
      show(model.get(name));
      onChange(name, show);
    },
  });

  const figures = manifest.views.map((view) => makeView(view, signal, choosing));
  const grid = make("div", { class: "kexue-views" }, ...figures.map(({ element }) => element));
  const names = manifest.controls.map(({ name }) => name);
  const values = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  /** @type {Frame} */
  let shown = { steps: 0, arrays: {} };

  /** @param {Frame} frame */
  function draw(frame) {
    const draws = figures.map((figure) => figure.prepare(frame.arrays, pump.playing));
    const firstFrame = shown.arrays === undefined || !Object.keys(shown.arrays).length;
    for (const drawView of draws) drawView();
    shown = frame;
    transport?.showSteps(frame.steps);
    notices.busy();
    notices.trouble();
    if (firstFrame) arrange(grid, figures, grid.clientWidth);
  }

  /** @param {unknown} error */
  function failed(error) {
    notices.busy();
    const words = inWords(error);
    const advice = manifest.stateful && /NaN|Infinity/.test(words) ? ` ${say("Reset starts again.")}` : "";
    notices.trouble(words + advice);
  }

  /** Frames that nobody here asked for. @param {Frame} frame */
  function arrived(frame) {
    try {
      draw(frame);
    } catch (error) {
      failed(error);
    }
  }

  const engine = makeEngine({ arrived, failed, signal });
  const pump = new Pump({
    engine,
    values,
    seed: () => model.get("seed"),
    draw,
    failed,
    waiting: () => warmUp(engine.prepare(values())),
    signal,
    painted: ({ steps }) => root.dispatchEvent(new CustomEvent("kexue:frame", { bubbles: true, detail: { steps } })),
    changed: () => {
      transport?.showPlaying();
      notices.announce(say(pump.playing ? "playing" : "paused at step {n}", { n: shown.steps }));
    },
  });
  const transport = manifest.stateful ? makeTransport({ manifest, pump }) : undefined;

  const context = { set, refuse: notices.trouble, announce: notices.announce, signal };

  /** @param {string} name @param {import("./controls.js").Shown} control */
  function follow(name, control) {
    control.show(model.get(name));
    onChange(name, (value) => {
      control.show(value);
      notices.announce(control.describe(value));
      pump.refresh();
    });
    return control.element;
  }

  const controls = manifest.controls.map((control) => follow(control.name, makeControl(control, context)));
  if (manifest.random) controls.push(follow("seed", makeSeed(context)));
  // Words stand with the controls: where the reader is looking, and never covered by them.
  const panel = make("div", { class: "kexue-panel", role: "group", "aria-label": say("controls") }, ...notices.elements);
  if (transport) panel.append(transport.element);
  if (controls.length) panel.append(make("div", { class: "kexue-controls" }, ...controls));
  const reach = () => warmUp(engine.prepare(values()));
  // Reaching for a control already fetches what moving it will need.
  for (const event of ["pointerdown", "focusin"]) panel.addEventListener(event, reach, { signal });
  root.append(grid, panel);

  /** Fetching the engine is announced only if it takes a moment. @param {Promise<void>} ready */
  async function warmUp(ready) {
    const timer = setTimeout(() => notices.busy(say("Starting the engine…")), 60);
    try {
      await ready;
      // With a request on its way, its frame ends the notice: the first one may take a while.
      if (!pump.busy) notices.busy();
    } catch (error) {
      failed(error);
    } finally {
      clearTimeout(timer);
    }
  }

  watchLayout({ root, grid, panel, signal, rearrange: (width) => arrange(grid, figures, width) });
  watchVisible(root, (visible) => pump.setVisible(visible), signal);
  signal.addEventListener("abort", () => root.replaceChildren());
  if (manifest.frame) arrived(unpackFrame(manifest.frame));

  return {
    get arrays() {
      return shown.arrays;
    },
    get steps() {
      return shown.steps;
    },
    get values() {
      return { ...values(), seed: model.get("seed") };
    },
    get playing() {
      return pump.playing;
    },
    refresh: () => pump.refresh(),
  };
}
