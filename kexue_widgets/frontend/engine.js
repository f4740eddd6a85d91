// ONNX Runtime, and what computes with it: build.mjs makes this file the body of a function of `port`, so that a page can
// run it itself or hand its text to a worker.
import * as onnxruntime from "onnxruntime-web/wasm";
import { unpacked } from "./arrays.js";
import { serve } from "./walk.js";

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
  const session = await inTurn(() => onnxruntime.InferenceSession.create(bytes));
  return { inputNames: session.inputNames, run: (feeds) => inTurn(() => session.run(feeds)) };
}

/**
 * @param {{wasm: string} | {address: string}} source The WASM, gzipped and in base64, or where it lies gzipped.
 * @param {(done: number, all: number) => void} arrived
 */
async function begin(source, arrived) {
  if (!globalThis.WebAssembly) throw new Error("no WebAssembly");
  use(await ("wasm" in source ? WebAssembly.compile(await unpacked(source.wasm)) : streamed(source.address, arrived)));
  return { create, Tensor: /** @type {any} */ (onnxruntime.Tensor) };
}

/** Unpacked and compiled while it arrives. @param {string} address @param {(done: number, all: number) => void} arrived */
async function streamed(address, arrived) {
  const response = await fetch(address);
  if (!response.ok || !response.body) throw new Error(`${address}: ${response.status}`);
  let done = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        done += chunk.length;
        arrived(done, PACKED_BYTES);
        controller.enqueue(chunk);
      },
    }),
  );
  const plain = counted.pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compileStreaming(new Response(plain, { headers: { "Content-Type": "application/wasm" } }));
}

/** Has ONNX Runtime, which takes bytes alone, use what is compiled. @param {WebAssembly.Module} module */
function use(module) {
  const { instantiate } = WebAssembly;
  const standIn = new ArrayBuffer(1);
  onnxruntime.env.wasm.wasmBinary = standIn;
  WebAssembly.instantiate = /** @type {any} */ (
    async (/** @type {any} */ source, /** @type {any} */ imports) => {
      if (source.buffer !== standIn) return instantiate(source, imports);
      WebAssembly.instantiate = instantiate;
      return { module, instance: await instantiate(module, imports) };
    }
  );
}

serve(port, begin);
