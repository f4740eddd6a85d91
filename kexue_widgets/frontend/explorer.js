// One explorer: its views, its controls, and what goes on between them and the engine.
import { unpackFrame } from "./arrays.js";
import { kindOf, valuesIn } from "./controls/index.js";
import { seedOf } from "./controls/seed.js";
import { make, painted } from "./dom.js";
import { effectOf, markEffects } from "./effects.js";
import { OFF } from "./hash.js";
import { Keeper } from "./keeper.js";
import { Off } from "./legend.js";
import { arrange, makeFold, watchLayout, watchVisible } from "./layout.js";
import { typeset } from "./notation.js";
import { makeNotices } from "./notices.js";
import { arriving } from "./runner.js";
import { outcomeOf } from "./outcome.js";
import { Pump } from "./pump.js";
import { makeTakeaway } from "./takeaway.js";
import { Trail, stepsOf } from "./trail.js";
import { makeTransport } from "./transport.js";
import { watchLinks } from "./try.js";
import { makeView } from "./views.js";
import { inWords, listed, say } from "./words.js";
import { pythonOf, settingsOf } from "./written.js";

/**
 * @typedef {import("./types").Frame} Frame
 * @typedef {{arrived: (frame: Frame) => void, failed: (error: unknown) => void, signal: AbortSignal}} Listener
 */

const TALL = /** @type {Record<string, number>} */ ({ points: 4, photo: 2, reactions: 4 }); // as so many controls

/** @param {import("./types").Manifest} manifest @returns {import("./types").Values} */
export const defaultsOf = (manifest) =>
  Object.fromEntries([...manifest.controls, seedOf(manifest)].map(({ name, value }) => [name, value]));

/**
 * The label of a control with its sub- and superscripts; by name it is called as its author wrote it.
 * @param {HTMLElement} element
 */
function typesetLabel(element) {
  const label = element.querySelector(".kexue-head > label, .kexue-name") ?? element.querySelector(".kexue-toggle > span");
  const text = label?.textContent ?? "";
  const nodes = typeset(text);
  if (!label || nodes.length < 2) return;
  label.replaceChildren(...nodes);
  const input = element.querySelector("input, select");
  if (input && !input.hasAttribute("aria-label")) input.setAttribute("aria-label", text);
}

/**
 * Mounts an explorer into an element; aborting the signal takes it away again.
 * @param {{
 *   root: HTMLElement,
 *   manifest: import("./types").Manifest,
 *   model: import("./types").Model,
 *   makeEngine: (listener: Listener, beside?: boolean) => import("./types").Engine,
 *   link?: () => string,
 *   unwritten?: () => boolean,
 *   python?: boolean,
 *   signal: AbortSignal,
 * }} options  `makeEngine` makes one for what is shown or, `beside`, one with a state of its own; `link` is the address
 *   that shows what this explorer shows, where there is one, and `unwritten` whether that lacks something still; `python`
 *   says that a reader has the Python at hand.
 * @returns {import("./types").Mounted & {show: (frame: Frame) => void, ahead: () => void}}
 */
export function mountExplorer({ root, manifest, model, makeEngine, link, unwritten, python = false, signal }) {
  const notices = makeNotices(signal);

  // While several values change, of which one frame shows all: whether any has.
  /** @type {{changed: boolean} | undefined} */
  let together;

  /** @param {import("./types").Values} values @returns {boolean} Whether any is new. */
  function setAll(values) {
    const batch = { changed: false };
    together = batch;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    together = undefined;
    model.save_changes();
    return batch.changed;
  }

  /** What nothing reads as things stand is chosen with its value, so that the value counts. */
  /** @param {string} name @param {import("./types").Value} value */
  function set(name, value) {
    tried.dismiss();
    notices.trouble();
    const chosen = Object.entries(unmet(name)).map(([other, [first]]) => [other, first]);
    if (setAll({ ...Object.fromEntries(chosen), [name]: value })) pump.refresh();
  }

  /** The controls that would have to have other values for this one to be read, and those. @param {string} name */
  function unmet(name) {
    const control = manifest.controls.find((each) => each.name === name);
    const when = control && "when" in control && control.when ? control.when : {};
    return Object.fromEntries(Object.entries(when).filter(([other, values]) => !values.includes(model.get(other))));
  }

  /** @param {string} name @param {(value: any) => void} callback */
  function onChange(name, callback) {
    const tell = () => callback(model.get(name));
    model.on(`change:${name}`, tell);
    signal.addEventListener("abort", () => model.off(`change:${name}`, tell));
  }

  /** A choice that a view shows, and that can be made there. @param {string} name @returns {import("./types").Choosing} */
  const choosing = (name) => ({
    options: manifest.controls.flatMap((each) =>
      each.name === name && "options" in each ? each.options.map(({ label }) => label) : [],
    ),
    choose: (option) => set(name, option),
    follow: (show) => {
      show(model.get(name));
      onChange(name, show);
    },
  });

  /** The names that a reader gives in a control. @param {string} name */
  function namesIn(name) {
    const control = manifest.controls.find((each) => each.name === name);
    return (control && kindOf(control).names?.(control, model.get(name))) ?? [];
  }

  const off = new Off(model, manifest.views, (view) => {
    figures[view].redraw();
    told("kexue:legend");
  });
  const figures = manifest.views.map((view, index) => makeView(view, signal, choosing, namesIn, off.of(index)));
  const grid = make("div", { class: "kexue-views" }, ...figures.map(({ element }) => element));
  const names = manifest.controls.map(({ name }) => name);
  const values = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const seed = () => model.get("seed");
  /** @type {Frame} */
  let shown = { steps: 0, arrays: {} };

  /** @param {Frame} frame */
  function draw(frame) {
    const draws = figures.map((figure) => figure.prepare(frame.arrays, pump.playing));
    const firstFrame = shown.arrays === undefined || !Object.keys(shown.arrays).length;
    for (const drawView of draws) drawView();
    shown = frame;
    keeper.showNames();
    transport?.showSteps(frame.steps);
    notices.busy();
    notices.trouble();
    if (firstFrame) arrange(grid, figures, panel);
    if (!pump.playing) tell();
    if (change) announce(change);
    change = undefined;
  }

  /** @type {(() => string) | undefined} What a reader has done, until the figure shows what became of it. */
  let change;

  function tell() {
    for (const figure of figures) figure.tell(shown.arrays, keeper.told());
  }

  /** What a reader has done, and what the figure shows then. @param {() => string} words */
  const announce = (words) => notices.announce(() => `${words()}. ${outcomeOf(manifest.views, shown.arrays, namesIn)}`);

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

  /** Frames that somebody else has asked for. @param {Frame} frame */
  function arrivedUnasked(frame) {
    trail?.lose();
    arrived(frame);
  }

  /** @type {Map<string, (value: any) => string>} */
  const descriptions = new Map();
  const keeper = new Keeper(manifest.kept ?? model.get("_kept"), {
    figures,
    stateful: manifest.stateful,
    now: () => ({ values: values(), seed: seed(), steps: shown.steps }),
    describe: (name, value) => descriptions.get(name)?.(value) ?? `${name} ${value}`,
    makeEngine: () => makeEngine({ arrived: () => {}, failed: () => {}, signal }, true),
    async rest(over) {
      pump.pause();
      while (pump.busy && !over.aborted) await painted();
    },
    fetching,
    announce: notices.announce,
    changed() {
      tell();
      settle();
    },
    failed,
  });

  const runner = makeEngine({ arrived: arrivedUnasked, failed, signal });
  const trail = manifest.stateful ? new Trail(runner, manifest, thrown) : undefined;
  const engine = trail ?? runner;
  /** @type {import("./trail.js").Snapshot | undefined} */
  let lost;

  /** @param {import("./trail.js").Snapshot} snapshot */
  function thrown(snapshot) {
    lost = snapshot;
    transport?.showUndo(stepsOf(snapshot.segments));
  }

  function undo() {
    if (!lost) return;
    const { segments } = lost;
    setAll({ ...lost.values, seed: lost.seed });
    lost = undefined;
    transport?.showUndo(undefined);
    again(segments);
  }

  /** @param {import("./trail.js").Segment[]} segments */
  function again(segments) {
    pump.pause();
    pump.replay((stopped) => {
      notices.busy(say("Going through {n} steps again…", { n: stepsOf(segments) }));
      return /** @type {Trail} */ (trail).replay(segments, values(), seed(), stopped);
    });
  }

  const pump = new Pump({
    engine,
    values,
    seed,
    draw,
    failed,
    waiting: () => {
      settle();
      warmUp(engine.prepare(values()));
    },
    rested: () => {
      if (!pump.playing) told("kexue:rest");
      settle();
    },
    signal,
    painted: ({ steps }) => told("kexue:frame", { steps }),
    changed: () => {
      transport?.showPlaying();
      if (!pump.busy && !pump.playing) told("kexue:rest");
      settle();
      if (pump.playing) return notices.announce(() => say("playing"));
      tell();
      announce(() => say("paused at step {n}", { n: shown.steps }));
    },
  });
  const actions = {
    play: () => (pump.playing ? pump.pause() : pump.play()),
    step: () => {
      pump.pause();
      change = () => say("step {n}", { n: shown.steps });
      pump.advance(1);
    },
    reset: () => {
      pump.pause();
      change = () => say("step {n}", { n: shown.steps });
      pump.reset();
    },
    undo,
    sped: () => told("kexue:speed"),
  };
  const transport = manifest.stateful ? makeTransport({ manifest, pump, actions }) : undefined;

  /** @param {string} event @param {object} [detail] */
  function told(event, detail) {
    root.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  }

  /** Says on the element whether nothing is asked, nothing on its way, and the address written. */
  function settle() {
    root.toggleAttribute("data-settled", !pump.busy && !pump.playing && !keeper.repeating && !unwritten?.());
  }

  const context = { set, refuse: notices.trouble, announce: (/** @type {string} */ words) => notices.announce(() => words), signal };

  /** @param {import("./types").Control} control */
  function shownControl(control) {
    const { build, makes } = kindOf(control);
    const { element, show, describe } = build(control, context);
    element.dataset.control = control.name;
    descriptions.set(control.name, describe);
    typesetLabel(element);
    show(model.get(control.name));
    onChange(control.name, (value) => {
      show(value);
      keeper.end(true);
      change = () => describe(value);
      notices.announce(change);
      if (together) together.changed = true;
      else pump.refresh();
    });
    const showUsed = () => {
      const used = !Object.keys(unmet(control.name)).length;
      element.classList.toggle("kexue-unused", !used);
      const folded = /** @type {HTMLDetailsElement | null} */ (element.closest(".kexue-beside details"));
      if (used && folded) folded.open = true; // what has just been chosen is set there
      if (makes) return;
      for (const input of element.querySelectorAll("input, select, textarea, button")) input.toggleAttribute("disabled", !used);
    };
    showUsed();
    for (const other of Object.keys(("when" in control && control.when) || {})) onChange(other, showUsed);
    return { name: control.name, element, effect: effectOf(manifest, control.name), describe };
  }

  const controls = [...manifest.controls, ...(manifest.random ? [seedOf(manifest)] : [])].map(shownControl);
  const tried = watchLinks({ root, name: manifest.name, set: follow, python, signal });
  // Words stand with the controls: where the reader is looking, and never covered by them.
  const said = [...notices.elements, tried.element, keeper.progress];
  const panel = make("div", { class: "kexue-panel", role: "group", "aria-label": say("controls") }, ...said);
  if (transport) panel.append(transport.element);
  const fold = makeFold(controls.map(({ element }) => element));
  if (controls.length) panel.append(...fold.elements);
  panel.append(...markEffects(controls));
  const reach = () => warmUp(engine.prepare(values()));
  // Reaching for a control already fetches what moving it will need.
  for (const event of ["pointerdown", "focusin"]) panel.addEventListener(event, reach, { signal });
  const keeps = figures.some((figure) => figure.keeps);
  const takeaway = makeTakeaway({
    root,
    manifest,
    figures,
    arrays: () => shown.arrays,
    python: () => pythonOf(manifest, values(), seed(), trail?.segments(values(), seed())),
    settings: () => {
      const made = settingsOf(manifest, values(), seed());
      const steps = manifest.stateful ? [say("step {n}", { n: shown.steps })] : [];
      const kept = keeper.told().map(({ name }) => say("in grey: {name}", { name }));
      return listed([made, ...steps, ...kept]);
    },
    link,
    tooLong: () => Boolean(trail?.tooLong(values(), seed())),
    untold: () => [
      ...manifest.controls.filter((each) => !kindOf(each).fromText && model.get(each.name)).map((each) => ("label" in each ? say(each.label) : each.name)),
      ...(keeper.all.length ? [say("what was kept")] : []),
    ],
    keep: keeps ? () => keeper.keep(shown) : undefined,
    repeat: keeps && manifest.random ? () => keeper.repeat() : undefined,
    letGo: () => (keeper.all.length ? () => keeper.letGo() : undefined),
    defaults: () => restore({ values: defaultsOf(manifest), speed: manifest.speed, trail: undefined, off: undefined }),
    keys: manifest.stateful ? { " ": actions.play, arrowright: actions.step, r: actions.reset } : {},
    signal,
  });
  grid.append(keeper.names);
  root.append(takeaway, grid, panel);

  /** Whatever it shows, it becomes what a new one with these settings is. @param {Map<string, string>} texts */
  function follow(texts) {
    const before = { ...values(), seed: seed() };
    const way = trail?.segments(values(), seed());
    const { text } = off;
    pump.pause();
    off.text = texts.get(OFF);
    setAll(valuesIn([...manifest.controls, seedOf(manifest)], texts));
    if (trail) again(trail.read(texts.get("steps"), values(), seed()));
    else pump.refresh();
    const told = controls.filter(({ name }) => texts.has(name)).map(({ name, describe }) => describe(model.get(name)));
    if (texts.has("steps")) told.push(say("step {n}", { n: stepsOf(trail?.read(texts.get("steps"), values(), seed()) ?? []) }));
    return {
      told: listed(told),
      undo: () => {
        pump.pause();
        off.text = text;
        setAll(before);
        if (trail) again(way ?? trail.read(undefined, values(), seed()));
        else pump.refresh();
      },
    };
  }

  /** @type {import("./types").Mounted["restore"]} */
  function restore({ values: wanted, speed, trail: text, off: hidden }) {
    off.text = hidden;
    const changed = setAll(wanted);
    transport?.setSpeed(speed);
    const there = trail && !trail.tooLong(values(), seed()) && text === trail.text(values(), seed());
    if (trail && !there) again(trail.read(text, values(), seed()));
    else if (changed) pump.refresh();
  }

  let waiting = 0; // for how many things that are fetched or made ready

  /** Shows how much of the engine has arrived for as long as it is waited for. @param {Promise<void>} ready */
  async function fetching(ready) {
    waiting += 1;
    try {
      await ready;
    } finally {
      waiting -= 1;
      if (!waiting) notices.arrived();
    }
  }
  arriving.addEventListener("bytes", (event) => waiting && notices.arrived(/** @type {CustomEvent} */ (event).detail), { signal });

  /** What a reader who comes near may soon ask for; what goes wrong is told once it is asked for. */
  const ahead = () => fetching(engine.prepare(values(), seed())).catch(() => {});

  /** Fetching the engine is announced only if it takes a moment. @param {Promise<void>} ready */
  async function warmUp(ready) {
    const timer = setTimeout(() => notices.busy(say("Starting the engine…")), 60);
    try {
      await fetching(ready);
      // With a request on its way, its frame ends the notice: the first one may take a while.
      if (!pump.busy) notices.busy();
    } catch (error) {
      failed(error);
    } finally {
      clearTimeout(timer);
    }
  }

  const count = manifest.controls.reduce((sum, { kind }) => sum + (TALL[kind] ?? 1), Number(manifest.random));
  watchLayout({ root, grid, panel, fold, count, signal, rearrange: () => arrange(grid, figures, panel) });
  watchVisible(root, (visible) => pump.setVisible(visible), signal);
  signal.addEventListener("abort", () => {
    keeper.end();
    root.replaceChildren();
  });
  if (manifest.frame) arrived(unpackFrame(manifest.frame));
  onChange("_kept", (packed) => keeper.give(packed));
  if (keeper.all.length) keeper.show();

  return {
    get arrays() {
      return shown.arrays;
    },
    get steps() {
      return shown.steps;
    },
    get values() {
      return { ...values(), seed: seed() };
    },
    get playing() {
      return pump.playing;
    },
    get kept() {
      return keeper.all;
    },
    get speed() {
      return pump.speed;
    },
    get trail() {
      return trail?.text(values(), seed());
    },
    get off() {
      return off.text;
    },
    refresh: () => pump.refresh(),
    restore,
    settle,
    show: arrived,
    ahead,
  };
}
