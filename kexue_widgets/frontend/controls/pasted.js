// Points as numbers that a reader brings along: pasted or typed into a field, or dropped as a file.
import { make, newId } from "../dom.js";
import { formatNumber } from "../numbers.js";
import { Trouble, inWords, say } from "../words.js";

/**
 * @typedef {import("../types").Point} Point
 * @typedef {Pick<import("./points.js").Points, "x_range" | "y_range" | "capacity">} Room
 */

const LARGEST = 5_000_000; // bytes of a file
const NONE = /^[-+]?(nan|inf|infinity)$/i; // in the place of a number
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** ，；．０ and the like, as Chinese keyboards have them, and the minus sign, as the letters they stand for. @param {string} text */
const plain = (text) =>
  text.replace(/[！-～]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0)).replace(/[\u3000\u00a0]/g, " ").replace(/\u2212/g, "-");

/**
 * What stands in one line. A comma between digits is a decimal one only where a semicolon or a tab parts the numbers.
 * @param {string} line
 */
function cellsOf(line) {
  const parted = /[;\t]/.test(line);
  const cells = line.split(parted ? /[;\t]/ : line.includes(",") ? "," : /\s+/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").trim());
  return parted ? cells.map((cell) => cell.replace(/^([-+]?\d*),(\d+)$/, "$1.$2")) : cells;
}

/**
 * The points in a text, a row for each: two numbers with a comma, a semicolon, a tab or spaces between them. What precedes the first
 * row of numbers may be one head of words.
 * @param {string} text @param {Room} room @returns {{points: Point[], left: number}} As many as there is room for, and how many are left off.
 */
export function pointsIn(text, { x_range, y_range, capacity }) {
  /** @type {Point[]} */
  const points = [];
  let headed = false;
  plain(text.replace(/^\ufeff/, "")).split(/\r\n|\r|\n/).forEach((whole, index) => {
    const line = whole.trim();
    const row = index + 1;
    if (!line) return;
    const cells = cellsOf(line);
    const words = /\p{L}/u.test(line) && !cells.some((cell) => NUMBER.test(cell) || NONE.test(cell));
    if (words && !headed && !points.length) return void (headed = true);
    if (cells.length !== 2 || !cells.every((cell) => NUMBER.test(cell))) {
      throw new Trouble("Row {row}: two numbers, such as “1.2, 3.4”, make a point; “{line}” is none.", { row, line: line.slice(0, 60) });
    }
    const [x, y] = cells.map(Number);
    [x_range, y_range].forEach(([low, high], axis) => {
      const value = [x, y][axis];
      if (value >= low && value <= high) return;
      const blanks = { row, axis: "xy"[axis], low: formatNumber(low), high: formatNumber(high), value: formatNumber(value) };
      throw new Trouble("Row {row}: {axis} must lie between {low} and {high}; it is {value}.", blanks);
    });
    points.push([x, y]);
  });
  if (!points.length) throw new Trouble("There are no numbers in this: a row for each point, such as “1.2, 3.4”.");
  return { points: points.slice(0, capacity), left: Math.max(0, points.length - capacity) };
}

/**
 * A button that opens a field for numbers, which takes files as well.
 * @param {Room & {label: string}} control @param {(points: Point[]) => void} take
 */
export function makePasted(control, take) {
  const [field, help] = [newId(), newId()];
  const label = say(control.label);
  const open = make("button", { type: "button", class: "kexue-button", "aria-expanded": "false", "aria-controls": field }, say("Paste numbers"));
  const typed = make("textarea", {
    class: "kexue-text",
    rows: 4,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "1.2, 3.4",
    "aria-label": say("{label}: numbers", { label }),
    "aria-describedby": help,
  });
  const { capacity, x_range, y_range } = control;
  const [left, right, low, high] = [...x_range, ...y_range].map((value) => formatNumber(value));
  const hint = say("A row for each point, or drop a CSV file: x from {left} to {right}, y from {low} to {high}, up to {most} points.", {
    left,
    right,
    low,
    high,
    most: capacity,
  });
  const message = make("div", { id: help, class: "kexue-understood", role: "status" }, hint);
  const use = make("button", { type: "button", class: "kexue-button" }, say("Use these"));
  const file = make("input", { type: "file", accept: ".csv,.tsv,.txt,text/*", hidden: true, tabindex: -1 });
  const choose = make("button", { type: "button", class: "kexue-button" }, say("Choose a file"));
  const area = make(
    "div",
    { id: field, class: "kexue-pasted", hidden: true },
    typed,
    message,
    make("div", { class: "kexue-buttons" }, use, choose, file),
  );

  /** @param {string} words @param {boolean} wrong */
  function tell(words, wrong) {
    message.textContent = words;
    typed.setAttribute("aria-invalid", String(wrong));
  }

  /** What cannot be read stays, to be corrected; so do the points that there are. */
  function read() {
    try {
      const { points, left: over } = pointsIn(typed.value, control);
      take(points);
      const rest = over ? ` ${say("There was no room for the other {n}.", { n: over })}` : "";
      tell(say("{n} points read.", { n: points.length }) + rest, false);
    } catch (error) {
      tell(inWords(error), true);
    }
  }

  /** @param {File | undefined} given */
  async function readFile(given) {
    if (!given) return;
    show(true);
    if (given.size > LARGEST) return tell(say("The file is too large: at most {n} MB.", { n: LARGEST / 1e6 }), true);
    typed.value = await given.text();
    read();
  }

  /** @param {boolean} shown */
  function show(shown) {
    area.hidden = !shown;
    open.setAttribute("aria-expanded", String(shown));
  }

  open.addEventListener("click", () => {
    show(Boolean(area.hidden));
    if (!area.hidden) typed.focus();
  });
  use.addEventListener("click", read);
  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    readFile(file.files?.[0]);
    file.value = ""; // the same file may be chosen again
  });
  // The keys are the field's own: a notebook or an explorer would take some for themselves. Ctrl+Enter is “Use these”.
  typed.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) read();
    else if (event.key === "Escape") {
      show(false);
      open.focus();
    }
  });

  /** Takes files that are dropped anywhere on an element. @param {HTMLElement} element */
  function dropOn(element) {
    for (const kind of ["dragover", "dragleave", "drop"]) {
      element.addEventListener(kind, (event) => {
        const { dataTransfer } = /** @type {DragEvent} */ (event);
        if (!dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        event.stopPropagation(); // a notebook would take the file for itself
        element.classList.toggle("kexue-over", kind === "dragover");
        if (kind === "drop") readFile(dataTransfer.files[0]);
      });
    }
  }

  return { open, area, dropOn };
}
