// Every word that is shown passes through here: the manifest brings translations, the page's language picks one.

/**
 * @param {Record<string, Record<string, string>>} [texts]
 * @returns {import("./types").Say} A function from English words, with {blanks}, to those of the page's language.
 */
export function translator(texts = {}) {
  const language = document.documentElement.lang.toLowerCase();
  const known = texts[language] ?? texts[language.split(/[-_]/)[0]] ?? {};
  return (words, blanks = {}) => (known[words] ?? words).replace(/\{(\w+)\}/g, (blank, name) => String(blanks[name] ?? blank));
}

/** An error in words for a reader, which can be translated when it is shown. */
export class Trouble extends Error {
  /** @param {string} words @param {Record<string, string | number>} [blanks] */
  constructor(words, blanks = {}) {
    super(translator()(words, blanks));
    this.words = words;
    this.blanks = blanks;
  }
}

/** @param {unknown} error @param {import("./types").Say} say */
export function inWords(error, say) {
  if (error instanceof Trouble) return say(error.words, error.blanks);
  return error instanceof Error ? error.message : String(error);
}
