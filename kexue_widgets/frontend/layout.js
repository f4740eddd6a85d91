// How an explorer uses the room it has: columns for its views, and controls that stay in sight while they are used.
import { make } from "./dom.js";
import { say } from "./words.js";

const GAP = 20; // pixels between views, as in style/views.css
const NARROWEST = { view: 290, compact: 130 };
const HEADING = 60; // pixels of a view's title and legend
const LOW = 1.6; // times as tall as a row of views, controls beside it leave too much of it empty

/**
 * Columns so that the rows are filled evenly: four views on room for three stand two by two.
 * @param {number} count @param {number} narrowest @param {number} width
 */
function columnsFor(count, narrowest, width) {
  const most = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
  const rows = Math.max(1, Math.ceil(count / most));
  return Math.max(1, Math.ceil(count / rows));
}

/**
 * Whether a row of views stands better one below the other: beside controls that are much taller than the row.
 * @param {number} columns All in one row. @param {number} width @param {number} room Pixels down that the controls take.
 */
const isLow = (columns, width, room) => LOW * (HEADING + 0.64 * ((width + GAP) / columns - GAP)) < room;

/**
 * The columns of a grid, and how many of them each view spans; small matrices take a fraction of a column, so that a phone
 * shows two in a row.
 * @param {{compact: boolean, wide?: boolean}[]} figures @param {number} width
 * @param {number} [room] Pixels down that controls beside them take.
 */
export function gridOf(figures, width, room = 0) {
  const small = figures.filter(({ compact }) => compact).length;
  const wide = figures.filter((figure) => figure.wide).length;
  const most = columnsFor(figures.length - small - wide, NARROWEST.view, width);
  const large = most === figures.length && isLow(most, width, room) ? 1 : most;
  const tiny = Math.max(columnsFor(small, NARROWEST.compact, width), small ? large : 1);
  // All in one row if there is room: a matrix beside the curve that it explains.
  const together = small && !wide && figures.length > small && width >= 2.2 * NARROWEST.view && figures.length <= 4;
  const columns = together ? figures.length : large * tiny;
  const spans = figures.map(({ wide, compact }) => (wide ? columns : together ? 1 : compact ? large : tiny));
  // What the last row leaves empty goes to its last view, unless that is a small matrix.
  if (!figures.at(-1)?.compact) spans[spans.length - 1] += emptyAtEnd(spans, columns);
  return { columns, spans };
}

/**
 * Arranges views in a grid.
 * @param {HTMLElement} grid @param {import("./views.js").Figure[]} figures @param {HTMLElement} panel With the controls.
 */
export function arrange(grid, figures, panel) {
  const room = grid.parentElement?.classList.contains("kexue-beside") ? panel.clientHeight : 0;
  const { columns, spans } = gridOf(figures.map(({ compact, wide }) => ({ compact: compact(), wide })), grid.clientWidth, room);
  grid.style.setProperty("--kexue-columns", String(columns));
  grid.classList.toggle("kexue-one-row", spans.reduce((sum, span) => sum + span, 0) <= columns);
  figures.forEach(({ element }, index) => (element.style.gridColumn = `span ${spans[index]}`));
}

/** @param {number[]} spans @param {number} columns */
function emptyAtEnd(spans, columns) {
  let used = 0;
  for (const span of spans) used = used + span > columns ? span : used + span;
  return columns - used;
}

const CONTROL = { narrowest: 230, gap: 28 }; // pixels across, as in style/controls.css
const BESIDE = 640; // pixels: with less there is no room for controls beside views
const FEW = 4; // controls at the end that nothing reads as things stand
const BELOW = 0.34; // the share of the window that controls below the views may cover

/**
 * Whether controls stand beside the views: where there is room, and below they would take more than a row.
 * @param {number} count @param {number} width
 */
export const standsBeside = (count, width) =>
  width >= BESIDE && count > Math.floor((width + CONTROL.gap) / (CONTROL.narrowest + CONTROL.gap));

/**
 * A fold for the controls that would cover too much of the views: those declared first stay at hand. Where many at the end are
 * read only once something else is chosen, they fold whatever the room.
 * @param {HTMLElement[]} controls
 */
export function makeFold(controls) {
  const atHand = make("div", { class: "kexue-controls" }, ...controls);
  const folded = make("div", { class: "kexue-controls" });
  const summary = make("summary", {}, say("More controls"));
  const details = make("details", { class: "kexue-fold", hidden: true }, summary, folded);
  return {
    elements: [atHand, details],
    /** @param {() => boolean} fits Whether the panel is small enough. */
    fill(fits) {
      const { open } = details;
      details.open = false;
      details.hidden = true;
      atHand.replaceChildren(...controls);
      const read = controls.findLastIndex((control) => !control.matches(".kexue-unused, .kexue-seed"));
      const idle = controls.slice(read + 1).filter((control) => control.matches(".kexue-unused"));
      const aside = idle.length > FEW ? idle : [];
      if (aside.length || !fits()) {
        details.hidden = false;
        atHand.replaceChildren();
        let full = false;
        for (const control of controls) {
          const away = full || aside.includes(control);
          (away ? folded : atHand).append(control);
          if (away || atHand.childElementCount === 1 || fits()) continue;
          folded.append(control);
          full = !control.matches(".kexue-points, .kexue-reactions"); // what is tall leaves its place to those after it
        }
      }
      details.open = open;
    },
  };
}

/**
 * Sees to it that the main view, the transport and the first controls are in the window together.
 * @param {{
 *   root: HTMLElement, grid: HTMLElement, panel: HTMLElement, fold: ReturnType<typeof makeFold>, count: number,
 *   signal: AbortSignal, rearrange: () => void,
 * }} parts  `count` is how many controls there are, tall ones counted as several.
 */
export function watchLayout({ root, grid, panel, fold, count, signal, rearrange }) {
  let outer = 0;
  let width = 0;
  const observer = new ResizeObserver(() => {
    const { clientWidth } = root;
    // A figure that only opens a page shows no more than what plays it.
    if (clientWidth !== outer && !root.matches(":is(.kexue-thumbnail, .kexue-film) *")) {
      outer = clientWidth;
      const beside = standsBeside(count, outer);
      root.classList.toggle("kexue-beside", beside);
      // Not the inner height: on a telephone that grows where something is wider than the screen.
      const most = beside ? parseFloat(getComputedStyle(panel).maxHeight) : BELOW * document.documentElement.clientHeight;
      fold.fill(() => panel.scrollHeight <= most);
    }
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    rearrange();
  });
  // At once, or the page would jump after a first frame.
  root.classList.toggle("kexue-beside", standsBeside(count, root.clientWidth) && !root.matches(":is(.kexue-thumbnail, .kexue-film) *"));
  observer.observe(root);
  observer.observe(grid);
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Calls back whenever the element comes into sight or leaves it, be it by scrolling or by switching tabs.
 * @param {HTMLElement} element @param {(visible: boolean) => void} changed @param {AbortSignal} signal
 */
export function watchVisible(element, changed, signal) {
  let onScreen = true;
  const tell = () => changed(onScreen && !document.hidden);
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries[entries.length - 1].isIntersecting;
    tell();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", tell, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}
