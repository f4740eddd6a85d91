// One view: a title, a legend, and a picture that is redrawn for every frame.
import { drawPlot, rangesOf } from "./axes.js";
import { make } from "./dom.js";
import { Layer } from "./layer.js";
import { makeLegend } from "./legend.js";
import { kindOf } from "./marks/index.js";
import { called } from "./naming.js";
import { typeset } from "./notation.js";
import { makeHeard } from "./outcome.js";
import { listed, say, valued } from "./words.js";

/**
 * @typedef {import("./types").View} View
 * @typedef {import("./types").MarkKind} MarkKind
 * @typedef {import("./marks/drawn.js").Drawn} Drawn
 * @typedef {import("./naming.js").Names} Names
 * @typedef {Required<Omit<import("./types").Filling, "legend">> & {keeps: boolean, wide?: boolean, redraw: () => void,
 *   tell: (arrays: import("./types").Arrays, kept: {name: string, runs: import("./types").Arrays[]}[]) => void}} Figure
 *   `keeps` says whether anything is seen of what is kept; `redraw` shows which marks are switched off; `tell` brings up to date what only screen readers meet.
 */

/**
 * Each has three rows, title, legend and picture, so that neighbours line up.
 * @param {View} view @param {AbortSignal} signal @param {(control: string) => import("./types").Choosing} choosing
 * @param {Names} names @param {import("./legend.js").Switches} switches
 * @returns {Figure}
 */
export function makeView(view, signal, choosing, names, switches) {
  const spoken = { ...view, title: say(view.title), x: say(view.x), y: say(view.y) };
  const { title } = spoken;
  const [first] = view.marks;
  const { build, wide } = kindOf(first);
  const control = "control" in first && first.control ? choosing(first.control) : undefined;
  const filling = build ? build(first, { title, signal, choosing: control }) : makePlot(spoken, signal, names, switches);
  const { legend = make("div"), element, prepare, keep = () => {}, redraw = () => {}, compact = () => false } = filling;
  const caption = make("figcaption", { class: "kexue-title" }, ...typeset(title));
  const figure = make("figure", { class: "kexue-view" }, caption, legend, element);
  const heard = build ? undefined : makeHeard(view, names);
  if (heard) figure.append(heard.element);
  const keeps = build ? Boolean(filling.keep) : view.marks.some((mark) => kindOf(mark).kept);
  return { element: figure, prepare, keep, keeps, redraw, compact, wide, tell: (arrays, kept) => heard?.show(arrays, kept) };
}

/**
 * @param {View} view @param {AbortSignal} signal @param {Names} names @param {import("./legend.js").Switches} switches
 * @returns {import("./types").Filling}
 */
function makePlot(view, signal, names, switches) {
  const axes = view.x && view.y ? say("{y} against {x}", { x: view.x, y: view.y }) : view.x || view.y;
  const shown = view.marks.flatMap((mark) => ("label" in mark && typeof mark.label === "string" ? say(mark.label) : []));
  // What a screen reader says in place of the picture.
  const named = view.title || listed(shown);
  const description = named && axes ? valued(named, axes) : named || axes;
  const legend = make("div", { class: "kexue-legend" });
  const showLegend = makeLegend(legend, switches);
  const holder = make("div", { class: "kexue-plot-holder" });
  /** @type {Drawn[]} */
  let drawn = [];
  /** @type {import("./axes.js").Ranges | undefined} */
  let ranges;
  /** @type {Parameters<Required<import("./types").Filling>["keep"]>[0]} */
  let states = [];
  let layer = new Layer();
  let width = 0;
  let height = 0;
  /** @type {PointerEvent | undefined} */
  let pointer;

  /** What is alone in its picture stays there. @param {number} [mark] */
  const isOn = (mark) => drawn.length < 2 || !switches.isOff(mark);

  /** What is kept, but for the marks that are switched off. */
  function layerOf() {
    const named = called(view, names);
    const marks = named.marks.filter((mark) => isOn(/** @type {import("./marks/drawn.js").Paint} */ (mark).number));
    return new Layer(
      states.map(({ runs, look }) => ({ look, drawn: marks.flatMap((mark) => kindOf(mark).kept?.(mark, runs, named) ?? []) })),
    );
  }

  const redraw = () => {
    width ||= holder.clientWidth;
    if (width < NARROWEST || !ranges) return;
    showLegend(drawn, ranges.color);
    // Axes stay as they are, so that what comes and goes can be compared with what stays.
    const shown = drawn.map((mark) => (isOn(mark.legend?.number) ? mark : { ...mark, draw: () => [] }));
    const { svg, least } = drawPlot(view, shown, ranges, width, description, height, layer);
    holder.classList.toggle("kexue-stretched", least !== undefined);
    holder.style.minHeight = least ? `${least}px` : "";
    holder.replaceChildren(svg);
    // The tooltip under a resting pointer would vanish with the old picture.
    if (pointer) svg.dispatchEvent(new PointerEvent("pointermove", pointer));
  };
  holder.addEventListener("pointermove", (event) => {
    if (event.isTrusted && event.pointerType === "mouse") pointer = event;
  });
  holder.addEventListener("pointerleave", () => (pointer = undefined));

  const observer = new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - width) < 1 && Math.abs(contentRect.height - height) < 1) return;
    ({ width, height } = contentRect);
    redraw();
  });
  observer.observe(holder);
  signal.addEventListener("abort", () => observer.disconnect());

  return {
    legend,
    element: holder,
    prepare(arrays, playing) {
      const named = called(view, names); // whose marks these are: bars stand beside the others of their view
      const next = named.marks.map((mark) => /** @type {Required<MarkKind>} */ (kindOf(mark)).draw(mark, arrays, named));
      return () => {
        drawn = next;
        ranges = rangesOf(view, [...drawn, ...layer.drawn], playing ? ranges : undefined);
        redraw();
      };
    },
    keep(kept) {
      states = kept;
      layer = layerOf();
      if (!drawn.length) return;
      ranges = rangesOf(view, [...drawn, ...layer.drawn]);
      redraw();
    },
    redraw() {
      layer = layerOf();
      redraw();
    },
    compact: () => drawn.length === 1 && isCompact(drawn[0]),
  };
}

const NARROWEST = 80; // pixels: with less there is no room for axes, as while a page is being laid out

/** Small matrices stay legible at half a phone's width. @param {Drawn} drawn */
const isCompact = ({ matrix }) => Boolean(matrix && matrix.columns <= 16 && matrix.columns <= 2 * matrix.rows);
