// What an explorer says in words: what it is doing, what went wrong, and, for screen readers, what has changed.
import { make } from "./dom.js";

const SETTLED = 600; // milliseconds without a change, after which it is announced

/** @param {AbortSignal} signal */
export function makeNotices(signal) {
  const status = make("div", { class: "kexue-status", role: "status", "aria-live": "polite" });
  const spoken = make("div", { class: "kexue-unseen", role: "status", "aria-live": "polite" });
  const alert = make("div", { class: "kexue-alert", role: "alert" });
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    elements: [status, spoken, alert],
    /** Shown while something takes a while; nothing for done. */
    busy: (words = "") => show(status, words),
    /** Stays until there is a good frame again. */
    trouble: (words = "") => show(alert, words),
    /** @param {string} words */
    announce(words) {
      clearTimeout(timer);
      timer = window.setTimeout(() => (spoken.textContent = words), SETTLED);
    },
  };
}

/** @param {HTMLElement} element @param {string} words */
function show(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
