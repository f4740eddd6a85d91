// The kinds of marks: a new one is a file beside these, and a name in this table. `live/marks/` mirrors them.
import * as arrows from "./arrows.js";
import * as band from "./band.js";
import * as bars from "./bars.js";
import * as dots from "./dots.js";
import * as graph from "./graph.js";
import * as heatmap from "./heatmap.js";
import * as histogram from "./histogram.js";
import * as images from "./images.js";
import * as lines from "./lines.js";
import * as passages from "./passages.js";
import * as ranking from "./ranking.js";
import * as table from "./table.js";
import * as texts from "./texts.js";

const IN_AXES = { lines, band, dots, arrows, heatmap, histogram, bars, texts };
const ALONE = { images, table, graph, ranking, passages }; // in their views
const MARKS = { ...IN_AXES, ...ALONE };

/**
 * @typedef {Parameters<(typeof IN_AXES)[keyof typeof IN_AXES]["draw"]>[0]} InAxes
 * @typedef {InAxes | Parameters<(typeof ALONE)[keyof typeof ALONE]["build"]>[0]} Mark  Any of them.
 */

/** @param {Mark} mark @returns {import("../types").MarkKind} */
export const kindOf = ({ kind }) => MARKS[kind];
