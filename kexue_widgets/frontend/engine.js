// ONNX Runtime as a classic script, its WASM inside: a page opened by double-click may not fetch a file.
import * as onnxruntime from "onnxruntime-web/wasm";
import wasm from "virtual:ort-wasm";
import { bytesOf } from "./arrays.js";

/** @type {Promise<ArrayBuffer> | undefined} */
let unpacked;

function unpack() {
  const stream = new Blob([bytesOf(wasm)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

onnxruntime.env.logLevel = "error";
// Threads need headers (cross-origin isolation) that a file has not.
onnxruntime.env.wasm.numThreads = 1;

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * One call after the other, whichever explorer it comes from: ONNX Runtime's sessions share one WASM stack, and two calls
 * under way at once spoil each other's numbers.
 * @template T @param {() => Promise<T>} call @returns {Promise<T>}
 */
function inTurn(call) {
  const done = last.then(call);
  last = done.catch(() => {});
  return done;
}

/** @param {Uint8Array} bytes @returns {Promise<import("./types").Session>} */
async function create(bytes) {
  unpacked ??= unpack();
  onnxruntime.env.wasm.wasmBinary = await unpacked;
  const session = await inTurn(() => onnxruntime.InferenceSession.create(bytes));
  return { inputNames: session.inputNames, run: (feeds) => inTurn(() => session.run(feeds)) };
}

globalThis.KexueEngine = { create, Tensor: /** @type {any} */ (onnxruntime.Tensor) };
