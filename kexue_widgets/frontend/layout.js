// How an explorer uses the room it has: columns for its views, and controls that stay in sight while they are used.

const GAP = 20; // pixels between views, as in style.css
const NARROWEST = { view: 290, compact: 130 };

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
 * Arranges views in a grid; small matrices take a fraction of a column, so that a phone shows two in a row.
 * @param {HTMLElement} grid @param {import("./views.js").Figure[]} figures @param {number} width
 */
export function arrange(grid, figures, width) {
  const compact = figures.map((figure) => figure.compact());
  const small = compact.filter(Boolean).length;
  const wide = figures.filter((figure) => figure.wide).length;
  const large = columnsFor(figures.length - small - wide, NARROWEST.view, width);
  const tiny = Math.max(columnsFor(small, NARROWEST.compact, width), small ? large : 1);
  // All in one row if there is room: a matrix beside the curve that it explains.
  const together = small && !wide && figures.length > small && width >= 2.2 * NARROWEST.view && figures.length <= 4;
  const columns = together ? figures.length : large * tiny;
  const spans = figures.map(({ wide }, index) => (wide ? columns : together ? 1 : compact[index] ? large : tiny));
  // What the last row leaves empty goes to its last view, unless that is a small matrix.
  if (!compact[compact.length - 1]) spans[spans.length - 1] += emptyAtEnd(spans, columns);
  grid.style.setProperty("--kexue-columns", String(columns));
  figures.forEach(({ element }, index) => (element.style.gridColumn = `span ${spans[index]}`));
}

/** @param {number[]} spans @param {number} columns */
function emptyAtEnd(spans, columns) {
  let used = 0;
  for (const span of spans) used = used + span > columns ? span : used + span;
  return columns - used;
}

/** The share of the window's height that controls may cover when they stick to its lower edge. */
const STICKY_SHARE = 0.58;

/**
 * @param {{
 *   root: HTMLElement, grid: HTMLElement, panel: HTMLElement,
 *   signal: AbortSignal, rearrange: (width: number) => void,
 * }} parts
 */
export function watchLayout({ root, grid, panel, signal, rearrange }) {
  let width = 0;
  const observer = new ResizeObserver(() => {
    // Without the words of an alert: when one appears, nothing should jump.
    const alert = panel.querySelector(".kexue-alert")?.clientHeight ?? 0;
    root.classList.toggle("kexue-sticky", panel.offsetHeight - alert <= STICKY_SHARE * window.innerHeight);
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    rearrange(width);
  });
  observer.observe(grid);
  observer.observe(panel);
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
