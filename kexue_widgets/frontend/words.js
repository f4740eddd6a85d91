// Every word that is shown passes through here: a page brings the translations into its language.

/** @type {Record<string, string>} */
const texts = JSON.parse(document.getElementById("kexue-page")?.textContent ?? "{}").texts ?? {};

/** English words, with {blanks}, in the page's language. @type {import("./types").Say} */
export const say = (words, blanks = {}) =>
  (texts[words] ?? words).replace(/\{(\w+)\}/g, (blank, name) => String(blanks[name] ?? blank));

/** An error in words for a reader. */
export class Trouble extends Error {
  /** @param {string} words @param {Record<string, string | number>} [blanks] */
  constructor(words, blanks = {}) {
    super(say(words, blanks));
  }
}

/** @param {unknown} error */
export const inWords = (error) => (error instanceof Error ? error.message : String(error));
