// Every word that is shown passes through here: a page, where there is one, brings the translations into its language.

const { texts = {} } = JSON.parse(globalThis.document?.getElementById("kexue-page")?.textContent ?? "{}");
/** @type {Map<string, string>} */
const known = new Map(Object.entries(texts)); // an object would also know “constructor”, which may be a label

/** English words, with {blanks}, in the page's language. @type {import("./types").Say} */
export const say = (words, blanks = {}) =>
  (known.get(words) ?? words).replace(/\{(\w+)\}/g, (blank, name) =>
    String((Object.hasOwn(blanks, name) ? blanks[name] : undefined) ?? blank),
  );

/** An error in words for a reader. */
export class Trouble extends Error {
  /** @param {string} words @param {Record<string, string | number>} [blanks] */
  constructor(words, blanks = {}) {
    super(say(words, blanks));
  }
}

/** @param {unknown} error */
export const inWords = (error) => (error instanceof Error ? error.message : String(error));
