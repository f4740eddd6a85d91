// Play, step, reset, the speed and the step counter of an explorer that moves in time.
import { icon, make, newId } from "./dom.js";
import { say } from "./words.js";

const SPEEDS = [1, 5, 20, 60, 240];
const ICONS = {
  play: "M4 2.5v11l9.5-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  step: "M3 2.5v11l7-5.5zM11 2.5h2v11h-2z",
  reset: "M8 2.5V0L3.5 3.6 8 7.2V4.7a4 4 0 1 1-4 4H1.8A6.2 6.2 0 1 0 8 2.5z",
};

/**
 * @param {{manifest: import("./types").Manifest, pump: import("./pump.js").Pump}} context
 */
export function makeTransport({ manifest, pump }) {
  const play = make("button", { type: "button", class: "kexue-button kexue-primary" });
  play.addEventListener("click", () => (pump.playing ? pump.pause() : pump.play()));
  const step = button("step", say("Step"), () => {
    pump.pause();
    pump.advance(1);
  });
  const reset = button("reset", say("Reset"), () => {
    pump.pause();
    pump.reset();
  });
  const count = make("span");
  const counter = make("span", { class: "kexue-counter" }, make("span", { class: "kexue-word" }, say("step"), " "), count);
  const showPlaying = () => {
    play.replaceChildren(icon(pump.playing ? ICONS.pause : ICONS.play), say(pump.playing ? "Pause" : "Play"));
  };
  showPlaying();
  return {
    element: make("div", { class: "kexue-transport" }, play, step, reset, speedSelect(manifest, pump), counter),
    showPlaying,
    showSteps: (/** @type {number} */ steps) => (count.textContent = String(steps)),
  };
}

/** @param {"step" | "reset"} shape @param {string} label @param {() => void} press */
function button(shape, label, press) {
  const made = make("button", { type: "button", class: "kexue-button" }, icon(ICONS[shape]), make("span", { class: "kexue-word" }, label));
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {import("./types").Manifest} manifest @param {import("./pump.js").Pump} pump
 */
function speedSelect(manifest, pump) {
  const id = newId();
  const select = make("select", { id, class: "kexue-select", title: say("speed: steps per second") });
  const speeds = [...new Set([...SPEEDS, manifest.speed])].sort((a, b) => a - b);
  for (const speed of speeds) select.append(make("option", { value: speed }, say("{n}/s", { n: speed })));
  select.append(make("option", { value: "Infinity" }, say("full")));
  select.value = String(manifest.speed);
  pump.speed = manifest.speed;
  select.addEventListener("change", () => (pump.speed = Number(select.value)));
  return make(
    "span",
    { class: "kexue-speed" },
    make("label", { for: id, class: "kexue-unseen" }, say("speed: steps per second")),
    select,
  );
}
