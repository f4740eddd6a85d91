// The state of a page's explorers in its address: #live:Mask.p=0.3&Mask.seed=7, so that a link shows what its sender saw.

const PREFIX = "#live:";
/** What is switched off in legends; no control can be called so. */
export const OFF = "switched-off";
const LONGEST = 100_000; // letters: what is longer no page has written
const QUIET = 250; // milliseconds without a change before the address is written; browsers limit how often it may be

/** @param {string} [hash] @returns {Map<string, string>} */
function read(hash = location.hash) {
  return new Map(hash.startsWith(PREFIX) && hash.length <= LONGEST ? new URLSearchParams(hash.slice(PREFIX.length)) : []);
}

/** What an address, this page's or a link's, says about one explorer: names to texts. @param {string} explorer @param {string} [hash] */
export function readHash(explorer, hash) {
  const own = [...read(hash)].filter(([name]) => name.startsWith(`${explorer}.`));
  return new Map(own.map(([name, text]) => [name.slice(explorer.length + 1), text]));
}

/** @type {Map<string, () => string | undefined>} */
const unwritten = new Map();
/** @type {Set<() => void>} */
const listeners = new Set();
let timer = 0;
let last = 0; // when the address was last written
let seen = ""; // the hash when something was last to be written

/**
 * @param {string} explorer @param {string} name
 * @param {() => string | undefined} tell Asked when it is written; nothing for a default value.
 */
export function writeHash(explorer, name, tell) {
  unwritten.set(`${explorer}.${name}`, tell);
  seen = location.hash;
  clearTimeout(timer);
  timer = setTimeout(writeNow, QUIET);
}

/** Writes what has been changed. At the end of a gesture it is called at once: the address may be copied next. */
export function writeNow() {
  clearTimeout(timer);
  if (!unwritten.size) return;
  const changes = [...unwritten].map(([name, tell]) => /** @type {const} */ ([name, tell()]));
  unwritten.clear();
  last = Date.now();
  // Another address has been entered, and is about to be followed: what was to be written belongs to the last one.
  if (location.hash === seen) write(changes);
  for (const tell of listeners) tell();
}

/** As soon as a figure has come to rest, unless that happens many times a second. */
export function writeAtRest() {
  if (Date.now() - last > 2 * QUIET) writeNow();
}

/** Whether something of an explorer is still to be written. @param {string} explorer */
export const isUnwritten = (explorer) => [...unwritten.keys()].some((name) => name.startsWith(`${explorer}.`));

/** @param {() => void} tell Called whenever the address has been written. @param {AbortSignal} signal */
export function onWritten(tell, signal) {
  listeners.add(tell);
  signal.addEventListener("abort", () => listeners.delete(tell));
}

/** @param {(readonly [string, string | undefined])[]} changes */
function write(changes) {
  const entries = read();
  for (const [name, text] of changes) {
    if (text === undefined) entries.delete(name);
    else entries.set(name, text);
  }
  if (!entries.size && !location.hash.startsWith(PREFIX)) return;
  const pairs = [...entries].map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll("%2C", ",")}`);
  const hash = pairs.length ? PREFIX + pairs.join("&") : "";
  try {
    history.replaceState(history.state, "", location.pathname + location.search + hash);
  } catch {
    // A sandboxed frame has no address to write to; the explorer works without.
  }
}

/** The page's address as it may be given away: where a reader keeps a folder is nobody's business. */
export const addressToShare = () => (location.protocol.startsWith("http") ? location.href : location.href.replace(/^[^#]*\//, ""));
