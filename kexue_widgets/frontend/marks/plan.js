// Where the nodes of a graph stand and how its edges run: arithmetic alone. live/layered.py says in which layer each node
// stands and where in it; here the layers go from left to right or, where that is too wide, from top to bottom, or like the
// words of a text.

/**
 * @typedef {import("../types").Point} Point
 * @typedef {Pick<import("./graph.js").Graph, "nodes" | "edges">} Layered
 * @typedef {{size: Point, corners: Point[], lines: string[]}} Plan
 */

const BETWEEN = 26; // pixels between two layers
const APART = 64; // pixels at most, where there is room: lines that cross are told apart
const BESIDE = 12; // pixels between two nodes of a layer
const BEND = 8; // pixels that an edge takes in a layer that it passes
const STUB = 16; // pixels of an edge that are seen where it goes on in the next row
const TALLEST = 640; // pixels: what would be taller stays in one row, which is scrolled sideways
const HEAD = [6, 4]; // pixels, length and half width of an arrowhead

/** @param {Layered} graph @param {Point[]} sizes Of the nodes, in pixels. @param {number} width What there is room for. */
export function planFor(graph, sizes, width) {
  const close = plan(graph, sizes, 0, Infinity);
  const gaps = Math.max(...graph.nodes.map(({ place }) => place[0]));
  const wider = Math.floor((width - close.size[0]) / gaps); // not a number where there is no gap
  const oneRow = wider > 0 && !isFile(graph) ? plan(graph, sizes, 0, Infinity, Math.min(BETWEEN + wider, APART)) : close;
  const others = [plan(graph, sizes, 1, Infinity), plan(graph, sizes, 0, width)];
  if (isFile(graph)) others.reverse();
  const fits = (/** @type {Plan} */ { size }) => size[0] <= width && size[1] <= TALLEST;
  return [oneRow, ...others].find(fits) ?? oneRow;
}

/** Whether one node follows the other, as words do. @param {Layered} graph */
const isFile = ({ nodes, edges }) =>
  new Set(nodes.map(({ place }) => place[0])).size === nodes.length && edges.every(({ route }) => route.length === 2);

/**
 * Corners of the nodes and lines of the edges. Worked out along the layers and across them, in whichever direction these go.
 * @param {Layered} graph @param {Point[]} sizes @param {0 | 1} direction 0 to the right, 1 down.
 * @param {number} length How far the layers may go before they begin a new row. @param {number} [between] Two layers.
 * @returns {Plan}
 */
function plan({ nodes, edges }, sizes, direction, length, between = BETWEEN) {
  const boxes = nodes.map(({ name, place }, index) => {
    return { name, place, depth: sizes[index][direction], breadth: sizes[index][1 - direction] };
  });
  const bends = edges.flatMap(({ route }) => route.slice(1, -1)).map((place) => ({ place, depth: 0, breadth: BEND }));
  /** @type {(typeof bends)[]} */
  const layers = [];
  for (const each of [...boxes, ...bends]) (layers[each.place[0]] ??= []).push(each);
  const rows = inRows(layers.map(depthOf), length, between);
  const breadths = rows.reduce((/** @type {number[]} */ all, { row }, index) => {
    all[row] = Math.max(all[row] ?? 0, breadthOf(layers[index]));
    return all;
  }, []);
  const before = (/** @type {number} */ row) => breadths.slice(0, row).reduce((sum, breadth) => sum + breadth + BETWEEN, 0);
  const middles = breadths.map((breadth, row) => before(row) + breadth / 2);
  const across = new Map(layers.flatMap((layer, index) => spread(layer, middles[rows[index].row])));

  /** @param {number} along @param {number} beside @returns {Point} */
  const point = (along, beside) => (direction ? [beside, along] : [along, beside]);
  const corners = boxes.map(({ place, depth, breadth }) => {
    return point(rows[place[0]].centre - depth / 2, (across.get(String(place)) ?? 0) - breadth / 2);
  });
  const halfDepth = new Map(boxes.map(({ name, depth }) => [name, depth / 2]));
  const lines = edges.map(({ from, to, route }) => {
    // Where the line leaves and enters what lies on its way: straight through a layer, curved between two.
    const stops = route.flatMap((place) => {
      const [layer] = place;
      const half = depthOf(layers[layer]) / 2;
      const { centre, row } = rows[layer];
      return [-half, half].map((by) => ({ along: centre + by, beside: across.get(String(place)) ?? 0, row }));
    });
    stops[1].along = rows[route[0][0]].centre + (halfDepth.get(from) ?? 0);
    stops[stops.length - 2].along = rows[route[route.length - 1][0]].centre - (halfDepth.get(to) ?? 0) - 2;
    return curve(stops.slice(1, -1), point);
  });
  const last = breadths.length - 1;
  const end = Math.max(...layers.map((layer, index) => rows[index].centre + depthOf(layer) / 2)) + (last ? STUB : 0);
  return { size: point(end, before(last) + breadths[last]), corners, lines };
}

/** @typedef {{row: number, centre: number}} Stand  The row of a layer, and where in it its centre lies. */

const FINER = 4; // pixels

/**
 * No more rows than have to be, and none so long that it leaves the last one a single layer.
 * @param {number[]} depths @param {number} length @param {number} between @returns {Stand[]}
 */
function inRows(depths, length, between) {
  let rows = filled(depths, length, between);
  const last = rows[rows.length - 1].row;
  for (let shorter = length; last && shorter > 0; shorter -= FINER) {
    const even = filled(depths, shorter, between);
    if (even[even.length - 1].row > last) break;
    rows = even;
  }
  return rows;
}

/** Rows as full as can be. @param {number[]} depths @param {number} length @param {number} between @returns {Stand[]} */
function filled(depths, length, between) {
  let row = 0;
  let begin = 0;
  return depths.map((depth, layer) => {
    if (layer && begin + depth + STUB > length) {
      row += 1;
      begin = STUB;
    }
    begin += depth + between;
    return { row, centre: begin - between - depth / 2 };
  });
}

/** @param {{depth: number}[]} layer */
const depthOf = (layer) => Math.max(...layer.map(({ depth }) => depth));

/** @param {{breadth: number}[]} layer */
const breadthOf = (layer) => layer.reduce((sum, { breadth }) => sum + breadth, 0) + (layer.length - 1) * BESIDE;

/**
 * Puts what is in one layer side by side, in the order of the places, around the middle.
 * @param {{place: Point, breadth: number}[]} layer @param {number} middle
 * @returns {[string, number][]} Places with their centres in pixels.
 */
function spread(layer, middle) {
  let end = middle - breadthOf(layer) / 2;
  return [...layer]
    .sort((one, other) => one.place[1] - other.place[1])
    .map(({ place, breadth }) => {
      end += breadth + BESIDE;
      return [String(place), end - BESIDE - breadth / 2];
    });
}

/**
 * @param {{along: number, beside: number, row: number}[]} stops Pairs of leaving and entering.
 * @param {(along: number, beside: number) => Point} point
 * @returns {string} An SVG path with an arrowhead.
 */
function curve(stops, point) {
  const at = (/** @type {number} */ along, /** @type {number} */ beside) => {
    return point(along, beside).map((each) => each.toFixed(1)).join(" ");
  };
  const parts = stops.map(({ along, beside, row }, index) => {
    const here = at(along, beside);
    if (index === 0) return `M${here}`;
    if (index % 2 === 0) return `L${here}`;
    const before = stops[index - 1];
    if (row > before.row) return `L${at(before.along + STUB, before.beside)}M${at(along - STUB, beside)}L${here}`;
    const middle = (before.along + along) / 2;
    return `C${at(middle, before.beside)} ${at(middle, beside)} ${here}`;
  });
  const { along, beside } = stops[stops.length - 1];
  const [length, half] = HEAD;
  return `${parts.join("")}M${at(along - length, beside - half)}L${at(along, beside)}L${at(along - length, beside + half)}`;
}
