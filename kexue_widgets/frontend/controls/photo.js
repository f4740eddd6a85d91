// A photo that a reader brings along: chosen, dropped or pasted, made a small square here, and kept in this browser.
// None comes from an address: it would be too long, and is nobody else's business.
import { bytesOf } from "../arrays.js";
import { make } from "../dom.js";
import { Trouble, inWords, say, valued } from "../words.js";

// Its value is a PNG data URL of size by size pixels, or nothing.
/** @typedef {import("../types").Named<"photo", string> & {size: number}} Photo */

/** @type {import("../types").Build<Photo>} */
export function build({ name, label: words, size }, { set, refuse, signal }) {
  const label = say(words);
  const thumbnail = make("img", { class: "kexue-thumbnail", alt: say("{label}: the photo that the model sees", { label }) });
  const invitation = make("span", {}, say("Choose a photo, drop one here, or paste one. It stays on your machine."));
  const input = make("input", { type: "file", accept: "image/*", hidden: true });
  const choose = make("button", { type: "button", class: "kexue-button" }, say("Choose a photo"));
  const remove = make("button", { type: "button", class: "kexue-button" }, say("Remove"));
  const buttons = make("div", { class: "kexue-buttons", role: "group", "aria-label": label }, choose, input, remove);
  const area = make("div", { class: "kexue-drop" }, thumbnail, make("div", {}, invitation, buttons));
  let latest = 0;
  let taken = Promise.resolve();

  /** The last good photo stays until there is another; of several on their way, only the last is looked at. */
  /** @param {File | undefined} file */
  function take(file) {
    if (!file) return refuse(say("That is no file with a photo."));
    const mine = ++latest;
    taken = taken.then(async () => {
      if (mine !== latest) return;
      try {
        const photo = await squared(file, size);
        if (mine === latest) set(name, photo);
      } catch (error) {
        if (mine === latest) refuse(inWords(error));
      }
    });
  }

  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) take(file);
    input.value = ""; // the same file may be chosen again
  });
  remove.addEventListener("click", () => {
    choose.focus(); // this button is about to go
    latest += 1;
    set(name, "");
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    area.addEventListener(kind, (event) => {
      const { dataTransfer, relatedTarget } = /** @type {DragEvent} */ (event);
      event.preventDefault();
      event.stopPropagation(); // a notebook would take the file for itself
      const leaves = kind === "drop" || (kind === "dragleave" && !area.contains(/** @type {Node | null} */ (relatedTarget)));
      if (kind !== "dragleave" || leaves) area.classList.toggle("kexue-over", !leaves);
      if (kind === "drop") take(dataTransfer?.files[0]);
    });
  }
  // Browsers send a paste to the page's body when no text field has the focus.
  document.addEventListener(
    "paste",
    (event) => {
      const [file] = event.clipboardData?.files ?? [];
      if (!file || !(area.contains(document.activeElement) || area.matches(":hover"))) return;
      event.preventDefault();
      take(file);
    },
    { signal },
  );

  const head = make("div", { class: "kexue-head" }, make("span", { class: "kexue-name" }, label));
  return {
    element: make("div", { class: "kexue-control kexue-photo" }, head, area),
    show: (value) => {
      if (value) thumbnail.src = value;
      thumbnail.hidden = remove.hidden = !value;
      invitation.hidden = Boolean(value);
    },
    describe: (value) => valued(label, say(value ? "a photo" : "no photo")),
  };
}

/**
 * The middle of a picture, `size` pixels square, as a PNG data URL: without losses, so that a kernel sees what a page sees.
 * @param {File} file @param {number} size
 */
async function squared(file, size) {
  if (file.type && !file.type.startsWith("image/")) throw new Trouble("“{name}” is not a photo.", { name: file.name });
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Trouble(
      "“{name}” cannot be read: it may be damaged, too large, or of a kind that this browser does not know.",
      { name: file.name },
    );
  });
  let side = Math.min(bitmap.width, bitmap.height);
  let [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  /** @type {CanvasImageSource} */
  let picture = bitmap;
  // By halves: browsers that shrink a picture in one leap skip some of its pixels.
  for (let done = false; !done; done = side === size) {
    const next = Math.max(size, Math.floor(side / 2));
    picture = painted(picture, [left, top, side], next);
    [left, top, side] = [0, 0, next];
  }
  bitmap.close();
  return /** @type {HTMLCanvasElement} */ (picture).toDataURL("image/png");
}

/** A square of a picture, resized, on white. @param {CanvasImageSource} picture @param {number[]} square @param {number} size */
function painted(picture, [left, top, side], size) {
  const canvas = make("canvas", { width: size, height: size });
  const context = contextOf(canvas);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, left, top, side, side, 0, 0, size, size);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) =>
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));

/** @type {Map<string, Promise<Float32Array>>} */
const decoded = new Map();
const KEPT = 4; // photos

/** A photo as its graphs see it: (size, size, 3) from 0 to 255. @param {Photo} control @param {string} url */
export async function numbers({ size }, url) {
  const shape = [size, size, 3];
  if (!url) return { data: new Float32Array(size * size * 3), shape };
  const key = `${size} ${url}`;
  const known = decoded.get(key) ?? pixels(url, size);
  decoded.delete(key); // so that it counts as the latest
  decoded.set(key, known);
  if (decoded.size > KEPT) decoded.delete(/** @type {string} */ (decoded.keys().next().value));
  return { data: await known, shape };
}

/** @param {string} url @param {number} size */
async function pixels(url, size) {
  const blob = new Blob([bytesOf(url.slice(url.indexOf(",") + 1))], { type: "image/png" });
  // The very numbers in the file.
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = painted(bitmap, [0, 0, size], size);
  const { data } = contextOf(canvas).getImageData(0, 0, size, size);
  return Float32Array.from(data.filter((_, index) => index % 4 < 3));
}
