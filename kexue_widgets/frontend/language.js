// The first visit follows the browser's language, once; what a reader chooses afterwards is kept where the browser allows
// it. Runs in the head of the first page, before anything is shown, and of the address without a page's name (the entrance).
import { choose, remember, remembered } from "./languages.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const entrance = "entrance" in script.dataset;
/** @type {NodeListOf<HTMLLinkElement>} */
const links = document.querySelectorAll("link[rel=alternate][hreflang]");
const editions = [...links].map(({ hreflang }) => hreflang).filter((language) => language !== "x-default");
const known = remembered();
const chosen = known.language ?? choose(editions, navigator.languages);
// The first page may have been asked for by its name, or by the switch. It leads elsewhere once, and only if that can be
// remembered; nothing in the book leads to the entrance, so that it can lead elsewhere each time.
const leads = entrance || (known.works && !known.language && !new URLSearchParams(location.search).has("at"));
if (leads) {
  remember(chosen);
  const link = [...links].find(({ hreflang }) => hreflang === chosen) ?? links[0];
  if (link && (entrance || chosen !== document.documentElement.lang)) {
    location.replace(new URL(link.getAttribute("href") ?? "", location.href.replace(/[?#].*/, "")).href + location.hash);
  }
}
