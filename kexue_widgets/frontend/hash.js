// The state of a page's explorers in its address: #live:Mask.p=0.3&Mask.seed=7, so that a link shows what its sender saw.

const PREFIX = "#live:";
const QUIET = 250; // milliseconds without a change before the address is written; browsers limit how often it may be

/** @returns {Map<string, string>} */
function read() {
  const { hash } = location;
  return new Map(hash.startsWith(PREFIX) ? new URLSearchParams(hash.slice(PREFIX.length)) : []);
}

/** What the address says about one explorer: names to texts. @param {string} explorer */
export function readHash(explorer) {
  const own = [...read()].filter(([name]) => name.startsWith(`${explorer}.`));
  return new Map(own.map(([name, text]) => [name.slice(explorer.length + 1), text]));
}

/** @type {Map<string, string | undefined>} */
const unwritten = new Map();
let timer = 0;

/** @param {string} explorer @param {string} name @param {string | undefined} text Nothing for a default value. */
export function writeHash(explorer, name, text) {
  unwritten.set(`${explorer}.${name}`, text);
  clearTimeout(timer);
  timer = window.setTimeout(flush, QUIET);
}

function flush() {
  const entries = read();
  for (const [name, text] of unwritten) {
    if (text === undefined) entries.delete(name);
    else entries.set(name, text);
  }
  unwritten.clear();
  if (!entries.size && !location.hash.startsWith(PREFIX)) return;
  const pairs = [...entries].map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll("%2C", ",")}`);
  const hash = pairs.length ? PREFIX + pairs.join("&") : "";
  try {
    history.replaceState(history.state, "", location.pathname + location.search + hash);
  } catch {
    // A sandboxed frame has no address to write to; the explorer works without.
  }
}
