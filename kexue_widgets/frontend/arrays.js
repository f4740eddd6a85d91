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

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
  const native = /** @type {any} */ (bytes).toBase64;
  if (native) return native.call(bytes);
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

/** How bytes that have changed on their way are told from all else that may go wrong, across threads too. */
export const DAMAGED = "damaged";

/** What was packed with gzip, which checks it, then base64. @param {string} base64 @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function unpacked(base64) {
  try {
    // The body of a response, not of a Blob: WebKit may keep that in a file which it then cannot read.
    const { body } = new Response(bytesOf(base64));
    const stream = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (body).pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new Error(DAMAGED);
  }
}

/** @param {import("./types").PackedFrame} packed @returns {import("./types").Frame} */
export function unpackFrame({ steps, arrays }) {
  /** @type {Arrays} */
  const unpacked = Object.create(null); // names are a model's own, “constructor” among them
  for (const { name, shape, data } of arrays) {
    unpacked[name] = { shape, data: new Float32Array(bytesOf(data).buffer) };
  }
  return { steps, arrays: unpacked };
}

/** The arrays of a packed frame. @param {Arrays} arrays @returns {import("./types").PackedFrame["arrays"]} */
export const packArrays = (arrays) =>
  Object.entries(arrays).map(([name, { shape, data: { buffer, byteOffset, byteLength } }]) => ({
    name,
    shape: [...shape],
    data: base64Of(new Uint8Array(buffer, byteOffset, byteLength)),
  }));

/**
 * The array of that name, once it is there and has one of the expected numbers of axes.
 * @param {Arrays} arrays @param {string} name @param {...number} axes @returns {NamedArray}
 */
export function shaped(arrays, name, ...axes) {
  const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined;
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
  return array;
}

/** @param {string} name @param {Float32Array} data @param {number} index */
const holds = (name, data, index) => new Trouble("“{name}” holds {value} at position {index}.", { name, value: data[index], index });

/** One whose numbers are all finite. @type {typeof shaped} */
export function drawable(arrays, name, ...axes) {
  const array = shaped(arrays, name, ...axes);
  const index = array.data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw holds(name, array.data, index);
  return array;
}

/** One with gaps, NaN, where its numbers are not finite; some are. @type {typeof shaped} */
export function gapped(arrays, name, ...axes) {
  const array = shaped(arrays, name, ...axes);
  const { shape, data } = array;
  if (data.every(Number.isFinite)) return array;
  if (!data.some(Number.isFinite)) throw holds(name, data, 0);
  return { shape, data: data.map((value) => (Number.isFinite(value) ? value : NaN)) };
}

/** One with blanks, NaN, where no number is there yet; some are. @type {typeof shaped} */
export function blanked(arrays, name, ...axes) {
  const array = shaped(arrays, name, ...axes);
  const there = array.data.filter((value) => !Number.isNaN(value));
  return there.length && there.every(Number.isFinite) ? array : drawable(arrays, name, ...axes);
}

/**
 * @param {string} name @param {number} size @param {string} other @param {number} expected
 */
export function mustMatch(name, size, other, expected) {
  if (size === expected) return;
  const blanks = { name, size, other, expected };
  throw new Trouble("“{name}” has length {size}, but “{other}” has length {expected}.", blanks);
}

/** Arrays of one axis, all as long as the first. @param {Arrays} arrays @param {...string} names */
export function alike(arrays, ...names) {
  const all = names.map((name) => drawable(arrays, name, 1).data);
  all.forEach(({ length }, index) => mustMatch(names[index], length, names[0], all[0].length));
  return all;
}

/**
 * The least and the largest; on a logarithmic axis only what is above zero has a place.
 * @param {ArrayLike<number>} data @param {boolean} [log] @returns {[number, number]}
 */
export function extent(data, log = false) {
  let low = Infinity;
  let high = -Infinity;
  for (let index = 0; index < data.length; index += 1) {
    if (log && !(data[index] > 0)) continue;
    if (data[index] < low) low = data[index];
    if (data[index] > high) high = data[index];
  }
  return [low, high];
}
