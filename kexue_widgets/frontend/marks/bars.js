// Bars with names, side by side where a view has several marks of them.
import * as Plot from "@observablehq/plot";
import { drawable, extent, mustMatch } from "../arrays.js";
import { formatNumber } from "../numbers.js";
import { spanOf } from "../ranges.js";
import { say } from "../words.js";
import { baseOf, colorOf, legendOf, pointTip } from "./drawn.js";
import { oneLine } from "./gaps.js";

/** @typedef {{kind: "bars", heights: string, names?: string[] | null} & import("./drawn.js").Paint} Bars */

/** @type {import("../types").Draw<Bars>} */
export function draw(mark, arrays, view) {
  const heights = drawable(arrays, mark.heights, 1).data;
  const count = heights.length;
  if (mark.names) mustMatch(mark.heights, count, "names", mark.names.length);
  const { x1, x2, width } = placesOf(mark, view, count);
  const names = mark.names?.map((name) => say(name)) ?? Array.from(heights, (_, index) => String(index));
  const centres = x1.map((left) => left + width / 2);
  const style = { fill: colorOf(mark), clip: true };
  const legend = legendOf(mark, "block");
  const title = (/** @type {unknown} */ _, /** @type {number} */ index) =>
    [names[index], legend?.label, formatNumber(heights[index])].filter(Boolean).join("\n");
  return {
    x: [-0.5, count - 0.5],
    y: extent(heights, view.y_log),
    tight: true,
    zero: true,
    names,
    legend,
    draw: ({ y }) => [
      Plot.rect({ length: count }, { x1, x2, y1: x1.map(() => baseOf(y)), y2: heights, ...style }),
      pointTip(centres, heights, { title }),
    ],
  };
}

/** Where the bars of a mark begin and end, side by side with those of others. @param {Bars} mark @param {import("../types").View} view @param {number} count */
function placesOf(mark, view, count) {
  const groups = view.marks.filter(({ kind }) => kind === mark.kind);
  const width = 0.8 / groups.length;
  const offset = (groups.indexOf(mark) - groups.length / 2) * width;
  const x1 = Array.from({ length: count }, (_, index) => index + offset);
  return { x1, x2: x1.map((left) => left + width * 0.96), width };
}

/** A line across each bar. @type {import("../types").DrawKept<Bars>} */
export function kept(mark, runs, view) {
  const all = runs.map((arrays) => drawable(arrays, mark.heights, 1).data);
  const style = { stroke: "var(--kexue-text)", strokeWidth: runs.length > 1 ? 1 : 2.2, strokeOpacity: runs.length > 1 ? 0.7 : 1 };
  const lines = all.flatMap((heights) => {
    const { x1, x2 } = placesOf(mark, view, heights.length);
    return Array.from(heights, (height, index) => ({ x: [x1[index], x2[index]], y: [height, height] }));
  });
  return {
    x: [-0.5, Math.max(...all.map(({ length }) => length)) - 0.5],
    y: spanOf(all.map((heights) => extent(heights, view.y_log))),
    tight: true,
    zero: true,
    above: true,
    draw: () => [oneLine(lines, style)],
  };
}
