// A reaction network that a reader types: reactions, the counts they start from, and the time. `gillespie/typed.py` mirrors it.
import { headOf, make, newId } from "../dom.js";
import { Trouble, inWords, say, valued } from "../words.js";

/**
 * @typedef {import("../types").Named<"reactions", string> & {examples: {label: string, text: string}[]}} Reactions
 * @typedef {Map<string, number>} Side  Species and how many molecules of each.
 * @typedef {{species: string[], reactions: {left: Side, right: Side, rate: number}[], start: Map<string, number>, time: number}} Network
 */

// The same as in `gillespie/typed.py`.
const SPECIES = 6;
const REACTIONS = 12; // for which the graph has room
const MOLECULES = 4; // that a reaction takes at the most
const PRODUCTS = 100; // of one species that it leaves behind
const LARGEST_START = 100_000;
const LARGEST_RATE = 1_000_000;
const LONGEST_TIME = 1_000_000;
const TIME = 10; // where the text says nothing of it
const LONGEST = 2000; // letters of a text
const HIGHEST_ORDER = 12; // of what `gillespie/network.py` reads

// What Python takes for white space, for the end of a line, and for letters and digits.
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LINES = /\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/;
const NAME = "[\\p{L}\\p{Nl}\\p{No}_][\\p{L}\\p{N}_]*";
const NUMBER = "[-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?";
const TERM = new RegExp(`^([-+]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:e[-+]?[0-9]+)?)?${SPACE}*[*·×]?${SPACE}*(${NAME})$`, "u");
const SETTING = new RegExp(`^(${NAME})${SPACE}*=${SPACE}*(${NUMBER})$`, "u");
const NUMERIC = new RegExp(`^(?![-+]?0[0-9])${NUMBER}$`); // 1,000 would be two rates
const AROUND = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");
const NOTHING = ["", "0", "∅", "Ø", "ø", "⌀"];
const NO_SPECIES = ["null", "none", "nil", "nothing", "emptyset", "empty_set", "φ", "ϕ"]; // which mean nothing as well
const ONE_WAY = ["->", "-->", "→", "⟶", "=>", "⇒"];
const BOTH_WAYS = ["<->", "<-->", "<=>", "⇌", "⇄", "⇋", "↔", "⟷"];
const ARROW = new RegExp([...ONE_WAY, ...BOTH_WAYS].sort((one, other) => other.length - one.length).join("|"));
const BACKWARDS = /←|⟵|⇐|<-(?![->])/;
const RESERVED = ["time", "trajectory"];

/** @param {string} text */
const strip = (text) => text.replace(AROUND, "");

/** ＋, ＠ and the like, as Chinese keyboards have them, as the letters they stand for. @param {string} text */
const halfWidth = (text) => text.replace(/[！-～]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0));

/** @param {string} text @returns {Network} */
export function parse(text) {
  const plain = halfWidth(text);
  if (/(?![0-9])\p{Nd}/u.test(plain)) throw new Trouble("Numbers are written with the digits 0 to 9.");
  /** @type {Network} */
  const network = { species: [], reactions: [], start: new Map(), time: TIME };
  /** @type {Map<string, number>} */
  const where = new Map(); // in which line a start stands
  plain.split(LINES).forEach((whole, index) => {
    const line = strip(whole.split("#")[0]);
    const number = index + 1;
    if (!line) return;
    if (!line.includes("=") || line.includes("@") || ARROW.test(line)) return network.reactions.push(...reactionsIn(line, number));
    for (const part of line.split(/[,;]/)) readSetting(strip(part), number, network, where);
  });
  return checked(network, where);
}

/** @param {string} part @param {number} number @param {Network} network @param {Map<string, number>} where */
function readSetting(part, number, network, where) {
  const [, name, digits] = part.match(SETTING) ?? [];
  if (!name) throw new Trouble("Line {number}: “{typed}” is no start; “A = 100” is one.", { number, typed: part });
  if (where.has(name)) throw new Trouble("Line {number}: “{name}” is given twice.", { number, name });
  where.set(name, number);
  const value = Number(digits);
  if (name === "time") {
    const most = LONGEST_TIME;
    if (!(value > 0 && value <= most)) throw new Trouble("Line {number}: the time is above 0 and at most {most}.", { number, most });
    network.time = value;
  } else {
    const most = LARGEST_START;
    if (Number.isInteger(value) && value >= 0 && value <= most) network.start.set(name, value);
    else throw new Trouble("Line {number}: a species starts with a whole number from 0 to {most}.", { number, most });
  }
}

/** The reaction, or the two, in one line. @param {string} line @param {number} number @returns {Network["reactions"]} */
function reactionsIn(line, number) {
  const at = line.indexOf("@");
  const sides = at < 0 ? line : line.slice(0, at);
  const found = sides.match(ARROW);
  if (at < 0 || !found || BACKWARDS.test(sides)) {
    throw new Trouble("Line {number}: a reaction reads “A + 2 B -> C @ 0.5”, a start “A = 100”; “{line}” is neither.", { number, line });
  }
  const [arrow] = found;
  const place = /** @type {number} */ (found.index);
  const [left, right] = [sides.slice(0, place), sides.slice(place + arrow.length)].map((side) => sideOf(side, number));
  const rates = line.slice(at + 1).split(/[,;]/).map(strip);
  const both = BOTH_WAYS.includes(arrow);
  if (both && rates.length !== 2) {
    throw new Trouble("Line {number}: “{arrow}” goes both ways, with two rates: “A <-> B @ 1, 2”.", { number, arrow });
  }
  if (!both && rates.length !== 1) throw new Trouble("Line {number}: “{arrow}” goes one way, with one rate.", { number, arrow });
  const values = rates.map((typed) => {
    const value = NUMERIC.test(typed) ? Number(typed) : NaN;
    const blanks = { number, most: LARGEST_RATE, typed };
    if (!(value >= 0 && value <= LARGEST_RATE)) {
      throw new Trouble("Line {number}: a rate is a number from 0 to {most}; “{typed}” is not.", blanks);
    }
    return value;
  });
  const forth = { left, right, rate: values[0] };
  const all = both ? [forth, { left: right, right: left, rate: values[1] }] : [forth];
  for (const each of all) checkAmounts(each, number);
  return all;
}

/** @param {string} text @param {number} number @returns {Side} */
function sideOf(text, number) {
  /** @type {Side} */
  const side = new Map();
  if (NOTHING.includes(strip(text))) return side;
  for (const term of text.split("+")) {
    const [, count, name] = strip(term).match(TERM) ?? [];
    const amount = count === undefined ? 1 : Number(count);
    if (!name || RESERVED.includes(name)) {
      throw new Trouble("Line {number}: “{typed}” is no side of a reaction; “A + 2 B” is one.", { number, typed: strip(text) });
    }
    if (NO_SPECIES.includes(name.toLowerCase())) {
      throw new Trouble("Line {number}: nothing at all is written 0 or ∅, not “{typed}”.", { number, typed: name });
    }
    side.set(name, (side.get(name) ?? 0) + amount);
  }
  return side;
}

/** @param {Network["reactions"][number]} reaction @param {number} number */
function checkAmounts({ left, right }, number) {
  const taken = [...left.values()];
  const amounts = [...taken, ...right.values()];
  if (!amounts.every((each) => Number.isInteger(each) && each >= 0)) {
    throw new Trouble("Line {number}: molecules are counted in whole numbers.", { number });
  }
  const most = MOLECULES;
  if (taken.reduce((sum, each) => sum + each, 0) > Math.min(most, HIGHEST_ORDER)) {
    throw new Trouble("Line {number}: a reaction takes at most {most} molecules.", { number, most });
  }
  if (amounts.some((each) => each > PRODUCTS)) {
    throw new Trouble("Line {number}: a reaction leaves at most {most} molecules of a species.", { number, most: PRODUCTS });
  }
}

/** @param {Network} network @param {Map<string, number>} where @returns {Network} */
function checked(network, where) {
  const { reactions, start } = network;
  if (!reactions.length) throw new Trouble("Type at least one reaction, such as “A -> B @ 1”.");
  const species = [...new Set(reactions.flatMap(({ left, right }) => [...left.keys(), ...right.keys()]))];
  if (species.length > SPECIES || reactions.length > REACTIONS) {
    const blanks = { species: SPECIES, reactions: REACTIONS, some: species.length, others: reactions.length };
    throw new Trouble("There is room for {species} species and {reactions} reactions; these are {some} and {others}.", blanks);
  }
  if (!species.length) throw new Trouble("Some reaction must have a species.");
  if (new Set(species.map((name) => name.normalize("NFKC"))).size < species.length) {
    throw new Trouble("Two species look the same: {names}.", { names: species.join(", ") });
  }
  for (const name of start.keys()) {
    const number = /** @type {number} */ (where.get(name));
    if (!species.includes(name)) throw new Trouble("Line {number}: no reaction has “{name}”.", { number, name });
  }
  return { ...network, species };
}

/** The species, in their order. @param {Reactions} control @param {string} text */
export const names = (control, text) => parse(text).species;

/**
 * As the graph takes it: a row for each reaction, what it takes, what it leaves, its rate; in the last row the start and the time.
 * @param {Reactions} control @param {string} text
 */
export function numbers(control, text) {
  const { species, reactions, start, time } = parse(text);
  const padded = (/** @type {Side} */ side) => Array.from({ length: SPECIES }, (_, index) => side.get(species[index]) ?? 0);
  const rows = Array.from({ length: REACTIONS }, (_, index) => {
    const { left = new Map(), right = new Map(), rate = 0 } = reactions[index] ?? {};
    return [...padded(left), ...padded(right), rate];
  });
  return { data: [...rows, [...padded(start), ...padded(new Map()), time]].flat(), shape: [REACTIONS + 1, 2 * SPECIES + 1] };
}

/** @param {Reactions} control @param {string} text */
export function fromText(control, text) {
  try {
    return text.length <= LONGEST && parse(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

const PAUSE = 500; // milliseconds without a key, after which what is typed counts

/** @type {import("../types").Build<Reactions>} */
export function build(control, { set, signal }) {
  const { name, examples } = control;
  const label = say(control.label);
  const help = newId();
  const typed = make("textarea", {
    class: "kexue-text",
    rows: 6,
    maxlength: LONGEST,
    autocapitalize: "off",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": help,
  });
  const message = make("div", { id: help, class: "kexue-understood", role: "status" });
  const example = make("select", { class: "kexue-select", "aria-label": say("{label}: an example", { label }) });
  example.append(make("option", { value: "" }, say("Examples…")));
  examples.forEach(({ label }, index) => example.append(make("option", { value: index }, say(label))));
  const takeBack = make("button", { type: "button", class: "kexue-button" }, say("Undo"));
  /** @type {string[]} */
  const before = []; // texts that others took the place of
  let current = "";
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));

  /** What cannot be read stays, to be corrected; so does the last good text, for the model. */
  function commit() {
    clearTimeout(timer);
    try {
      const { species, reactions } = parse(typed.value);
      typed.removeAttribute("aria-invalid");
      const blanks = { reactions: reactions.length, species: species.join(", ") };
      message.textContent = say("understood: reactions {reactions}, species {species}", blanks);
    } catch (error) {
      typed.setAttribute("aria-invalid", "true");
      message.textContent = `${inWords(error)} ${say("The figure keeps the last text that could be read.")}`;
      return;
    }
    if (typed.value !== current) set(name, typed.value);
  }

  /** @param {string} text */
  function put(text) {
    if (typed.value !== text) typed.value = text;
    commit();
  }

  typed.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(commit, PAUSE);
  });
  typed.addEventListener("change", commit);
  typed.addEventListener("keydown", (event) => event.stopPropagation()); // a space is no “play”, nor Enter a notebook's
  example.addEventListener("change", () => {
    const chosen = examples[Number(example.value)];
    if (example.value === "" || !chosen) return;
    example.value = "";
    if (typed.value === chosen.text) return;
    before.push(typed.value);
    put(chosen.text);
  });
  takeBack.addEventListener("click", () => {
    const text = before.pop();
    if (text !== undefined) put(text);
  });

  const buttons = make("div", { class: "kexue-buttons", role: "group", "aria-label": label }, example, takeBack);
  return {
    element: make("div", { class: "kexue-control kexue-choice kexue-reactions" }, headOf(label, typed), typed, message, buttons),
    show: (value) => {
      const unread = typed.value !== current && typed.value !== value;
      current = value;
      if (unread) before.push(typed.value); // somebody else's value takes its place
      put(value);
    },
    describe: (value) => valued(label, say("understood: reactions {reactions}, species {species}", summary(value))),
  };
}

/** @param {string} text */
function summary(text) {
  const { species, reactions } = parse(text);
  return { reactions: reactions.length, species: species.join(", ") };
}
