// The words that were searched for, marked in the section where they were found.
import { make } from "./dom.js";

const UNTOUCHED = "script, style, pre, textarea, svg, kexue-explorer, .math, mjx-container, .headerlink, .toggle-details";

const MOST = 50; // words that an address may ask for
const LONGEST = 100; // letters of one

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * What finds whole words: Latin ones end where letters end, Chinese ones anywhere. Of two words that begin at one place it is the longer.
 * @param {string[]} words
 */
export function wholeWords(words) {
  const longest = words.filter((word) => word.trim() && word.length <= LONGEST).sort((one, other) => other.length - one.length);
  /** @param {string} letter @param {string} side */
  const bound = (letter, side) => (/\p{Script=Han}|[^\p{L}\p{N}]/u.test(letter) ? "" : `(?${side}[\\p{L}\\p{N}])`);
  const parts = longest.map((word) => bound(word[0], "<!") + escaped(word).replace(/\s+/g, "\\s+") + bound(word[word.length - 1], "!"));
  return parts.length ? new RegExp(parts.join("|"), "gu") : undefined;
}

/** Marks words below an element, and takes away what was marked before. @param {ParentNode} section @param {string[]} words */
export function mark(section, words) {
  unmark();
  const pattern = wholeWords(words);
  if (!pattern) return;
  const walker = document.createTreeWalker(/** @type {Element} */ (section), NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const texts = [];
  while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
  for (const node of texts) {
    if (node.parentElement?.closest(UNTOUCHED)) continue;
    for (const { 0: found, index } of [...node.data.matchAll(pattern)].reverse()) {
      const rest = node.splitText(index);
      rest.splitText(found.length);
      rest.replaceWith(make("mark", { class: "kexue-mark" }, found));
    }
  }
}

export function unmark() {
  for (const each of document.querySelectorAll("article .kexue-mark")) {
    const parent = each.parentNode;
    each.replaceWith(...each.childNodes);
    parent?.normalize();
  }
}

/** Marks what an address asks for in the section that it names, and forgets it: who passes the address on passes on the place. */
export function markAsAsked() {
  const asked = new URLSearchParams(location.search);
  const words = asked.getAll("mark").slice(0, MOST);
  if (!words.length) return;
  markAt(location.hash, words);
  history.replaceState(history.state, "", location.pathname + location.hash);
}

/** @param {string} hash */
function idIn(hash) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1); // no encoded text
  }
}

/** @param {string} hash @param {string[]} words */
export function markAt(hash, words) {
  const place = document.getElementById(idIn(hash)) ?? document.querySelector("article");
  const section = place?.closest("section, dl, article");
  if (section) mark(section, words);
}
