// Which of a book's editions a reader wants.

const KEY = "kexue-language";

/**
 * The edition for whoever reads these languages, the best first; the first edition for those who read none of them.
 * @param {readonly string[]} editions @param {readonly string[]} wanted
 */
export function choose(editions, wanted) {
  const family = (/** @type {string} */ language) => language.toLowerCase().split("-")[0];
  for (const language of wanted) {
    const found = editions.find((edition) => family(edition) === family(language));
    if (found) return found;
  }
  return editions[0];
}

/** What was chosen before, and whether anything can be remembered at all: a browser may deny it. */
export function remembered() {
  try {
    const language = localStorage.getItem(KEY);
    localStorage.setItem(`${KEY}-works`, "yes");
    return { works: true, language };
  } catch {
    return { works: false, language: null };
  }
}

/** @param {string} language */
export function remember(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Then the choice holds for the pages that follow from this one.
  }
}
