// What an explorer says in words: what it is doing, what went wrong, and, for screen readers, what has changed.
import { make } from "./dom.js";
import { say } from "./words.js";

const SETTLED = 600; // milliseconds without a change, after which it is announced

/** @param {AbortSignal} signal */
export function makeNotices(signal) {
  const status = make("div", { class: "kexue-status", role: "status", "aria-live": "polite" });
  const spoken = make("div", { class: "kexue-unseen", role: "status", "aria-live": "polite" });
  const bar = make("progress", { "aria-label": say("the engine"), max: 1 });
  const count = make("span", { "aria-hidden": true });
  const arrival = make("div", { class: "kexue-arrival", hidden: true }, bar, count);
  const alert = make("div", { class: "kexue-alert", role: "alert" });
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    elements: [arrival, status, spoken, alert],
    /** Shown while something takes a while; nothing for done. */
    busy: (words = "") => show(status, words),
    /** How many bytes of the engine are here, while they arrive. @param {{done: number, all: number}} [bytes] */
    arrived(bytes) {
      arrival.hidden = !bytes;
      if (!bytes) return;
      const blanks = { done: megabytes(bytes.done), all: megabytes(bytes.all) };
      count.textContent = say("{done} of {all} MB", blanks);
      bar.value = bytes.done / bytes.all;
      bar.setAttribute("aria-valuetext", count.textContent);
    },
    /** Stays until there is a good frame again. */
    trouble: (words = "") => show(alert, words),
    /** @param {() => string} words Asked for when nothing has changed for a while. */
    announce(words) {
      clearTimeout(timer);
      timer = window.setTimeout(() => (spoken.textContent = words()), SETTLED);
    },
  };
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** @param {HTMLElement} element @param {string} words */
function show(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
