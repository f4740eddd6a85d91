// The kinds of controls: a new one is a file beside these, and a name in this table. `live/controls/` mirrors them, but for
// `reactions`, which belongs to a chapter.
import * as choice from "./choice.js";
import * as photo from "./photo.js";
import * as points from "./points.js";
import * as query from "./query.js";
import * as reactions from "./reactions.js";
import * as seed from "./seed.js";
import * as slider from "./slider.js";
import * as toggle from "./toggle.js";

const CONTROLS = { slider, toggle, choice, points, photo, query, reactions, seed };

/** @typedef {Parameters<(typeof CONTROLS)[keyof typeof CONTROLS]["build"]>[0]} Control  Any of them. */

/** @param {Control} control @returns {import("../types").ControlKind} */
export const kindOf = ({ kind }) => CONTROLS[kind];

/** The values that texts give to controls; where they give none that can be read, what these have at first. */
/** @param {Control[]} controls @param {Map<string, string>} texts */
export function valuesIn(controls, texts) {
  const given = controls.map((control) => {
    const text = texts.get(control.name);
    const value = text === undefined ? undefined : kindOf(control).fromText?.(control, text);
    return [control.name, value ?? control.value];
  });
  return Object.fromEntries(given);
}
