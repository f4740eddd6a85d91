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

/** @param {Uint8Array} bytes */
async function create(bytes) {
  unpacked ??= unpack();
  onnxruntime.env.wasm.wasmBinary = await unpacked;
  return onnxruntime.InferenceSession.create(bytes);
}

globalThis.KexueEngine = { create, Tensor: /** @type {any} */ (onnxruntime.Tensor) };
