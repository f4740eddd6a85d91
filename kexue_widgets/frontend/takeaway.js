// What a reader may take away from an explorer: pictures, numbers, its link, its line of Python; and how to show it to a room.
import { copy } from "./copy.js";
import { make } from "./dom.js";
import { pngOf, svgOf } from "./picture.js";
import { csvOf, pythonOf } from "./written.js";
import { inWords, listed, say } from "./words.js";

/**
 * @param {{
 *   root: HTMLElement,
 *   manifest: import("./types").Manifest,
 *   figures: import("./views.js").Figure[],
 *   arrays: () => import("./types").Arrays,
 *   python: () => string,
 *   settings: () => string,
 *   link?: () => string,
 *   tooLong: () => boolean,
 *   untold: () => string[],
 *   defaults: () => void,
 *   keep?: () => void, repeat?: () => void, letGo: () => (() => void) | undefined,
 *   keys: Record<string, () => void>,
 *   signal: AbortSignal,
 * }} context  `settings` is what a picture says of itself, `letGo` lets go of what is kept, where anything is, `tooLong` whether the link cannot tell how the state came about, `untold` what it never tells, `keys` what keys do in full screen.
 */
export function makeTakeaway({ root, manifest, figures, arrays, python, settings, link, tooLong, untold, defaults, keep, repeat, letGo, keys, signal }) {
  const told = make("p", { class: "kexue-told", role: "status" });
  const menu = make("div", { class: "kexue-menu" });
  const summary = make("summary", { "aria-label": say("Take away"), title: say("Take away") }, "⋯");
  const more = make("details", { class: "kexue-more" }, summary, menu);

  /** @param {string} words @param {() => unknown} press @param {string} [spoken] */
  function item(words, press, spoken) {
    const button = make("button", { type: "button", class: "kexue-button", "aria-label": spoken }, words);
    button.addEventListener("click", async () => {
      told.textContent = "";
      try {
        await press();
      } catch (error) {
        told.textContent = inWords(error);
      }
    });
    return button;
  }

  /** @param {string} text */
  const copied = (text) => {
    const field = make("textarea", { readonly: true, "aria-label": say("Copy"), rows: Math.min(text.split("\n").length, 6) }, text);
    menu.querySelector("textarea")?.remove();
    told.before(field);
    return copy(text, told, () => field.select());
  };

  function fill() {
    const rows = manifest.views.map((view, index) => {
      const title = say(view.title) || say("view {n}", { n: index + 1 });
      const name = fileName(`${manifest.name} ${title}`);
      const picture = () => svgOf(figures[index].element, settings());
      const spoken = (/** @type {string} */ kind) => say("{kind} of “{title}”", { kind, title });
      const buttons = [
        item("SVG", () => save(`${name}.svg`, new Blob([picture().text], { type: "image/svg+xml" })), spoken("SVG")),
        item("PNG", async () => save(`${name}.png`, await pngOf(picture())), spoken("PNG")),
        item("CSV", () => save(`${name}.csv`, new Blob([csvOf(view, arrays())], { type: "text/csv" })), spoken("CSV")),
      ];
      return make("div", { class: "kexue-taken" }, make("span", {}, title), ...buttons);
    });
    /** @param {string} words @param {(() => void) | undefined} press What is to be seen is beneath the menu. */
    const comparing = (words, press) => {
      const close = () => {
        more.open = false;
        summary.focus();
        press?.();
      };
      return press ? [item(words, close)] : [];
    };
    const compared = [
      ...comparing(say("Keep"), keep),
      ...comparing(say("Again with other seeds"), repeat),
      ...comparing(say("Let go of what was kept"), letGo()),
    ];
    const others = [
      ...(link ? [item(say("Copy the link"), () => copied(link()))] : []),
      item(say("Copy as Python"), () => copied(python())),
      item(say("Defaults"), defaults),
      ...(document.fullscreenEnabled ? [item(say("Full screen"), () => root.requestFullscreen())] : []),
    ];
    const hint = make("p", { class: "kexue-hint" }, say("In full screen: space plays, the right arrow makes a step, R resets."));
    const short = make("p", { class: "kexue-hint" }, say("Too much was changed on the way for a link: it leads to the first steps. Reset begins anew."));
    const left = untold().length ? [make("p", { class: "kexue-hint" }, say("The link leaves out: {what}.", { what: listed(untold()) }))] : [];
    const besides = manifest.stateful && document.fullscreenEnabled ? [hint] : [];
    const groups = [compared, others].filter(({ length }) => length).map((each) => make("div", { class: "kexue-others" }, ...each));
    menu.replaceChildren(...rows, ...groups, told, ...(link && tooLong() ? [short] : []), ...(link ? left : []), ...besides);
  }

  more.addEventListener("toggle", () => {
    if (more.open) fill();
    else menu.replaceChildren();
  });
  more.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    event.stopPropagation();
    more.open = false;
    summary.focus();
  });
  const close = (/** @type {Event} */ event) => {
    if (!more.contains(/** @type {Node} */ (event.target))) more.open = false;
  };
  document.addEventListener("click", close, { signal });
  document.addEventListener("fullscreenchange", () => (more.open = false), { signal });

  document.addEventListener(
    "keydown",
    (event) => {
      if (document.fullscreenElement !== root || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = /** @type {Element} */ (event.target);
      // A field is typed into, a slider has arrows of its own, and space presses the button that has the focus.
      if (target.matches("input, select, textarea, [role=application]") || (event.key === " " && target.matches("button, summary"))) return;
      const press = keys[event.key.toLowerCase()];
      if (!press) return;
      event.preventDefault();
      press();
    },
    { signal },
  );
  return more;
}

/** @param {string} text */
const fileName = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");

/** @param {string} name @param {Blob} blob */
function save(name, blob) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
