// Points that a reader draws or pastes: a plot to press and drag on, with a cursor for the keyboard, and a field for numbers.
import * as Plot from "@observablehq/plot";
import { drawPlot } from "../axes.js";
import { make, newId } from "../dom.js";
import { clamp, formatNumber, parseNumber } from "../numbers.js";
import { watchTouch } from "../touch.js";
import { say, valued } from "../words.js";
import { makePasted } from "./pasted.js";

/**
 * @typedef {import("../types").Point} Point
 * @typedef {import("../types").Named<"points", Point[]> & {fallback: Point[], x_range: Point, y_range: Point, capacity: number}} Points
 */

const WIDEST = 330; // pixels
const APART = 9; // pixels between two points of one stroke
const MARGIN = 8; // pixels beyond the axes where a press still counts
const MOVES = 20; // of the keyboard's cursor, from one end to the other

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export const makes = true;

/** @type {import("../types").Build<Points>} */
export function build(control, { set, refuse, announce, signal }) {
  const { name, capacity, x_range, y_range } = control;
  const ranges = [x_range, y_range];
  const label = say(control.label);
  const help = newId();
  const keys = say("Arrow keys move the cursor, Space adds a point, Backspace takes back.");
  const pad = make("div", { class: "kexue-pad", tabindex: 0, role: "application", "aria-label": label, "aria-describedby": help });
  const count = make("span", { class: "kexue-readout" });
  /** @type {Point[]} */
  let current = [];
  /** @type {Point[][]} */
  const before = []; // what there was before each stroke
  /** @type {Point | undefined} */
  let cursor;
  /** @type {Point | undefined} */
  let last; // pixels: where the stroke under way has its last point
  let width = 0;
  /** @type {any} */
  let plot;

  const counted = (/** @type {Point[]} */ points) => say("{n} of {most} points", { n: points.length, most: capacity });

  function draw() {
    if (!width) return;
    plot = drawPad(control, current, cursor, width, counted(current));
    pad.replaceChildren(plot);
  }

  /** Where an event happened, in the units of the axes; nothing when that is outside them. @param {PointerEvent} event */
  function pointAt({ clientX, clientY }) {
    const { left, top, width: shown } = plot.getBoundingClientRect();
    const scale = Number(plot.getAttribute("width")) / shown; // in full screen everything is larger
    const pixels = [(clientX - left) * scale, (clientY - top) * scale];
    const scales = [plot.scale("x"), plot.scale("y")];
    const point = inside(scales.map((scale, axis) => scale.invert(pixels[axis])), ranges);
    const near = scales.every((scale, axis) => Math.abs(scale.apply(point[axis]) - pixels[axis]) <= MARGIN);
    return near ? point : undefined;
  }

  /** @param {Point} point */
  const add = (point) => set(name, [...current, point]);

  /** Begins a stroke, which can be taken back as a whole. @param {Point} point */
  function begin(point) {
    if (current.length >= capacity) return refuse(say("There is room for {most} points: take some back first.", { most: capacity }));
    before.push(current);
    add(point);
  }

  function undo() {
    if (current.length || before.length) set(name, before.pop() ?? current.slice(0, -1));
  }

  /** @param {PointerEvent} event */
  function press(event) {
    const point = pointAt(event);
    if (event.button !== 0 || !event.isPrimary || !point) return;
    last = [event.clientX, event.clientY];
    begin(point);
  }

  /** @type {Point[]} */
  let untouched = [];
  let strokes = 0;
  watchTouch(pad, {
    down: () => ([untouched, strokes] = [current, before.length]),
    take: press,
    drop: () => {
      before.length = strokes;
      if (current !== untouched) set(name, untouched);
    },
  });
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") press(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last || Math.hypot(event.clientX - last[0], event.clientY - last[1]) < APART) return;
    const point = pointAt(event);
    if (!point || current.length >= capacity) return;
    last = [event.clientX, event.clientY];
    add(point);
  });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => (last = undefined));

  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const here = cursor ?? inside(ranges.map(([low, high]) => (low + high) / 2), ranges);
    if (arrow) {
      cursor = inside(here.map((each, axis) => each + (arrow[axis] * (ranges[axis][1] - ranges[axis][0])) / MOVES), ranges);
      announce(say("x {x}, y {y}", { x: formatNumber(cursor[0]), y: formatNumber(cursor[1]) }));
      draw();
    } else if (event.key === " " || event.key === "Enter") {
      cursor = here;
      begin(cursor);
    } else if (event.key === "Backspace" || event.key === "Delete") {
      undo();
    } else return;
    event.preventDefault();
  });
  pad.addEventListener("blur", () => {
    cursor = undefined;
    draw();
  });

  const takeBack = make("button", { type: "button", class: "kexue-button" }, say("Undo"));
  takeBack.addEventListener("click", undo);
  const clear = make("button", { type: "button", class: "kexue-button" }, say("Clear"));
  clear.addEventListener("click", () => {
    if (!current.length) return;
    before.push(current);
    set(name, []);
  });

  const pasted = makePasted(control, (points) => {
    before.push(current);
    set(name, points);
  });

  const observer = new ResizeObserver(([{ contentRect }]) => {
    const room = Math.min(contentRect.width, WIDEST);
    if (Math.abs(room - width) < 1) return;
    width = room;
    draw();
  });
  observer.observe(pad);
  signal.addEventListener("abort", () => observer.disconnect());

  const head = make("div", { class: "kexue-head" }, make("span", { class: "kexue-name" }, label), count);
  const buttons = make("div", { class: "kexue-buttons", role: "group", "aria-label": label }, takeBack, clear, pasted.open);
  const spoken = make("span", { id: help, class: "kexue-unseen" }, keys);
  const element = make("div", { class: "kexue-control kexue-points" }, head, pad, spoken, buttons, pasted.area);
  pasted.dropOn(element);
  return {
    element,
    show: (value) => {
      current = value;
      count.textContent = counted(value);
      draw();
    },
    describe: (value) => valued(label, counted(value)),
  };
}

/**
 * A point within the ranges, rounded to what a hand can aim at: addresses with points in them stay short.
 * @param {number[]} point @param {Point[]} ranges @returns {Point}
 */
function inside(point, ranges) {
  const [x, y] = point.map((each, axis) => {
    const [low, high] = ranges[axis];
    const digits = clamp(3 - Math.floor(Math.log10(high - low)), 0, 12);
    return clamp(Number(each.toFixed(digits)), low, high);
  });
  return [x, y];
}

/**
 * @param {Points} control @param {Point[]} points @param {Point | undefined} cursor @param {number} width
 * @param {string} description
 */
function drawPad({ x_range, y_range, fallback }, points, cursor, width, description) {
  const aspect = clamp((x_range[1] - x_range[0]) / (y_range[1] - y_range[0]), 1, 2.5);
  const view = { title: "", x: "", y: "", x_range, y_range, x_log: false, y_log: false, aspect, marks: [] };
  const own = points.length > 0;
  const fill = "var(--kexue-accent)";
  const marks = [
    Plot.frame({ stroke: "var(--kexue-control)" }),
    // With no points of the reader's own, those that the model sees instead.
    Plot.dot(own ? points : fallback, { r: 4, fill, fillOpacity: own ? 1 : 0.45 }),
    ...(own ? [] : [Plot.text([say("Draw points here")], { frameAnchor: "middle", fontSize: 14 })]),
    ...(cursor ? [Plot.dot([cursor], { r: 8, symbol: "plus", stroke: "currentColor", strokeWidth: 2 })] : []),
  ];
  return drawPlot(view, [{ draw: () => marks }], { x: x_range, y: y_range }, width, description).svg;
}

/**
 * Repeated until there are as many as the graph takes; the default ones where none are drawn.
 * @param {Points} control @param {Point[]} drawn
 */
export function numbers({ capacity, fallback }, drawn) {
  const points = drawn.length ? drawn : fallback;
  const data = Array.from({ length: capacity }, (_, index) => points[index % points.length]).flat();
  return { data, shape: [capacity, 2] };
}

/** Written as x,y,x,y... @param {Points} control @param {string} text @returns {Point[] | undefined} */
export function fromText({ capacity, x_range, y_range }, text) {
  const numbers = text === "" ? [] : text.split(",").map(parseNumber);
  const ranges = [x_range, y_range];
  const inside = numbers.every((each, index) => each >= ranges[index % 2][0] && each <= ranges[index % 2][1]);
  if (!inside || numbers.length % 2 || numbers.length > 2 * capacity) return undefined;
  return Array.from({ length: numbers.length / 2 }, (_, index) => [numbers[2 * index], numbers[2 * index + 1]]);
}
