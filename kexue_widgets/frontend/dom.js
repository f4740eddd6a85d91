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
