// The guide's two previews on a page: a page on screens of several sizes, and a comment with its formulas set.
import { headOf, make } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { say } from "./words.js";

/**
 * @typedef {{devices: Record<string, [number, number]>, parts: Record<string, string>, mathjax: object}} PageContent
 * @typedef {Window & {MathJax?: any}} MathWindow
 */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const startup = new URL("mathjax/startup.js", script?.src || document.baseURI).href;

// What this book does about each part; without it a page is as its author's wide screen shows it.
const RULES = `svg { max-width: 100% } div, pre { overflow-x: auto }`;
const FRAME = 2; // pixels around the screen
const TALLEST = 744; // pixels: a telephone is shown as large as it is

/** What has been put into the element by Python, as JSON. @param {HTMLElement} element */
const contentOf = (element) => JSON.parse(element.querySelector("script")?.textContent ?? "{}");

/** @param {HTMLElement} element @param {string} label @param {...Node} children */
function take(element, label, ...children) {
  for (const fallback of element.children) /** @type {HTMLElement} */ (fallback).hidden = true;
  element.append(make("div", { class: "kexue kexue-preview", role: "group", "aria-label": label }, ...children));
}

/** @param {string} label @param {HTMLElement} input */
const labelled = (label, input) => make("div", { class: "kexue-control" }, headOf(label, input), input);

/** @param {string} label */
function makeSwitch(label) {
  const box = make("input", { type: "checkbox", role: "switch", class: "kexue-switch" });
  return { box, element: make("label", { class: "kexue-control kexue-toggle" }, box, make("span", {}, label)) };
}

/** A whole page of the parts. @param {PageContent} content @param {boolean} careful With this book's rules. */
function pageOf({ parts, mathjax }, careful) {
  const settings = /** @type {any} */ (structuredClone(mathjax));
  settings.output.displayOverflow = careful ? "linebreak" : "overflow";
  settings.output.linebreaks = { inline: careful };
  const body = Object.entries(parts).map(([name, html]) => say(html).replace(/^<(\w+)/, `<$1 data-part="${name}"${careful ? ' tabindex="0"' : ""}`));
  return `<!doctype html><html lang="${document.documentElement.lang}"><meta charset="utf-8"><title>${say("a page of formulas")}</title>
    <style>body { margin: 16px; font: 16px/1.5 system-ui, sans-serif; color: #1d2530; background: #fff }
    :is(th, td) { padding: 4px 10px; white-space: nowrap; text-align: start } ${careful ? RULES : ""}</style>
    <body>${body.join("")}<script>MathJax = ${JSON.stringify(settings)}</script><script src="${startup}"></script>`;
}

/**
 * How far each part reaches beyond the screen, and how far it can be scrolled in a box of its own, in pixels.
 * @param {Document} page
 */
function measure(page) {
  const width = page.documentElement.clientWidth;
  return Array.from(page.querySelectorAll("[data-part]"), (part) => {
    const inside = part.scrollWidth - part.clientWidth;
    const boxed = page.defaultView?.getComputedStyle(part).overflowX === "auto";
    const right = part.getBoundingClientRect().left + (boxed ? part.clientWidth : part.scrollWidth);
    return { name: part.getAttribute("data-part") ?? "", beyond: Math.max(0, right - width), boxed: boxed ? inside : 0 };
  });
}

class PagePreview extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".kexue")) return;
    const content = /** @type {PageContent} */ (contentOf(this));
    const device = make("select", { class: "kexue-select" });
    for (const [name, [width, height]] of Object.entries(content.devices)) {
      device.append(make("option", { value: name }, `${say(name)}, ${width} × ${height}`));
    }
    const turned = makeSwitch(say("turned on its side"));
    const careful = makeSwitch(say("with this book's rules"));
    const frame = make("iframe", { title: say("a page of formulas"), class: "kexue-screen" });
    const holder = make("div", { class: "kexue-holder" }, frame);
    const stage = make("div", { class: "kexue-stage" }, holder);
    const told = make("p", { class: "kexue-unseen", role: "status" });
    const rows = make("tbody");
    const heads = [say("part"), say("px out of the screen"), say("px to scroll in its box")];
    const head = make("thead", {}, make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words))));
    const scroller = make("div", { class: "kexue-scroll", tabindex: 0, role: "group", "aria-label": say("what was measured") });
    scroller.append(make("table", { class: "kexue-table kexue-preview-table" }, head, rows));
    stage.append(scroller);

    const size = () => {
      const [width, height] = content.devices[device.value];
      return turned.box.checked ? [height, width] : [width, height];
    };
    // A screen that is larger than there is room for is shown smaller, and still laid out in its own width.
    const fit = () => {
      const [width, height] = size().map((pixels) => pixels + 2 * FRAME);
      const scale = Math.min(1, stage.clientWidth / width, TALLEST / height);
      frame.style.cssText = `width: ${width}px; height: ${height}px; scale: ${scale}`;
      holder.style.cssText = `width: ${width * scale}px; height: ${height * scale}px`;
    };
    const load = () => {
      fit();
      frame.srcdoc = pageOf(content, careful.box.checked);
    };
    const show = async () => {
      const page = frame.contentDocument;
      const { MathJax } = /** @type {MathWindow} */ (frame.contentWindow);
      if (!page || !MathJax) return;
      await MathJax.startup.promise;
      await page.fonts.ready;
      if (page !== frame.contentDocument) return; // another one has been asked for meanwhile
      const found = measure(page);
      const out = found.filter(({ beyond }) => beyond >= 1);
      rows.replaceChildren(...found.map((part) => row(part)));
      told.textContent = say("{count} of {all} parts reach out of the screen", { count: out.length, all: found.length });
      this.dispatchEvent(new CustomEvent("kexue:measured", { bubbles: true, detail: found }));
    };
    for (const control of [device, turned.box, careful.box]) control.addEventListener("change", load);
    frame.addEventListener("load", show);
    new ResizeObserver(fit).observe(stage);
    const controls = make("div", { class: "kexue-controls" }, labelled(say("device"), device), turned.element, careful.element);
    take(this, say("page preview"), stage, told, make("div", { class: "kexue-panel" }, controls));
    // MathJax a second time: only for readers who come here.
    const near = new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      near.disconnect();
      load();
    });
    near.observe(holder);
  }
}

/** @param {{name: string, beyond: number, boxed: number}} part */
function row({ name, beyond, boxed }) {
  const cells = [beyond, boxed].map((pixels) => make("td", {}, formatNumber(Math.round(pixels))));
  return make("tr", beyond >= 1 ? { class: "kexue-broken" } : {}, make("th", { scope: "row" }, say(name)), ...cells);
}

const FORMULA = /\\(\$)|\$\$([\s\S]+?)\$\$|\$([^$\n]+?)\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)/g;
const SETTLED = 200; // milliseconds without a key

/**
 * Text with its formulas between the marks that the page's MathJax knows; a dollar without its fellow, or after a backslash,
 * is a dollar. Of what a formula can do, the page's MathJax leaves it no script, style or name; here, no file to load.
 * @param {string} text
 */
function written(text) {
  /** @type {Node[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FORMULA)) {
    const [all, dollar, display, inline, bracketed, round] = match;
    const displayed = display ?? bracketed;
    const formula = (displayed ?? inline ?? round)?.replaceAll("\\require", "\\text{require}");
    nodes.push(document.createTextNode(text.slice(end, match.index)));
    const marked = displayed ? `\\[${formula}\\]` : `\\(${formula}\\)`;
    nodes.push(dollar ? document.createTextNode(dollar) : make("span", { class: "mathjax_process tex2jax_process" }, marked));
    end = match.index + all.length;
  }
  return [...nodes, document.createTextNode(text.slice(end))];
}

class CommentPreview extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".kexue")) return;
    const { text } = /** @type {{text: string}} */ (contentOf(this));
    const typed = make("textarea", { class: "kexue-comment", rows: 6, spellcheck: "false" });
    const read = make("div", { class: "kexue-read", role: "region", "aria-label": say("your comment, as it will be read") });
    const told = make("p", { class: "kexue-told", role: "status" });
    let timer = 0;
    let turn = Promise.resolve();
    const set = async () => {
      const { MathJax } = /** @type {MathWindow} */ (window);
      await MathJax?.startup?.promise;
      MathJax?.typesetClear?.([read]);
      const now = typed.value;
      read.replaceChildren(...written(now));
      await MathJax?.typesetPromise?.([read]);
      // As the browser understands an address: it passes over tabs and line ends, which MathJax does not.
      for (const link of read.querySelectorAll("a")) if (!/^https?:$/.test(link.protocol)) link.removeAttribute("href");
      const wrong = Array.from(read.querySelectorAll("mjx-merror"), (each) => each.getAttribute("data-mjx-error") ?? "");
      // MathJax finds no end to a formula in which a brace is open.
      if (MathJax && read.querySelector(".mathjax_process:not(:has(mjx-container))")) wrong.push(say("a brace is missing"));
      told.textContent = wrong.length ? say("a formula cannot be read: {reason}", { reason: wrong.join("; ") }) : "";
      this.dispatchEvent(new CustomEvent("kexue:set", { bubbles: true, detail: now }));
    };
    typed.addEventListener("input", () => {
      clearTimeout(timer);
      // One after the other: MathJax sets one text at a time.
      timer = window.setTimeout(() => (turn = turn.then(set, set)), SETTLED);
    });
    typed.value = say(text);
    take(this, say("comment preview"), read, told, make("div", { class: "kexue-panel" }, labelled(say("your comment"), typed)));
    turn = set();
  }
}

customElements.define("kexue-page-preview", PagePreview);
customElements.define("kexue-comment-preview", CommentPreview);
