// What passes between Python and the front end, and between the parts of the front end.

export type Point = [number, number];
export type Value = number | boolean | string | Point[];
export type Values = Record<string, Value>;

export interface Slider {
  kind: "slider";
  name: string;
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  log: boolean;
  unit: string;
}
export interface Toggle {
  kind: "toggle";
  name: string;
  label: string;
  value: boolean;
}
export interface Choice {
  kind: "choice";
  name: string;
  label: string;
  value: string;
  options: Option[];
}
export interface Option {
  label: string;
  value: number | number[] | null;
}
export interface Points {
  kind: "points";
  name: string;
  label: string;
  value: Point[];
  fallback: Point[];
  x_range: [number, number];
  y_range: [number, number];
  capacity: number;
}
/** Its value is a PNG data URL of size by size pixels, or nothing. */
export interface Photo {
  kind: "photo";
  name: string;
  label: string;
  value: string;
  size: number;
}
/** A term is a string of its written forms, separated by spaces. */
export interface Query {
  kind: "query";
  name: string;
  label: string;
  value: string;
  terms: string[];
  capacity: number;
}
export type Control = Slider | Toggle | Choice | Points | Photo | Query;

type Paint = { label?: string | null; color?: string | null };
export type Lines = Paint & { kind: "lines"; x: string; y: string; dashed?: boolean; step?: boolean };
export type Band = Paint & { kind: "band"; x: string; low: string; high: string };
export type Dots = Paint & { kind: "dots"; x: string; y: string; size?: number };
export type Arrows = Paint & { kind: "arrows"; x: string; y: string; dx: string; dy: string };
export type Heatmap = {
  kind: "heatmap";
  values: string;
  x?: string | null;
  y?: string | null;
  scale: "sequential" | "diverging";
  range?: [number, number] | null;
};
export type Histogram = Paint & {
  kind: "histogram";
  values: string;
  weights?: string | null;
  edges?: [number, number, number] | null;
  density: boolean;
};
export type Bars = Paint & { kind: "bars"; heights: string; names?: string[] | null };
export type Images = {
  kind: "images";
  values: string;
  columns: number;
  range: [number, number];
  captions?: string[] | null;
  scores?: string | null;
  digits: number;
};
export type Table = { kind: "table"; values: string; rows: string[]; columns: string[]; digits: number };
/** A place is a layer, and where in it: 0 in the middle, 1 apart from node to node. */
export type Graph = {
  kind: "graph";
  nodes: { name: string; label: string; place: Point }[];
  edges: { from: string; to: string; route: Point[] }[];
  highlight_nodes?: string | null;
  highlight_edges?: string | null;
  values?: string | null;
  control?: string | null;
  digits: number;
};
/** Words are the names or, without them, the options of the control. */
type Words = Paint & { names?: string[] | null; control?: string | null };
export type Ranking = Words & { kind: "ranking"; index: string; score: string; digits: number };
export type Texts = Words & { kind: "texts"; x: string; y: string; index?: string | null; size: number };
export type Passages = { kind: "passages"; index: string; texts: string[]; links?: string[] | null };
export type Mark = Lines | Band | Dots | Arrows | Heatmap | Histogram | Bars | Images | Table | Graph | Ranking | Texts | Passages;

export interface View {
  title: string;
  x: string;
  y: string;
  x_range: [number, number] | null;
  y_range: [number, number] | null;
  x_log: boolean;
  y_log: boolean;
  aspect: number | null;
  marks: Mark[];
}

export interface Variant {
  when: Values;
  graph: string;
  noise: number;
}
export type Part = "start" | "step" | "frame";
export type ModelSpec = Partial<Record<Part, Variant[]>>;
export interface PackedFrame {
  steps: number;
  arrays: { name: string; shape: number[]; data: string }[];
}

export interface Manifest {
  name: string;
  description: string;
  controls: Control[];
  seed: number;
  random: boolean;
  stateful: boolean;
  speed: number;
  opening: number;
  starts: string[];
  views: View[];
  frame?: PackedFrame;
  model?: ModelSpec;
  /** Graphs by name, packed; on a book's page each is in a script of its own instead. */
  graphs?: Record<string, string>;
}

export type NamedArray = { shape: number[]; data: Float32Array };
export type Arrays = Record<string, NamedArray>;
export type Frame = { steps: number; arrays: Arrays };

/** Where the model runs: the kernel or this browser. */
export interface Engine {
  /** Fetches whatever the first request will need; may be called any number of times. */
  prepare(values: Values): Promise<void>;
  frame(values: Values, seed: number): Promise<Frame>;
  advance(steps: number, values: Values, seed: number): Promise<Frame>;
  reset(values: Values, seed: number): Promise<Frame>;
}

/** The few methods of a Jupyter widget's model that an explorer uses; a page has a stub with the same ones. */
export interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, callback: (...args: any[]) => void): void;
  off(event: string, callback: (...args: any[]) => void): void;
}

/** What tests and curious readers may look at. */
export interface Exposed {
  readonly arrays: Arrays;
  readonly steps: number;
  readonly values: Values;
  readonly playing: boolean;
}

export type Say = (words: string, blanks?: Record<string, string | number>) => string;

export interface Tensor {
  readonly dims: readonly number[];
  readonly data: any;
}
export interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, any>): Promise<Record<string, any>>;
}
export interface OnnxEngine {
  create(bytes: Uint8Array): Promise<Session>;
  Tensor: new (type: "float32", data: Float32Array, dims: number[]) => Tensor;
}

declare global {
  var KexueEngine: OnnxEngine | undefined;
  var KexueReader: { cite: () => void; share: () => void } | undefined;
  var KexueGraphs: Record<string, string> | undefined;
}
