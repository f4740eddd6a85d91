// Random numbers that are the same here and in Python: see live/noise.py.
import MersenneTwister from "mersenne-twister";

/** Each use of randomness has its own stream, so that drawing more for one leaves the others as they were. */
export const Stream = { frame: 0, start: 1, step: 2 };

/** @param {number} seed @param {number} stream */
export function generator(seed, stream) {
  const twister = new MersenneTwister(0);
  twister.init_by_array([seed, stream], 2);
  return twister;
}

/**
 * The next `count` numbers of a stream, uniform on [0, 1): the low 24 bits, which float32 holds exactly.
 * @param {MersenneTwister} twister @param {number} count
 */
export function uniformNumbers(twister, count) {
  const numbers = new Float32Array(count);
  for (let index = 0; index < count; index += 1) numbers[index] = (twister.random_int() & 0xffffff) / 0x1000000;
  return numbers;
}
