// Types of the two imports that bring none of their own.
declare module "virtual:ort-wasm" {
  /** ONNX Runtime's .wasm, gzipped and in base64 (put there by build.mjs). */
  const base64: string;
  export default base64;
}

declare module "mersenne-twister" {
  export default class MersenneTwister {
    constructor(seed?: number | number[]);
    init_seed(seed: number): void;
    init_by_array(key: number[], length: number): void;
    random_int(): number;
    random_long(): number;
  }
}
