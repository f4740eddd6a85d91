// Where a reader is on a page, so that the same page in another language opens there: its editions have the same blocks.

const UNTIL = 4000; // milliseconds during which what loads late may still move the text

const blocks = () => [...document.querySelectorAll("article section > :not(section)")];

/** What stands in the way of the text at the top of the window. */
export const covered = () => document.querySelector(".bd-header-article")?.getBoundingClientRect().bottom ?? 0;

/** The topmost block in sight, by its number, and how much of it has been scrolled past: 12.25. */
export function place() {
  if (scrollY < 1) return "0";
  const top = Math.max(covered(), 0);
  const all = blocks();
  const index = all.findIndex((block) => block.getBoundingClientRect().bottom > top + 1);
  if (index < 0) return String(all.length);
  const { top: from, height } = all[index].getBoundingClientRect();
  return (index + Math.min(Math.max((top - from) / height, 0), 0.99)).toFixed(2);
}

/** Goes where the address says, again after whatever moves the text, until the reader scrolls. */
export function arrive() {
  const parameters = new URLSearchParams(location.search);
  const at = Number(parameters.get("at"));
  if (!parameters.has("at")) return;
  parameters.delete("at");
  try {
    history.replaceState(history.state, "", location.pathname + (parameters.size ? `?${parameters}` : "") + location.hash);
  } catch {
    // Some browsers keep the address of a file as it is.
  }
  if (!(at > 0)) return;
  const over = new AbortController();
  const go = () => {
    const block = blocks()[Math.floor(at)];
    if (!block) return;
    const { top, height } = block.getBoundingClientRect();
    scrollTo({ top: scrollY + top + (at % 1) * height - Math.max(covered(), 0), behavior: "instant" });
  };
  const observer = new ResizeObserver(go);
  over.signal.addEventListener("abort", () => observer.disconnect());
  for (const event of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    addEventListener(event, () => over.abort(), { signal: over.signal, passive: true });
  }
  const article = document.querySelector("article");
  if (article) observer.observe(article);
  setTimeout(() => over.abort(), UNTIL);
}
