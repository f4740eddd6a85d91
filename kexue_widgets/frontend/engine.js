// ONNX Runtime as a classic script, its WASM inside: a page opened by double-click may not fetch a file.
import * as onnxruntime from "onnxruntime-web/wasm";
import wasm from "virtual:ort-wasm";
import { unpacked } from "./arrays.js";

/** @type {Promise<Uint8Array<ArrayBuffer>> | undefined} */
let binary;

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
  binary ??= unpacked(wasm);
  onnxruntime.env.wasm.wasmBinary = (await binary).buffer;
  const session = await inTurn(() => onnxruntime.InferenceSession.create(bytes));
  return { inputNames: session.inputNames, run: (feeds) => inTurn(() => session.run(feeds)) };
}

globalThis.KexueEngine = { create, Tensor: /** @type {any} */ (onnxruntime.Tensor) };
