// What a reader may do with a page beside reading it: cite it, share it, print it. The buttons stand in its header.
import { copy } from "./copy.js";
import { make } from "./dom.js";
import { addressToShare } from "./hash.js";
import { remember } from "./languages.js";
import { markAsAsked, unmark } from "./marking.js";
import { arrive, place } from "./place.js";
import { say } from "./words.js";

/** @type {{references: Record<"web" | "folder", {text: string, bibtex: string}>, search: boolean}} */
const { references, search } = JSON.parse(document.getElementById("kexue-page")?.textContent ?? "{}");

/** Where this page is, unless that is a folder of the reader's own. */
const address = () => (location.protocol.startsWith("http") ? location.href.replace(/#.*/, "") : "");

/** As guide/cite.py writes them, with the address and the day filled in. */
function citations() {
  const url = address();
  const date = new Date().toLocaleDateString("sv"); // as 2026-01-31
  const read = say("read on {date}", { date });
  const { text, bibtex } = references[url ? "web" : "folder"];
  const filled = (/** @type {string} */ reference) =>
    reference.replace("https://ADDRESS/", () => url).replace("read on YYYY-MM-DD", () => read).replace("YYYY-MM-DD", () => date);
  return { [say("Text")]: filled(text), BibTeX: filled(bibtex) };
}

/** A dialog of texts that can be copied. @param {string} title @param {Record<string, string>} texts @param {string} [hint] */
function offer(title, texts, hint) {
  const told = make("p", { role: "status" }, hint ?? "");
  const close = make("button", { type: "button" }, say("Close"));
  const dialog = make("dialog", { class: "kexue-dialog", "aria-label": title }, make("h2", {}, title));
  for (const [name, text] of Object.entries(texts)) {
    const field = make("textarea", { readonly: true, "aria-label": name, rows: Math.min(text.split("\n").length + 1, 8) }, text);
    const button = make("button", { type: "button" }, say("Copy {what}", { what: name }));
    button.addEventListener("click", () => {
      field.select();
      copy(text, told, () => field.select());
    });
    dialog.append(field, button);
  }
  dialog.append(told, close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const own = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src ?? document.baseURI;

/** @param {string} src */
const load = (src) =>
  new Promise((resolve, reject) => {
    const script = make("script", { src });
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });

/** Who turns to the search loads what can be found, then what finds it. */
async function openSearch() {
  for (const panel of panels) panel.replaceChildren(make("p", { role: "status" }, say("The search is being loaded …")));
  try {
    await load(`${document.documentElement.dataset.content_root ?? "./"}sections.js`);
    await load(new URL("search.js", own).href);
    await globalThis.KexueSearch; // which fails where what can be found is damaged
  } catch {
    searched = false; // the reader may try again
    for (const panel of panels) panel.replaceChildren(make("p", { role: "status" }, say("The search could not be loaded.")));
  }
}

const fields = search ? [...document.querySelectorAll("form.bd-search input")] : [];
const panels = fields.map((field) => {
  const panel = make("div", { class: "kexue-found" });
  field.closest("form")?.after(panel);
  return panel;
});
let searched = false;
for (const field of fields) {
  field.addEventListener("focus", () => {
    if (!searched) openSearch();
    searched = true;
  });
}
const asked = /** @type {HTMLInputElement | null} */ (document.querySelector(".kexue-search-page input"));
if (asked) {
  asked.value = new URLSearchParams(location.search).get("q") ?? "";
  asked.focus();
}

markAsAsked();
document.addEventListener("keydown", ({ key }) => key === "Escape" && unmark());

// The same page in another language: at the same place, with what the reader has set in its figures, and in a new tab, too.
/** @type {NodeListOf<HTMLAnchorElement>} */
const switches = document.querySelectorAll("a.kexue-language");
for (const link of switches) {
  const lead = () => {
    const page = link.getAttribute("href")?.replace(/[?#].*/, "");
    link.setAttribute("href", `${page}?at=${place()}${location.hash}`);
  };
  for (const event of ["pointerenter", "focus", "pointerdown", "click"]) link.addEventListener(event, lead, { capture: true });
  for (const event of ["click", "auxclick"]) link.addEventListener(event, () => remember(link.hreflang));
}
arrive();

globalThis.KexueReader = {
  cite: () => offer(say("Cite this page"), citations()),
  share: () =>
    offer(
      say("Share this page"),
      { [say("link")]: addressToShare() },
      location.hash.startsWith("#live:") ? say("The link carries what you have set in the page's figures.") : undefined,
    ),
};
