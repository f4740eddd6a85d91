// Arrays: unpacking them, and checking in words that a mark can draw them.

import { Trouble } from "./words.js";

/**
 * @typedef {import("./types").Arrays} Arrays
 * @typedef {import("./types").NamedArray} NamedArray
 */

/** @param {string} base64 @returns {Uint8Array<ArrayBuffer>} */
export function bytesOf(base64) {
  const native = /** @type {any} */ (Uint8Array).fromBase64;
  if (native) return native.call(Uint8Array, base64);
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** What was packed with gzip, then base64. @param {string} base64 @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function unpacked(base64) {
  const stream = new Blob([bytesOf(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {import("./types").PackedFrame} packed @returns {import("./types").Frame} */
export function unpackFrame({ steps, arrays }) {
  /** @type {Arrays} */
  const unpacked = {};
  for (const { name, shape, data } of arrays) {
    unpacked[name] = { shape, data: new Float32Array(bytesOf(data).buffer) };
  }
  return { steps, arrays: unpacked };
}

/**
 * The array of that name, once it is there, all finite, and has one of the expected numbers of axes.
 * @param {Arrays} arrays @param {string} name @param {...number} axes @returns {NamedArray}
 */
export function drawable(arrays, name, ...axes) {
  const array = arrays[name];
  if (!array) throw new Trouble("The model returned no array “{name}”.", { name });
  const { shape, data } = array;
  const size = `(${shape.join(", ")})`;
  if (!axes.includes(shape.length)) {
    const wanted = axes.join(" / ");
    throw new Trouble("“{name}” must have {wanted} axes, but its shape is {size}.", { name, wanted, size });
  }
  if (data.length !== shape.reduce((product, length) => product * length, 1)) {
    throw new Trouble("“{name}” holds {count} numbers, but its shape is {size}.", { name, count: data.length, size });
  }
  for (let index = 0; index < data.length; index += 1) {
    if (!Number.isFinite(data[index])) {
      throw new Trouble("“{name}” holds {value} at position {index}.", { name, value: data[index], index });
    }
  }
  return array;
}

/**
 * @param {string} name @param {number} size @param {string} other @param {number} expected
 */
export function mustMatch(name, size, other, expected) {
  if (size === expected) return;
  const blanks = { name, size, other, expected };
  throw new Trouble("“{name}” has length {size}, but “{other}” has length {expected}.", blanks);
}

/** @param {ArrayLike<number>} data @returns {[number, number]} */
export function extent(data) {
  let low = Infinity;
  let high = -Infinity;
  for (let index = 0; index < data.length; index += 1) {
    if (data[index] < low) low = data[index];
    if (data[index] > high) high = data[index];
  }
  return [low, high];
}
