// Classic scripts, fetched when they are first needed: unlike anything else they work over http and on file:// alike.
import { DAMAGED } from "./arrays.js";
import { make } from "./dom.js";
import { Trouble, inWords } from "./words.js";

/**
 * What a script leaves behind; it is fetched unless that is there already.
 * @template T @param {string} address @param {() => T | undefined} left @returns {Promise<T>}
 */
export function fetched(address, left) {
  return new Promise((resolve, reject) => {
    const known = left();
    if (known !== undefined) return resolve(known);
    const element = make("script", { src: address });
    const finish = () => {
      const value = left();
      if (value !== undefined) resolve(value);
      else reject(spoiled(address));
      element.remove();
    };
    element.addEventListener("load", finish);
    element.addEventListener("error", finish);
    document.head.append(element);
  });
}

/** What is said of a file that is not there, not whole, or not what it was. @param {string} address */
const spoiled = (address) =>
  new Trouble("A file that this figure needs is missing, damaged or out of reach: {address}. Move a control to try again.", { address });

/**
 * Uses what a script has left behind; where that is damaged it is forgotten, so that the next try fetches it again.
 * @template T @param {Promise<T>} using @param {string} address @param {() => void} forget @returns {Promise<T>}
 */
export const whole = (using, address, forget) =>
  using.catch((error) => {
    if (inWords(error) !== DAMAGED) throw error;
    forget();
    throw spoiled(address);
  });
