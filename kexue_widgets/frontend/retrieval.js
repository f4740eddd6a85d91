// What a question finds in the book: its words, in either language and however they are spelt, and the sections they are in.
import MiniSearch from "minisearch";
import { stemmer } from "stemmer";
import { editDistance } from "./controls/search.js";

/**
 * `titles` lead from the page's to the section's own; `kind` is "object" of the reference, "sources", or empty; `also` are
 * things that the section is about without naming them.
 * @typedef {{path: string, id: string, titles: string[], text: string, kind: string, also?: string[]}} Section
 * @typedef {{sections: Section[], words: string[], aliases: string[][]}} Content  As book/search.py writes it.
 * @typedef {{key: string, start: number, end: number, han: boolean, glued: boolean}} Atom
 * @typedef {{term: string, start: number, end: number}} Span  A term, and where it stands in a text.
 * @typedef {Map<string, Node> & {concept?: string, word?: boolean}} Node  Of a tree of words, an atom deeper each time.
 * @typedef {{ways: string[][], faint: boolean}} Unit  A word of a question: any of these ways to say it will do.
 * @typedef {{section: Section, terms: Set<string>}} Found
 */

const LETTER = "(?!\\p{Script=Han}|\\p{Script=Greek})[\\p{L}\\p{M}]";
// A Chinese character, a Greek letter, a Latin word (or, of `oneName`, each part), a number, or a sign of mathematics.
const ATOM = new RegExp(
  `\\p{Script=Han}|\\p{Script=Greek}|${LETTER}(?:(?!(?<=\\p{Ll})\\p{Lu})${LETTER})*(?:['’]s(?![\\p{L}]))?|\\p{N}+|[∇∂∑∏∫√∞⊙‖]`,
  "gu",
);
const GLUE = /^[-‐‑_]?$/; // between the parts of one name
const SEPARATORS = /[-‐‑_]/g;
const GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho _ sigma tau upsilon phi chi psi omega".split(" ");
const STOP = new Set(
  `a an and are as at be because but by can do does for from had has have how i if in into is it its me my no not of on or
  our s should so than that the their them then there these they this to us was we were what when where which who why will
  with would you your about between vs versus difference mean meaning definition formula explain
  explained tutorial example please best better good much many still just also get make use used using work works want need know`.split(/\s+/),
);
const STOP_HAN = `的 地 得 了 着 过 吗 呢 吧 啊 是 在 和 与 跟 或 或者 有 没有 什么 是什么 怎么 怎么样 怎样 怎么办 怎么做 如何 为什么 为何 哪些 哪个 哪里
  多少 几个 一个 一种 可以 能 能不能 会 要 就 都 也 还 这 那 这个 那个 它 我 你 用 把 被 对 从 到 请问 时候 以及 之间 关于 有没有 是不是 意思 含义 定义 公式 区别 关系 介绍 教程 例子 讲解 到底 为啥 咋 一般 一起 设 好 该 应该 需要 还要 哪种 自己`.split(/\s+/);
const WEIGHTS = { title: 4, above: 1, text: 1, also: 1 };
// By the rarity of its words, how much of a question must be known at all, and how much of it a section must say.
const [KNOWN, SAID] = [0.7, 0.3];
const SECOND = 0.5; // what a word is worth that is spelt otherwise, or goes on

/** @type {Map<string, {form: string, term: string}>} */
const known = new Map();

/**
 * A Latin word as it is spelt, where letters alike but for case, width and accents are the same, and so are British and
 * American endings; and its stem.
 * @param {string} word
 */
function wordOf(word) {
  const before = known.get(word);
  if (before) return before;
  const letters = word.normalize("NFKC").toLowerCase().replace(/['’]s$/, "").normalize("NFD").replace(/\p{M}/gu, "").replace(/(?<=hal|sel|shel)ves$/, "f");
  const form = letters.replace(/is(?=(?:e[ds]?|ers?|ing|ations?)$)/, "iz").replace(/(?<=[a-z]{3})our/, "or");
  const found = { form, term: form.length > 2 ? stemmer(form) : form };
  known.set(word, found);
  return found;
}

/** @param {string} letter */
function nameOfGreek(letter) {
  const place = letter.normalize("NFKC").normalize("NFD").toLowerCase().replace("ς", "σ").charCodeAt(0) - 0x3b1;
  return GREEK[place] ?? letter;
}

/** @param {string} text @returns {Atom[]} */
export function atomsOf(text) {
  let last = 0;
  return Array.from(text.matchAll(ATOM), ({ 0: found, index: start }) => {
    const [han, greek] = [/\p{Script=Han}/u.test(found), /\p{Script=Greek}/u.test(found)];
    const glued = !han && start > 0 && GLUE.test(text.slice(last, start));
    last = start + found.length;
    return { key: han ? found : greek ? nameOfGreek(found) : wordOf(found).term, start, end: last, han, glued };
  });
}

export class Book {
  /** @param {Content} content */
  constructor({ sections, words, aliases }) {
    this.sections = sections;
    /** @type {Node} */
    this.tree = new Map();
    for (const word of [...words, ...STOP_HAN]) this.#grow(word).word = true;
    aliases.forEach((forms, place) => forms.forEach((form) => (this.#grow(form).concept = `=${place}`)));
    /** @type {Map<string, string>} */
    this.forms = new Map(); // how words of the book are spelt, and their terms
    /** @type {Map<string, number>} */
    this.counts = new Map(); // of sections with a term
    /** @type {Set<string>} */
    this.subjects = new Set(); // what pages say in their titles that they are about
    this.index = new MiniSearch({ fields: Object.keys(WEIGHTS), tokenize: (text) => text.split(" "), processTerm: (term) => term });
    this.index.addAll(sections.map((section, id) => this.#entry(id, section)));
  }

  /** The place of a word in the tree. @param {string} word */
  #grow(word) {
    let node = this.tree;
    for (const { key } of atomsOf(word)) {
      const next = /** @type {Node} */ (node.get(key) ?? new Map());
      node.set(key, next);
      node = next;
    }
    return node;
  }

  /** @param {number} id @param {Section} section */
  #entry(id, { titles, text, kind, also = [] }) {
    const parts = [titles[titles.length - 1], titles.slice(0, -1).join(". "), text];
    const [title, above, body] = parts.map((part) => this.spans(part, true).map(({ term }) => term));
    const meant = also.flatMap((word) => this.#grow(word).concept ?? []);
    if (titles.length === 1 && !kind) title.forEach((term) => this.subjects.add(term));
    for (const term of new Set([...title, ...above, ...body, ...meant])) this.counts.set(term, (this.counts.get(term) ?? 0) + 1);
    const entry = { title: title.join(" "), above: above.join(" "), text: body.join(" "), also: meant.join(" ") };
    return { id, ...entry };
  }

  /**
   * All terms of a text: words by their stems, Chinese by its words, and by pairs of characters where it has none; names that
   * are put together also as a whole; and of words with others of the same meaning what they mean.
   * @param {string} text @param {boolean} [learn] Whether to remember how its words are spelt.
   */
  spans(text, learn = false) {
    const atoms = atomsOf(text);
    /** @type {Span[]} */
    const found = [];
    const words = atoms.map((_, place) => this.#along(atoms, place));
    let covered = 0; // how far words reach
    const loose = atoms.map(({ han }, place) => {
      covered = Math.max(covered, ...words[place].map(({ node, atoms: many }) => (node.word && many > 1 ? place + many : 0)));
      return han && covered <= place;
    });
    atoms.forEach(({ key, start, end, han }, place) => {
      const next = atoms[place + 1];
      if (han) {
        if (loose[place] && !STOP_HAN.includes(key)) found.push({ term: key, start, end });
        if (loose[place] && loose[place + 1] && next.start === end) found.push({ term: key + next.key, start, end: next.end });
      } else {
        found.push({ term: key, start, end });
        if (learn) this.forms.set(wordOf(text.slice(start, end)).form, key);
      }
      for (const { node, atoms: many } of words[place]) {
        const stop = atoms[place + many - 1].end;
        if (node.concept) found.push({ term: node.concept, start, end: stop });
        if (node.word && many > 1) found.push({ term: text.slice(start, stop), start, end: stop });
      }
      if (next?.glued && !atoms[place].glued) {
        let last = place + 1;
        while (atoms[last + 1]?.glued) last += 1;
        const { form, term } = wordOf(text.slice(start, atoms[last].end).replace(SEPARATORS, ""));
        found.push({ term, start, end: atoms[last].end });
        if (learn) this.forms.set(form, term);
      }
    });
    return found;
  }

  /** The words of the tree that begin at an atom. @param {Atom[]} atoms @param {number} place */
  #along(atoms, place) {
    const found = [];
    let node = this.tree.get(atoms[place].key);
    for (let many = 1; node; many += 1) {
      if (node.concept || node.word) found.push({ node, atoms: many });
      const [last, next] = [atoms[place + many - 1], atoms[place + many]];
      // A Chinese word goes on without a space; spaces between Chinese and Latin letters are a matter of taste.
      node = next && !(last.han && next.han && last.end < next.start) ? node.get(next.key) : undefined;
    }
    return found;
  }

  /** How much a term says: less, the more sections have it. @param {string} term */
  rarity(term) {
    const count = this.counts.get(term) ?? 0;
    return Math.log(1 + (this.sections.length - count + 0.5) / (count + 0.5));
  }

  /** What a question asks for. @param {string} question @returns {Unit[]} */
  units(question) {
    const atoms = atomsOf(question);
    const written = (/** @type {number} */ from, /** @type {number} */ many) => question.slice(atoms[from].start, atoms[from + many - 1].end);
    /** @type {Unit[]} */
    const units = [];
    for (let place = 0, many = 1; place < atoms.length; place += many) {
      const { key, end, han } = atoms[place];
      const next = atoms[place + 1];
      const longest = this.#along(atoms, place).pop();
      many = longest && (longest.node.concept || han) ? longest.atoms : 1;
      const words = written(place, many);
      if (longest && (longest.node.concept || han)) {
        const literal = this.spans(words).map(({ term }) => term).filter((term) => term[0] !== "=");
        const { concept } = longest.node;
        const parts = literal.filter((term) => this.counts.has(term));
        // Of a thing that the book does not name, its words may help.
        if (concept && !this.counts.has(concept)) units.push(...parts.map((part) => ({ ways: [[part]], faint: false })));
        else units.push({ ways: (concept ? [[concept], literal] : [literal]).filter((way) => way.length), faint: STOP_HAN.includes(words) });
      } else if (han) {
        const [before, after] = [-1, 1].map((step) => this.#loose(atoms, place + step));
        if (after && next.start === end) units.push({ ways: [[key + next.key]], faint: false });
        else if (!before) units.push({ ways: this.#character(key), faint: false });
      } else {
        while (atoms[place + many]?.glued) many += 1;
        const parts = atoms.slice(place, place + many).map((atom) => atom.key);
        const ways = many > 1 ? [[wordOf(written(place, many).replace(SEPARATORS, "")).term], parts] : this.#resolve(words, key, end === question.length);
        const faint = STOP.has(wordOf(words).form);
        // "Drop out" may be one word here.
        const pair = many === 1 && !faint && next && !next.han ? wordOf(words + written(place + 1, 1)).term : "";
        if (this.counts.has(pair)) {
          ways.unshift([pair]);
          ways.splice(1, ways.length, [key, next.key]);
          many = 2;
        }
        units.push({ ways, faint });
      }
    }
    const said = units.filter(({ faint }) => !faint);
    return (said.length ? said : units).filter(({ ways }) => ways.length); // there are none for a question of little words
  }

  /** Whether a Chinese character is there that begins no word. @param {Atom[]} atoms @param {number} place */
  #loose(atoms, place) {
    return Boolean(atoms[place]?.han && !this.#along(atoms, place).length);
  }

  /** A character alone stands for the words in which it is. @param {string} character */
  #character(character) {
    const terms = [...this.counts.keys()].filter((term) => term.includes(character));
    return terms.length ? terms.map((term) => [term]) : [[character]];
  }

  /** A Latin word as the book has it: itself, what it is the beginning of, or what it was meant to be. @param {string} word @param {string} key @param {boolean} typed */
  #resolve(word, key, typed) {
    const wanted = wordOf(word).form;
    const forms = [...this.forms.keys()];
    const longer = typed && wanted.length > 2 ? forms.filter((form) => form.startsWith(wanted)) : [];
    /** @param {string[]} some */
    const terms = (some) => [...new Set(some.map((form) => this.forms.get(form) ?? form))].map((term) => [term]);
    if (this.counts.has(key) || longer.length) return [[key], ...terms(longer)];
    const most = wanted.length < 4 || /\d/.test(wanted) ? 0 : wanted.length < 8 ? 1 : 2;
    const near = forms.map((form) => (form[0] === wanted[0] ? editDistance([...wanted], [...form], most) : most + 1));
    const least = Math.min(...near);
    return least > most ? [[key]] : terms(forms.filter((_, place) => near[place] === least));
  }

  /** The sections that answer a question, the best first. @param {string} question @returns {Found[]} */
  ask(question) {
    const units = this.units(question).map(({ ways }) => ({ ways, weight: this.#weight(ways) }));
    const share = (/** @type {(term: string) => boolean} */ there) => {
      const said = units.map(({ ways, weight }) => weight * Math.max(...ways.map((way) => this.#share(way, there))));
      return sum(said) / sum(units.map(({ weight }) => weight));
    };
    const subject = units.some(({ ways: [[term]] }) => term[0] === "=" && this.subjects.has(term));
    if (!subject && !(share((term) => this.counts.has(term)) >= KNOWN)) return [];
    /** @type {Map<string, number>} */
    const weights = new Map();
    for (const { ways } of units) {
      ways.forEach((way, place) => way.forEach((term) => weights.set(term, Math.max(weights.get(term) ?? 0, place ? SECOND : 1))));
    }
    const results = this.index.search([...weights.keys()].join(" "), { boost: WEIGHTS, boostTerm: (term) => weights.get(term) ?? 1 });
    const literal = plain(question);
    const name = /[a-z][A-Z]|[_.]/.test(question) ? literal : undefined; // of something in Python
    return results
      .map(({ id, score, queryTerms, match }) => {
        const section = this.sections[id];
        const { kind, titles, text } = section;
        const terms = new Set(queryTerms);
        const said = share((term) => terms.has(term));
        const title = plain(titles[titles.length - 1]);
        const titled = share((term) => match[term]?.includes("title") ?? false) === 1;
        const exact = title === literal ? 2 : titled ? (titles.length === 1 ? 2 : 1.5) : plain(text).includes(literal) ? 1.3 : 1;
        const rank = kind !== "object" ? 1 : title === name ? 2 : 0;
        return { section, terms, said, rank, score: score * said * exact * (kind === "sources" ? 0.3 : 1) };
      })
      .filter(({ said }) => said >= SAID)
      .sort((one, other) => other.rank - one.rank || other.score - one.score);
  }

  /** @param {string[][]} ways */
  #weight(ways) {
    const known = ways.filter((way) => way.every((term) => this.counts.has(term)));
    const rarest = (/** @type {string[]} */ way) => Math.max(...way.map((term) => this.rarity(term)));
    return Math.min(...(known.length ? known : ways).map(rarest));
  }

  /** How much of what is said in this way is there. @param {string[]} way @param {(term: string) => boolean} there */
  #share(way, there) {
    return sum(way.filter(there).map((term) => this.rarity(term))) / sum(way.map((term) => this.rarity(term)));
  }
}

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

/** A text as it is compared letter by letter. @param {string} text */
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "").replaceAll("−", "-");

const LONG = { latin: 180, han: 90 }; // letters of an excerpt

/**
 * What a result shows: its title, the stretch of its text that says most of the question, both in pieces that are marked or not,
 * and the marked words as they are written.
 * @param {Book} book @param {Found} found
 */
export function excerpt(book, { section: { titles, text }, terms }) {
  const long = (text.match(/\p{Script=Han}/gu)?.length ?? 0) > text.length / 4 ? LONG.han : LONG.latin;
  const hits = book.spans(text).filter(({ term }) => terms.has(term));
  let [best, most] = [0, -1];
  hits.forEach(({ start }, place) => {
    const inside = hits.slice(place).filter(({ end }) => end <= start + long);
    const said = [...new Set(inside.map(({ term }) => term))].reduce((sum, term) => sum + book.rarity(term), inside.length / 100);
    if (said > most) [best, most] = [start, said];
  });
  // From the sentence's beginning, if that is near, or else from a word's.
  const before = text.slice(Math.max(0, best - long / 3), best);
  const lead = /^.*[.!?。！？；] *(.*)$/su.exec(before)?.[1] ?? (before.length === best ? before : before.replace(/^[^\s，、：]*[\s，、：]/u, ""));
  const begin = best - lead.length;
  let end = Math.min(text.length, begin + long);
  while (end < text.length && /^[\p{L}\p{N}]$/u.test(text[end]) && !/\p{Script=Han}/u.test(text[end])) end += 1;
  const title = titles[titles.length - 1];
  const titled = book.spans(title).filter(({ term }) => terms.has(term));
  const words = [title, text].flatMap((part, place) => merged([titled, hits][place]).map(({ start, end }) => part.slice(start, end)));
  const shown = pieces(text.slice(begin, end), hits.map((hit) => ({ start: hit.start - begin, end: hit.end - begin })));
  const dots = (/** @type {boolean} */ cut) => (cut ? [{ text: "…", marked: false }] : []);
  return {
    title: pieces(title, titled),
    text: [...dots(begin > 0), ...shown, ...dots(end < text.length)],
    words: [...new Set(words)].slice(0, 20),
  };
}

/** Stretches that do not overlap, in their order. @param {{start: number, end: number}[]} spans */
function merged(spans) {
  /** @type {{start: number, end: number}[]} */
  const found = [];
  for (const { start, end } of spans.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = found[found.length - 1];
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else found.push({ start, end });
  }
  return found;
}

/** @param {string} text @param {{start: number, end: number}[]} spans */
function pieces(text, spans) {
  const found = [];
  let place = 0;
  for (const { start, end } of merged(spans.filter(({ start, end }) => start >= 0 && end <= text.length))) {
    found.push({ text: text.slice(place, start), marked: false }, { text: text.slice(start, end), marked: true });
    place = end;
  }
  return [...found, { text: text.slice(place), marked: false }].filter((piece) => piece.text);
}
