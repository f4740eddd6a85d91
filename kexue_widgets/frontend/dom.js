// Making elements, and waiting for the screen.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

export const ICONS = {
  play: "M4 2.5v11l9.5-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  step: "M3 2.5v11l7-5.5zM11 2.5h2v11h-2z",
  reset: "M8 2.5V0L3.5 3.6 8 7.2V4.7a4 4 0 1 1-4 4H1.8A6.2 6.2 0 1 0 8 2.5z",
  undo: "M6 1.5 1.5 5.5 6 9.5V6.7h3.2a2.6 2.6 0 0 1 0 5.2H4.5v2.2h4.7a4.8 4.8 0 0 0 0-9.6H6z",
};

/** @param {string} path An outline in a 16 by 16 box. */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "kexue-icon");
  svg.setAttribute("aria-hidden", "true");
  const outline = document.createElementNS("http://www.w3.org/2000/svg", "path");
  outline.setAttribute("d", path);
  svg.append(outline);
  return svg;
}

// A counter alone would repeat when two copies of this script run in one page (JupyterLab loads one for each widget).
const prefix = `kexue-${Math.random().toString(36).slice(2, 8)}`;
let made = 0;

/** An id that nothing else on the page has: labels and descriptions need one. */
export const newId = () => `${prefix}-${++made}`;

/** What stands above an input: its label, and more. @param {string} label @param {HTMLElement} input @param {...Node} more */
export function headOf(label, input, ...more) {
  input.id = newId();
  return make("div", { class: "kexue-head" }, make("label", { for: input.id }, label), ...more);
}

/**
 * Calls back when a reader is done with typing. In JupyterLab the key Enter sends no "change".
 * @param {HTMLInputElement} input @param {() => void} commit
 */
export function onTyped(input, commit) {
  input.addEventListener("change", commit);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) commit();
  });
}

/** Resolves in a task of its own, so that input and painting get their turn. */
export const breathe = () =>
  /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    })
  );

/** Resolves when what has been drawn is on the screen. A hidden page paints nothing: there a moment must do. */
export async function painted() {
  if (document.hidden) await new Promise((resolve) => setTimeout(resolve, 50));
  else await new Promise((resolve) => requestAnimationFrame(resolve));
  await breathe();
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
