// Copying a text for a reader.
import { say } from "./words.js";

/**
 * Where a page may not write to the clipboard, the text is selected: the reader still can copy it.
 * @param {string} text @param {HTMLElement} told Where it is said. @param {() => void} select
 */
export async function copy(text, told, select) {
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = say("Copied.");
  } catch {
    select();
    told.textContent = say("Selected: copy it with your keyboard or the menu of your browser.");
  }
}
