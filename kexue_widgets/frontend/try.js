// Links in a text that set an explorer: [set p to 0.9](#live:Mask.p=0.9). In a page without this script they lead nowhere.
import { make, reducedMotion } from "./dom.js";
import { readHash } from "./hash.js";
import { covered } from "./place.js";
import { say } from "./words.js";

/**
 * Follows the links that name an explorer; which of several of one class it is, its name tells as in an address.
 * @param {{
 *   root: HTMLElement,
 *   name: string,
 *   set: (texts: Map<string, string>) => {told: string, undo: () => void},
 *   python: boolean,
 *   signal: AbortSignal,
 * }} options  `set` makes an explorer what a new one with these settings is, and `python` has their line told.
 */
export function watchLinks({ root, name, set, python, signal }) {
  const told = make("div", { class: "kexue-tried", role: "status" });
  root.dataset.explorer = name;

  /** What addresses call it among the explorers of its page, or of its notebook. @param {HTMLAnchorElement} link */
  function called(link) {
    const around = root.closest(".jp-Notebook") ?? document;
    if (!around.contains(link)) return undefined;
    const alike = [...around.querySelectorAll(".kexue")].filter((each) => /** @type {HTMLElement} */ (each).dataset.explorer === name);
    const place = alike.indexOf(root);
    return place ? `${name}-${place + 1}` : name;
  }

  /** @param {HTMLAnchorElement} link @param {Map<string, string>} texts */
  function press(link, texts) {
    const { told: words, undo } = set(texts);
    const back = make("button", { type: "button", class: "kexue-button" }, say("Undo"));
    back.addEventListener("click", () => {
      undo();
      dismiss();
      link.focus({ preventScroll: true });
      show(link, "nearest");
    });
    const line = python && link.title ? [" ", make("code", {}, link.title)] : [];
    told.replaceChildren(make("div", {}, say("Set by the text: {settings}.", { settings: words }), ...line), back);
    back.focus({ preventScroll: true });
    // What a header hides is not in sight, and a theme may have left room for it already.
    const left = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    root.style.scrollMarginTop = `${Math.max(covered() - left, 0) + 8}px`;
    show(root, "start");
  }

  const dismiss = () => told.replaceChildren();

  document.addEventListener(
    "click",
    (event) => {
      const link = /** @type {Element} */ (event.target).closest?.("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const hash = link.getAttribute("href") ?? "";
      const own = hash.startsWith("#live:") && called(link);
      const texts = own ? readHash(own, hash) : new Map();
      if (!texts.size) return;
      event.preventDefault();
      press(link, texts);
    },
    { signal },
  );
  return { element: told, dismiss };
}

/** @param {HTMLElement} element @param {ScrollLogicalPosition} block */
const show = (element, block) => element.scrollIntoView({ behavior: reducedMotion() ? "instant" : "smooth", block });
