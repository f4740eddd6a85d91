// Play, step, reset, the speed and the step counter of an explorer that moves in time.
import { ICONS, icon, make, newId } from "./dom.js";
import { say } from "./words.js";

const SPEEDS = [1, 5, 20, 60, 240];

/**
 * @param {{
 *   manifest: import("./types").Manifest,
 *   pump: import("./pump.js").Pump,
 *   actions: Record<"play" | "step" | "reset" | "undo" | "sped", () => void>,
 * }} context  `undo` brings back the state that a new one has taken the place of; `sped` learns of another speed.
 */
export function makeTransport({ manifest, pump, actions }) {
  const play = make("button", { type: "button", class: "kexue-button kexue-primary" });
  play.addEventListener("click", actions.play);
  const step = button("step", say("Step"), actions.step);
  const reset = button("reset", say("Reset"), actions.reset);
  const back = button("undo", say("Undo"), actions.undo);
  back.disabled = true;
  const speed = speedSelect(manifest, pump, actions.sped);
  const count = make("span");
  const counter = make("span", { class: "kexue-counter" }, make("span", { class: "kexue-word" }, say("step"), " "), count);
  const showPlaying = () => {
    play.replaceChildren(icon(pump.playing ? ICONS.pause : ICONS.play), say(pump.playing ? "Pause" : "Play"));
  };
  showPlaying();
  return {
    element: make("div", { class: "kexue-transport" }, play, step, reset, back, speed.element, counter),
    showPlaying,
    setSpeed: speed.set,
    /** To which step the state can be brought back; nothing where there is none. @param {number | undefined} steps */
    showUndo(steps) {
      back.disabled = steps === undefined;
      back.title = steps === undefined ? "" : say("Back to step {n}, before it started anew", { n: steps });
    },
    showSteps: (/** @type {number} */ steps) => (count.textContent = String(steps)),
  };
}

/** @param {"step" | "reset" | "undo"} shape @param {string} label @param {() => void} press */
function button(shape, label, press) {
  const made = make("button", { type: "button", class: "kexue-button" }, icon(ICONS[shape]), make("span", { class: "kexue-word" }, label));
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {import("./types").Manifest} manifest @param {import("./pump.js").Pump} pump @param {() => void} sped
 */
function speedSelect(manifest, pump, sped) {
  const id = newId();
  const select = make("select", { id, class: "kexue-select", title: say("speed: steps per second") });
  const speeds = [...new Set([...SPEEDS, manifest.speed])].sort((a, b) => a - b);
  for (const speed of speeds) select.append(make("option", { value: speed }, say("{n}/s", { n: speed })));
  select.append(make("option", { value: "Infinity" }, say("full")));
  /** @param {number} speed */
  const set = (speed) => {
    if (!speeds.includes(speed) && speed !== Infinity) return;
    select.value = String(speed);
    pump.speed = speed;
  };
  set(manifest.speed);
  select.addEventListener("change", () => {
    pump.speed = Number(select.value);
    sped();
  });
  const label = make("label", { for: id, class: "kexue-unseen" }, say("speed: steps per second"));
  return { element: make("span", { class: "kexue-speed" }, label, select), set };
}
