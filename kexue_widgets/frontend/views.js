// One view: a figure with a title, a legend and its axes (or pictures, or a table), redrawn for every frame.
import { drawPlot, rangesOf } from "./axes.js";
import { graphNumbers, makeDiagram } from "./diagram.js";
import { make } from "./dom.js";
import { makeLegend } from "./legend.js";
import { drawMark } from "./marks.js";
import { makeImages, makeTable, tableCells } from "./pictures.js";
import { makeRanking, rankingEntries } from "./ranking.js";
import { makePassages } from "./text.js";
import { say } from "./words.js";

/**
 * @typedef {import("./types").View} View
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./marks.js").Drawn} Drawn
 * @typedef {(arrays: Arrays, playing: boolean) => () => void} Prepare
 *   Checks the arrays, throwing in words, and returns what draws them: no view is redrawn unless all can be.
 * @typedef {{element: HTMLElement, prepare: Prepare, compact: () => boolean, wide?: boolean}} Figure
 * @typedef {{options: string[], choose: (option: string) => void, follow: (show: (option: string) => void) => void}} Choosing
 *   A choice among options: how to make it, and how to learn of it, now and whenever it changes.
 */

/**
 * Each has three rows, title, legend and picture, so that neighbours line up.
 * @param {View} view @param {AbortSignal} signal @param {(control: string) => Choosing} choosing
 * @returns {Figure}
 */
export function makeView(view, signal, choosing) {
  const spoken = translated(view, choosing);
  const element = make("figure", { class: "kexue-view" });
  element.append(make("figcaption", { class: "kexue-title" }, spoken.title));
  const [first] = spoken.marks;
  if (first.kind === "table") return tableView(element, first, spoken.title);
  if (first.kind === "images") return imagesView(element, first, spoken.title);
  if (first.kind === "passages") return passagesView(element, first, spoken.title);
  if (first.kind === "ranking") {
    return rankingView(element, first, spoken.title, first.control ? choosing(first.control) : undefined);
  }
  if (first.kind === "graph") {
    const title = spoken.title || say("graph");
    const diagram = makeDiagram(first, title, first.control ? choosing(first.control) : undefined);
    return diagramView(element, first, diagram, title, signal);
  }
  return plotView(element, spoken, describe(spoken), signal);
}

/**
 * The view with all its words in the page's language.
 * @param {View} view @param {(control: string) => Choosing} choosing @returns {View}
 */
function translated(view, choosing) {
  const each = (/** @type {string[] | null | undefined} */ words) => words?.map((word) => say(word));
  const marks = view.marks.map((mark) => {
    if (mark.kind === "table") return { ...mark, rows: each(mark.rows) ?? [], columns: each(mark.columns) ?? [] };
    if (mark.kind === "graph") return { ...mark, nodes: mark.nodes.map((node) => ({ ...node, label: say(node.label) })) };
    if (mark.kind === "images") return { ...mark, captions: each(mark.captions) };
    if (mark.kind === "heatmap" || mark.kind === "passages") return mark;
    const label = mark.label && say(mark.label);
    if (mark.kind === "ranking" || mark.kind === "texts") {
      return { ...mark, label, names: mark.names ?? choosing(mark.control ?? "").options }; // words of a corpus stay
    }
    return mark.kind === "bars" ? { ...mark, label, names: each(mark.names) } : { ...mark, label };
  });
  return { ...view, title: say(view.title), x: say(view.x), y: say(view.y), marks };
}

/** What a screen reader says in place of the picture. @param {View} view */
function describe({ title, x, y }) {
  const axes = x && y ? say("{y} against {x}", { x, y }) : x || y;
  return [title, axes].filter(Boolean).join(": ");
}

/** @param {HTMLElement} element @param {import("./types").Table} mark @param {string} title @returns {Figure} */
function tableView(element, mark, title) {
  const { table, cells } = makeTable(mark);
  // A wide table scrolls by itself; keyboards need to reach it for that.
  const scroller = make("div", { class: "kexue-scroll", tabindex: 0, role: "group", "aria-label": title || mark.values });
  scroller.append(table);
  element.append(make("div"), scroller);
  /** @type {Prepare} */
  const prepare = (arrays) => {
    const texts = tableCells(mark, arrays);
    return () => texts.forEach((row, r) => row.forEach((text, c) => (cells[r][c].textContent = text)));
  };
  return { element, prepare, compact: () => false };
}

/** @param {HTMLElement} element @param {import("./types").Images} mark @param {string} title @returns {Figure} */
function imagesView(element, mark, title) {
  const pictures = makeImages(mark, title || mark.values);
  element.append(make("div"), pictures.element);
  return { element, prepare: pictures.prepare, compact: () => false };
}

/** @param {HTMLElement} element @param {import("./types").Passages} mark @param {string} title @returns {Figure} */
function passagesView(element, mark, title) {
  const passages = makePassages(mark, title || mark.index);
  element.append(make("div"), passages.element);
  return { element, prepare: passages.prepare, compact: () => false, wide: true };
}

/**
 * @param {HTMLElement} element @param {import("./types").Ranking} mark @param {string} title @param {Choosing} [choosing]
 * @returns {Figure}
 */
function rankingView(element, mark, title, choosing) {
  const legend = make("div", { class: "kexue-legend kexue-ranked" }, mark.label ?? "");
  const choose = choosing && ((/** @type {number} */ place) => choosing.choose(choosing.options[place]));
  const ranking = makeRanking(mark, title || mark.label || mark.score, choose);
  element.append(legend, ranking.element);
  /** @type {Prepare} */
  const prepare = (arrays) => {
    const entries = rankingEntries(mark, arrays, mark.names ?? []);
    return () => ranking.show(entries);
  };
  return { element, prepare, compact: () => false };
}

/**
 * @param {HTMLElement} element @param {import("./types").Graph} mark @param {import("./diagram.js").Diagram} diagram
 * @param {string} title @param {AbortSignal} signal @returns {Figure}
 */
function diagramView(element, mark, diagram, title, signal) {
  const scroller = make("div", { class: "kexue-scroll kexue-diagram", tabindex: 0, role: "group", "aria-label": title });
  scroller.append(diagram.element);
  element.append(make("div"), scroller);
  let width = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    diagram.arrange(width);
  });
  observer.observe(scroller);
  signal.addEventListener("abort", () => observer.disconnect());
  /** @type {Prepare} */
  const prepare = (arrays) => {
    const numbers = graphNumbers(mark, arrays);
    return () => diagram.show(numbers);
  };
  return { element, prepare, compact: () => false, wide: true };
}

/**
 * @param {HTMLElement} element @param {View} view @param {string} description @param {AbortSignal} signal
 * @returns {Figure}
 */
function plotView(element, view, description, signal) {
  const legend = make("div", { class: "kexue-legend" });
  const showLegend = makeLegend(legend);
  const holder = make("div", { class: "kexue-plot-holder" });
  element.append(legend, holder);
  /** @type {Drawn[]} */
  let drawn = [];
  /** @type {import("./axes.js").Ranges | undefined} */
  let ranges;
  let width = 0;
  /** @type {PointerEvent | undefined} */
  let pointer;

  const redraw = () => {
    width ||= holder.clientWidth;
    if (width < NARROWEST || !ranges) return;
    showLegend(drawn, ranges.color);
    const svg = drawPlot(view, drawn, ranges, width);
    labelOnce(svg, description);
    holder.replaceChildren(svg);
    // The tooltip under a resting pointer would vanish with the old picture.
    if (pointer) svg.dispatchEvent(new PointerEvent("pointermove", pointer));
  };
  holder.addEventListener("pointermove", (event) => {
    if (event.isTrusted && event.pointerType === "mouse") pointer = event;
  });
  holder.addEventListener("pointerleave", () => (pointer = undefined));

  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1) return;
    width = contentRect.width;
    redraw();
  });
  observer.observe(holder);
  signal.addEventListener("abort", () => observer.disconnect());

  /** @type {Prepare} */
  const prepare = (arrays, playing) => {
    const next = view.marks.map((mark) => drawMark(mark, arrays, view));
    return () => {
      drawn = next;
      ranges = rangesOf(view, drawn, playing ? ranges : undefined);
      redraw();
    };
  };
  return { element, prepare, compact: () => drawn.length === 1 && isCompact(drawn[0]) };
}

/**
 * One picture with one description. Plot labels its parts too, which assistive technology may not read inside one; the
 * style sheet knows them by those names.
 * @param {Element} svg @param {string} description
 */
export function labelOnce(svg, description) {
  for (const part of svg.querySelectorAll("[aria-label]")) {
    part.setAttribute("data-part", part.getAttribute("aria-label") ?? "");
    part.removeAttribute("aria-label");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", description);
}

const NARROWEST = 80; // pixels: with less there is no room for axes, as while a page is being laid out

/** Small matrices stay legible at half a phone's width. @param {Drawn} drawn */
const isCompact = ({ matrix }) => Boolean(matrix && matrix.columns <= 16 && matrix.columns <= 2 * matrix.rows);
