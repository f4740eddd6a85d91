// Every word that is shown passes through here: a page, where there is one, brings the translations into its language.

const { texts = {} } = JSON.parse(globalThis.document?.getElementById("kexue-page")?.textContent ?? "{}");
/** @type {Map<string, string>} */
const known = new Map(Object.entries(texts)); // an object would also know “constructor”, which may be a label

/** English words, with {blanks}, in the page's language. @type {import("./types").Say} */
export const say = (words, blanks = {}) =>
  (known.get(words) ?? words).replace(/\{(\w+)\}/g, (blank, name) =>
    String((Object.hasOwn(blanks, name) ? blanks[name] : undefined) ?? blank),
  );

/** Several things in a row, with the page's comma. @param {string[]} parts */
export const listed = (parts) => (parts.length ? parts.reduce((one, other) => say("{one}, {other}", { one, other })) : "");

/** A thing and its value, with the page's colon. @param {string} name @param {string | number} value */
export const valued = (name, value) => say("{name}: {value}", { name, value });

/** An error in words for a reader. */
export class Trouble extends Error {
  /** @param {string} words @param {Record<string, string | number>} [blanks] */
  constructor(words, blanks = {}) {
    super(say(words, blanks));
  }
}

/** @param {unknown} error */
export const inWords = (error) => (error instanceof Error ? error.message : String(error));
