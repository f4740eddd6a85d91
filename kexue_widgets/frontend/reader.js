// What a reader may do with a page beside reading it: cite it, share it, print it. The buttons stand in its header.
import { make } from "./dom.js";
import { say } from "./words.js";

/** @type {{title: string, book: string, author: string, year: string, name: string}} */
const page = JSON.parse(document.getElementById("kexue-page")?.textContent ?? "{}");

/** Where this page is, unless that is a folder of the reader's own. */
const address = () => (location.protocol.startsWith("http") ? location.href.replace(/#.*/, "") : "");
const today = () => new Date().toLocaleDateString("sv"); // as 2026-01-31

// As in guide/cite.py: braces by name, since BibTeX counts those with a backslash, too.
/** @type {Record<string, string>} */
const NAMED = { "\\": "backslash", "{": "braceleft", "}": "braceright", "~": "asciitilde", "^": "asciicircum" };

/** TeX's own characters, so that they are printed. @param {string} text */
const escaped = (text) => text.replace(/[&%$#_\\{}~^]/g, (letter) => (NAMED[letter] ? `{\\text${NAMED[letter]}}` : `\\${letter}`));

// The same references as the guide's for this chapter.
function citations() {
  const { title, book, author, year, name } = page;
  const url = address();
  const read = url && say("read on {date}", { date: today() });
  const fields = Object.entries({
    author: `{{${escaped(author)}}}`, // the second pair keeps the name in one piece
    title: `{{${escaped(title)}}}`,
    year: `{${year}}`,
    howpublished: url && `{\\url{${url}}}`,
    note: `{${[escaped(book), read].filter(Boolean).join(", ")}}`,
  });
  const lines = fields.map(([field, value]) => (value ? `  ${field} = ${value},\n` : "")).join("");
  return {
    [say("Text")]: `${author}, “${title}”, ${book}, ${year}.${url ? ` ${url} (${read})` : ""}`,
    BibTeX: `@misc{kexuelive${year}${name},\n${lines}}`,
  };
}

/** A dialog of texts that can be copied. @param {string} title @param {Record<string, string>} texts @param {string} [hint] */
function offer(title, texts, hint) {
  const told = make("p", { role: "status" }, hint ?? "");
  const close = make("button", { type: "button" }, say("Close"));
  const dialog = make("dialog", { class: "kexue-dialog", "aria-label": title }, make("h2", {}, title));
  for (const [name, text] of Object.entries(texts)) {
    const field = make("textarea", { readonly: true, "aria-label": name, rows: Math.min(text.split("\n").length + 1, 8) }, text);
    const copy = make("button", { type: "button" }, say("Copy {what}", { what: name }));
    copy.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(text);
        told.textContent = say("Copied.");
      } catch {
        // Where a page may not write to the clipboard, the reader still can.
        told.textContent = say("Selected: copy it with your keyboard or the menu of your browser.");
      }
    });
    dialog.append(field, copy);
  }
  dialog.append(told, close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// The same page in another language, with what the reader has set in its figures.
for (const link of document.querySelectorAll("a.kexue-language")) {
  link.addEventListener("click", () => link.setAttribute("href", `${link.getAttribute("href")?.replace(/#.*/, "")}${location.hash}`));
}

globalThis.KexueReader = {
  cite: () => offer(say("Cite this page"), citations()),
  share: () =>
    offer(
      say("Share this page"),
      // Where the reader keeps a folder is nobody's business.
      { [say("link")]: address() ? location.href : location.href.replace(/.*\//, "") },
      location.hash.startsWith("#live:") ? say("The link carries what you have set in the page's figures.") : undefined,
    ),
};
