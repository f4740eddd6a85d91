// A view as a picture of its own: what stands on the screen, title and legend with it, written as SVG without a style sheet.

import { newId } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 12; // pixels around
const LINE = 16; // pixels between two lines of the settings
const FONT = "system-ui, sans-serif";
// What an element of a plot has from its style sheet, or from the theme.
const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "opacity", "font-size", "font-weight", "text-anchor", "filter"];
const UNSEEN = ".kexue-unseen, button, [hidden], [data-part=tip]";

/** A mixture of colours in a notation that other programs know. @param {string} value Of an attribute. */
function plain(value) {
  if (!/^(oklab|oklch|lab|lch|color)\(/.test(value)) return value;
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  context.fillStyle = value;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function draw(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, plain(String(value)));
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * @param {HTMLElement} figure As it is shown. @param {string} settings What made it, in a line that may be broken.
 * @returns {{text: string, width: number, height: number}}
 */
export function svgOf(figure, settings) {
  const frame = figure.getBoundingClientRect();
  const scale = figure.offsetWidth / frame.width || 1; // in full screen everything is larger
  const width = Math.ceil(frame.width * scale + 2 * MARGIN);
  const lines = wrapped(settings, (width - 2 * MARGIN) / 6.2);
  const height = Math.ceil(frame.height * scale + 2 * MARGIN + lines.length * LINE);
  const svg = draw("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
  const { color, backgroundColor } = getComputedStyle(figure.closest(".kexue") ?? figure);
  svg.append(draw("rect", { width, height, fill: backgroundColor }));
  const place = { left: frame.left - MARGIN / scale, top: frame.top - MARGIN / scale, scale };
  for (const child of figure.children) copyInto(svg, child, place);
  lines.forEach((line, index) => {
    const y = height - MARGIN - (lines.length - 1 - index) * LINE;
    svg.append(draw("text", { x: MARGIN, y, fill: color, opacity: 0.75, "font-size": 11.5 }, line));
  });
  return { text: new XMLSerializer().serializeToString(svg), width, height };
}

/** @param {string} text @param {number} letters @returns {string[]} */
function wrapped(text, letters) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @typedef {{left: number, top: number, scale: number}} Place  The window's pixels of the picture's corner. */

/** @param {Element} svg @param {Element} element @param {Place} place */
function copyInto(svg, element, place) {
  if (element.matches(UNSEEN)) {
    if (!element.matches("button.kexue-row, button.kexue-node, button.kexue-entry[aria-pressed=true]")) return; // words and bars, which are buttons besides
  }
  const box = element.getBoundingClientRect();
  if (!box.width && !box.height) return;
  const [x, y] = [(box.left - place.left) * place.scale, (box.top - place.top) * place.scale];
  const size = { x, y, width: box.width * place.scale, height: box.height * place.scale };
  if (element instanceof SVGSVGElement) return svg.append(plotCopy(element, size));
  if (element instanceof HTMLCanvasElement) {
    return svg.append(draw("image", { ...size, href: element.toDataURL(), style: "image-rendering: pixelated" }));
  }
  copyBox(svg, getComputedStyle(element), size);
  for (const child of element.childNodes) {
    if (child instanceof Element) copyInto(svg, child, place);
    else if (child instanceof Text) copyText(svg, child, getComputedStyle(element), place);
  }
}

/** @param {SVGSVGElement} plot @param {{x: number, y: number, width: number, height: number}} size */
function plotCopy(plot, size) {
  const copy = /** @type {SVGSVGElement} */ (plot.cloneNode(true));
  const [old, made] = [plot.querySelectorAll("*"), copy.querySelectorAll("*")];
  made.forEach((element, index) => {
    const style = getComputedStyle(old[index]);
    for (const name of PAINT) element.setAttribute(name, plain(style.getPropertyValue(name)));
    element.removeAttribute("class");
  });
  for (const tip of copy.querySelectorAll("[data-part=tip], style")) tip.remove();
  for (const [name, value] of Object.entries(size)) copy.setAttribute(name, String(value));
  copy.setAttribute("overflow", "visible");
  copy.removeAttribute("class");
  copy.setAttribute("color", getComputedStyle(plot).color);
  return copy;
}

/** What a box shows of itself. @param {Element} svg @param {CSSStyleDeclaration} style @param {Record<string, number>} size */
function copyBox(svg, style, size) {
  const { backgroundColor, backgroundImage, borderTopWidth, borderTopColor, borderBottomWidth, borderBottomColor } = style;
  const clear = /rgba\(.*, 0\)|transparent/.test(backgroundColor);
  const rx = Math.min(parseFloat(style.borderTopLeftRadius) || 0, size.height / 2);
  const framed = parseFloat(borderTopWidth) > 0 && style.borderTopStyle !== "none";
  if (backgroundImage.startsWith("linear-gradient")) return gradient(svg, backgroundImage, { ...size, filter: style.filter });
  if (!clear || (framed && parseFloat(borderBottomWidth) > 0)) {
    const stroke = framed && parseFloat(borderBottomWidth) > 0 ? borderTopColor : "none";
    svg.append(draw("rect", { ...size, rx, fill: clear ? "none" : backgroundColor, stroke, opacity: style.opacity }));
  } else if (framed) {
    const y = size.y + parseFloat(borderTopWidth) / 2;
    const dashes = style.borderTopStyle === "dashed" ? "4 3" : "none";
    const line = { x1: size.x, x2: size.x + size.width, y1: y, y2: y, stroke: borderTopColor };
    svg.append(draw("line", { ...line, "stroke-width": borderTopWidth, "stroke-dasharray": dashes }));
  } else if (parseFloat(borderBottomWidth) > 0) {
    const y = size.y + size.height;
    svg.append(draw("line", { x1: size.x, x2: size.x + size.width, y1: y, y2: y, stroke: borderBottomColor }));
  }
}

/** @param {Element} svg @param {string} image @param {Record<string, number | string>} size */
function gradient(svg, image, size) {
  const colors = image.match(/rgba?\([^)]*\)/g) ?? [];
  const id = newId();
  const ramp = draw("linearGradient", { id });
  ramp.append(...colors.map((color, index) => draw("stop", { offset: index / (colors.length - 1), "stop-color": color })));
  svg.append(ramp, draw("rect", { ...size, fill: `url(#${id})` }));
}

/** Word by word, where the browser has put them. @param {Element} svg @param {Text} node @param {CSSStyleDeclaration} style @param {Place} place */
function copyText(svg, node, style, place) {
  const range = document.createRange();
  for (const { index, 0: word } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getBoundingClientRect();
    const size = parseFloat(style.fontSize);
    const [x, y] = [(box.left - place.left) * place.scale, (box.top - place.top) * place.scale];
    const baseline = y + (box.height * place.scale + size * 0.72) / 2;
    const letters = { "font-size": size, "font-weight": style.fontWeight, fill: style.color };
    svg.append(draw("text", { x, y: baseline, ...letters }, word));
  }
}

/** The same as a PNG, at twice the size. @param {ReturnType<typeof svgOf>} picture @returns {Promise<Blob>} */
export async function pngOf({ text, width, height }) {
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext("2d")?.drawImage(image, 0, 0, 2 * width, 2 * height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
  );
}
