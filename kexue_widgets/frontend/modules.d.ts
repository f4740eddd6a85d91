// Types of what brings none of its own.
/** The size of ONNX Runtime's .wasm, in bytes (put there by build.mjs). */
declare const PACKED_BYTES: number;

/** What engine.js listens to. */
declare const port: import("./types").Port;

declare module "mersenne-twister" {
  export default class MersenneTwister {
    constructor(seed?: number | number[]);
    init_seed(seed: number): void;
    init_by_array(key: number[], length: number): void;
    random_int(): number;
    random_long(): number;
  }
}
