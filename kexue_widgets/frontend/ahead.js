// What is fetched before a reader asks for it: when an explorer is near, the page at rest, and the line neither slow nor dear.

const LINGER = 1000; // milliseconds that an explorer is near before it counts: a reader may be only passing

/** @param {string} address */
export const onWeb = (address) => /^https?:/.test(address);

/** @param {{saveData?: boolean, effectiveType?: string}} [connection] What the browser says of it; not every browser does. */
export const isGood = ({ saveData = false, effectiveType = "4g" } = {}) => !saveData && effectiveType === "4g";

/** @param {HTMLElement} element @param {() => void} act @param {AbortSignal} signal */
export function whenNear(element, act, signal) {
  let timer = 0;
  const idle = globalThis.requestIdleCallback ?? setTimeout;
  const observer = new IntersectionObserver(
    (entries) => {
      clearTimeout(timer);
      if (entries[entries.length - 1].isIntersecting) timer = window.setTimeout(atRest, LINGER);
    },
    { rootMargin: "100% 0px" }, // a screen away
  );
  function atRest() {
    if (document.readyState !== "complete") return addEventListener("load", atRest, { once: true, signal });
    observer.disconnect();
    idle(() => signal.aborted || act());
  }
  observer.observe(element);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    observer.disconnect();
  });
}
