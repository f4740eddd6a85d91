// Classic scripts, fetched when they are first needed: unlike anything else they work over http and on file:// alike.
import { make } from "./dom.js";
import { Trouble } from "./words.js";

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
      else reject(new Trouble("Something that this figure needs could not be loaded: {address}", { address }));
      element.remove();
    };
    element.addEventListener("load", finish);
    element.addEventListener("error", finish);
    document.head.append(element);
  });
}
