// What passes between Python and the front end, and between the parts of the front end.

export type Point = [number, number];
export type Value = number | boolean | string | Point[];
export type Values = Record<string, Value>;

export type Control = import("./controls/index.js").Control;
export type Mark = import("./marks/index.js").Mark;

/** What controls have in common as Python sends them; each kind's own file adds the rest. */
export interface Named<Kind extends string, Value> {
  kind: Kind;
  name: string;
  label: string;
  value: Value;
  /** The class's, where the explorer was made with another value. */
  default?: Value;
  /** Read only while other controls have one of these values. */
  when?: Record<string, Value[]>;
}

/** What the rest of the front end asks of a kind of control: the exports of its module. */
export interface ControlKind {
  build: Build<any>;
  /** A value as the graphs see it; nothing where it picks the graph. */
  numbers?(control: any, value: any): Numbers | undefined | Promise<Numbers>;
  /** A value from an address, nothing where the control cannot have it. Kinds without this stay out of addresses. */
  fromText?(control: any, text: string): Value | undefined;
  /** What the value calls things, for marks whose label is a name that a reader gives. */
  names?(control: any, value: any): string[];
  /** Whether making a value asks for it to be read, as drawing points does; others are disabled while nothing reads them. */
  makes?: boolean;
}
export type Build<Control> = (control: Control, context: Context) => Shown;
export type Numbers = { data: ArrayLike<number>; shape: number[] };
export interface Context {
  set(name: string, value: Value): void;
  refuse(words: string): void;
  announce(words: string): void;
  signal: AbortSignal;
}
export interface Shown {
  element: HTMLElement;
  show(value: any): void;
  describe(value: any): string;
}

/** What it asks of a kind of mark: how it is drawn in axes or, alone in its view, built. */
export interface MarkKind {
  draw?: Draw<any>;
  build?: Fill<any>;
  /** How what was kept of it is drawn beneath it in grey, one run or several; alone in its view it does so itself. */
  kept?: DrawKept<any>;
  /** Whether its view takes a whole row. */
  wide?: boolean;
}
export type Draw<Mark> = (mark: Mark, arrays: Arrays, view: View) => import("./marks/drawn.js").Drawn;
export type DrawKept<Mark> = (mark: Mark, runs: Arrays[], view: View) => import("./marks/drawn.js").Drawn;
export type Fill<Mark> = (mark: Mark, place: Place) => Filling;
/** Where a mark is built, and the control that it is about. */
export interface Place {
  title: string;
  signal: AbortSignal;
  choosing?: Choosing;
}
/** A choice among options: how to make it, and how to learn of it, now and whenever it changes. */
export interface Choosing {
  options: string[];
  choose(option: string): void;
  follow(show: (option: string) => void): void;
}
/** What stands in a view below its title. */
export interface Filling {
  legend?: HTMLElement;
  element: HTMLElement;
  /** Checks the arrays, throwing in words, and returns what draws them: no view is redrawn unless all can be. */
  prepare(arrays: Arrays, playing: boolean): () => void;
  /** Shows what was kept from now on, in place of what was shown so far; kinds without this leave no trace. */
  keep?(kept: { runs: Arrays[]; look: string }[]): void;
  /** Shows what is switched on in its legend, and nothing else. */
  redraw?(): void;
  /** Whether it stays legible at half a phone's width. */
  compact?(): boolean;
}

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
  /** The controls whose change starts the model anew, and those that each of its functions reads. */
  starts: string[];
  reads: Record<Part, string[]>;
  views: View[];
  frame?: PackedFrame;
  /** Frames up to that one, which play when a page opens. */
  film?: import("./film.js").Film;
  /** What its author kept of it. */
  kept?: any[];
  model?: ModelSpec;
  /** Whether the graphs are light enough to be fetched before they are asked for. */
  ahead?: boolean;
  /** Graphs by name, packed; on a book's page each is in a script of its own instead. */
  graphs?: Record<string, string>;
}

export type NamedArray = { shape: number[]; data: Float32Array };
export type Arrays = Record<string, NamedArray>;
/** What is shown after so many steps, and how many milliseconds it took to compute, where that is told. */
export type Frame = { steps: number; arrays: Arrays; took?: number };

/** Where the model runs: the kernel or this browser. */
export interface Engine {
  /** Fetches whatever the first request will need; with a seed, makes its state as well where that holds nobody up. */
  prepare(values: Values, seed?: number): Promise<void>;
  /** Gives up what is under way, be it for another state than these values need or, without values, whatever it is for. */
  leave?(values?: Values, seed?: number): void;
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
  /** What keeps the models of a notebook; a page has none. */
  widget_manager?: { get_model(id: string): Promise<any>; resolveUrl?(url: string): Promise<string> };
}

/** What tests and curious readers may look at. */
export interface Exposed {
  readonly arrays: Arrays;
  readonly steps: number;
  readonly values: Values;
  readonly playing: boolean;
  readonly kept: import("./kept.js").Kept[];
  /** Steps a second, and how the state came about, as an address tells it; nothing where a page does so by itself. */
  readonly speed: number;
  readonly trail: string | undefined;
  /** The marks that are switched off in legends, as an address tells it. */
  readonly off: string | undefined;
}
export interface Mounted extends Exposed {
  refresh(): void;
  /** Looks whether all is done: then the element has the attribute `data-settled`. */
  settle(): void;
  /** Values of controls and the seed, a speed, a state as `trail` told it, and what is switched off: what an address holds. */
  restore(wanted: { values: Values; speed: number; trail: string | undefined; off: string | undefined }): void;
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

/** A worker, the worker's own side of it, or one end of a channel. */
export interface Port {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: any): void;
}
/** What an explorer asks of what runs its graphs. */
export interface Request {
  explorer: string;
  what: "prepare" | "frame" | "advance" | "reset";
  steps: number;
  seed: number;
  /** What the state must follow from, where there is one; it opens after so many steps. */
  origin: string | undefined;
  opening: number;
  parts: Record<Part, Variant>;
  inputs: { name: string; data: Float32Array; shape: number[] }[];
}

declare global {
  /** The engine as a script leaves it: what runs it, and the packed WASM unless that is a file of its own. */
  var KexueEngine: { run: (port: Port) => void; wasm?: string } | undefined;
  /** Once the search answers. */
  var KexueSearch: Promise<void> | undefined;
  var KexueEngineAddress: string | undefined;
  var KexueFrontEnds: Map<string, Promise<any>> | undefined;
  var KexueReader: { cite: () => void; share: () => void } | undefined;
  var KexueSections: string | undefined;
  var KexueGraphs: Record<string, string> | undefined;
}
