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
