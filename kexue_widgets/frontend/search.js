// The search as a reader meets it: results below the field while one types. reader.js loads it when it is first wanted.
import { unpacked } from "./arrays.js";
import { make } from "./dom.js";
import { markAt } from "./marking.js";
import { Book, excerpt } from "./retrieval.js";
import { say } from "./words.js";

const SHOWN = 12;

/** What can be found, as the edition's script has brought it. @returns {Promise<Book>} */
async function open() {
  const bytes = await unpacked(globalThis.KexueSections ?? "");
  return new Book(JSON.parse(new TextDecoder().decode(bytes)));
}

/** @param {{text: string, marked: boolean}[]} pieces */
const marked = (pieces) => pieces.map(({ text, marked }) => (marked ? make("mark", { class: "kexue-mark" }, text) : text));

/** A section, and the words to be marked there. @param {Book} book @param {import("./retrieval.js").Found} found */
function result(book, found) {
  const { section } = found;
  const { title, text, words } = excerpt(book, found);
  const asked = words.map((word) => `mark=${encodeURIComponent(word)}`).join("&");
  const root = document.documentElement.dataset.content_root ?? "./";
  const place = section.id ? `#${section.id}` : "";
  const link = make("a", { href: `${root}${section.path}${asked ? `?${asked}` : ""}${place}` }, make("b", {}, ...marked(title)));
  if (section.titles.length > 1) link.append(make("small", {}, section.titles.slice(0, -1).join(" › ")));
  link.append(make("span", {}, ...marked(text)));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || link.pathname !== location.pathname) return;
    // On this page: what the reader has set in its figures stays.
    event.preventDefault();
    link.closest("dialog")?.close();
    markAt(place, words);
    location.hash = place || "#main-content";
  });
  return make("li", {}, link);
}

/** @param {Book} book @param {HTMLFormElement} form @param {HTMLElement} panel Where results are shown. */
function start(book, form, panel) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const told = make("p", { role: "status" });
  const list = make("ol", { "aria-label": say("Results") });
  panel.replaceChildren(told, list);
  const links = () => [...list.querySelectorAll("a")];

  function show() {
    const question = field.value;
    const found = book.ask(question);
    list.replaceChildren(...found.slice(0, SHOWN).map((each) => result(book, each)));
    panel.scrollTop = 0;
    const count = { count: found.length };
    told.textContent = !question.trim() ? "" : found.length ? say("Sections found: {count}", count) : say("Nothing in this book answers to that.");
    panel.dispatchEvent(new CustomEvent("kexue:found", { bubbles: true, detail: question }));
  }

  field.addEventListener("input", (event) => {
    // Letters on their way to a Chinese word are not yet a question.
    if (!(/** @type {InputEvent} */ (event).isComposing)) show();
  });
  field.addEventListener("compositionend", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    links()[0]?.click();
  });
  form.parentElement?.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    const stops = [field, ...links()];
    const place = stops.findIndex((stop) => stop === document.activeElement);
    if (step && place >= 0) {
      event.preventDefault();
      stops[(place + step + stops.length) % stops.length].focus();
    } else if (place > 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      field.focus(); // who goes on typing goes on asking
    }
  });
  show();
}

globalThis.KexueSearch = open().then((book) => {
  for (const panel of document.querySelectorAll(".kexue-found")) {
    const form = panel.parentElement?.querySelector("form");
    if (form) start(book, form, /** @type {HTMLElement} */ (panel));
  }
});
