// What the browser may ask of Python: the server functions of each part, as their docstrings in explorer/ui describe them.

/** What every server function answers. */
export type Reply<Value = any> = { ok: Value } | { error: string } | undefined;
/** `asks`: which question of a series this is, `mine.asks` of shared/newest.js; the older ones are then not computed. */
export type Ask<Request = object, Value = any> = (request: Request & { asks?: string }) => Promise<Reply<Value>>;

/** What the host of the page has chosen. */
export interface Host {
  photo_mb: number; // the largest file of a photograph, in millions of bytes
}

/** What a part's `start` is handed: its own element, its server functions, gradio's way to send a file, the host. */
export interface Part<Server> {
  element: HTMLElement;
  server: Server;
  upload: (file: File) => Promise<{ path: string }>;
  host: Host;
}

export interface Photo {
  token: string;
  name: string;
  width: number;
  height: number;
  full_width: number;
  full_height: number;
  moved: boolean;
  preview: string;
  remark: string; // where it is not quite what the file holds; else empty
  title?: string; // added by the browser
  example?: string; // the name of the example that it is
}

export interface PhotoServer {
  examples: Ask<object, { name: string; preview: string }[]>;
  open_photo: Ask<{ path: string }, Photo>;
  open_example: Ask<{ name: string; or_first: boolean }, Photo>;
  move_photo: Ask<object, Photo>;
  working_picture: Ask<{ photo: string }, { path: string; name: string; width: number; height: number }>;
  sharing: Ask<object, { hours: number }>;
  lesson_file: Ask<{ photo: string; link: string; note: string }, { path: string; name: string }>;
  open_lesson: Ask<{ path: string }, { photo: Photo; link: string; note: string }>;
  open_kept: Ask<{ photo: string }, Photo>;
  share_photo: Ask<{ photo: string }, { shared: string; hours: number }>;
  open_shared: Ask<{ shared: string }, Photo>;
  networks: Ask<{ more?: boolean | "packages" }>;
  take_network: Ask<
    { photo: string; network: string; form: string; input: string },
    { path: string; name: string; says: string }
  >;
  classify: Ask<{ photo: string; network: string }>;
  about: Ask<object, { minutes: number; left_out: number }>;
  forget_mine: Ask<object, number>;
}

export interface FiltersServer {
  kernels: Ask<object, { name: string; family: string; text: string; kernels: number[][][] }[]>;
  make_picture: Ask<
    {
      photo: string;
      kernels: (number[][] | number[][][])[]; // one, or two whose magnitude is taken; rows, or three planes of rows
      magnitude: boolean;
      bias: number;
      stride: number;
      padding: number;
      padding_mode: string;
      dilation: number;
      colour: string;
      border: number[];
      view: string;
      low: number; // what the colours run over
      high: number;
    },
    { path: string; name: string }
  >;
  learned: Ask<
    { network: string },
    {
      layer: string;
      filters: { weights: number[][][]; bias: number }[];
      stride: number;
      padding: number;
      dilation: number;
      padding_mode: string;
      border: number[];
    }
  >;
}

/** A unit: one number of a layer's output. A vector's unit has y = x = 0. */
export interface Unit {
  layer: string;
  channel: number;
  y: number;
  x: number;
}

/** What is opened is a network on a photograph, by the token that open_network gives. */
export interface MapsServer {
  open_network: Ask<{ photo: string; network: string }>;
  loading: Ask<{ network: string }, string>;
  columns: Ask<{ token: string; layers: string[] }>;
  links: Ask<{ token: string; layers: string[] }, number[][][]>;
  fields: Ask<{ token: string; layers: string[] }>;
  strip: Ask<{ token: string }, { path: string; side: number; across: number }>;
  tree: Ask<{ token: string }>;
  layer_maps: Ask<{ token: string; layer: string; scale?: string; sort?: string; channels?: number[] }>;
  open_unit: Ask<{ token: string } & Unit>;
  way_down: Ask<{ token: string } & Unit, (Unit & { label: string; value: number | null })[]>;
  what_if: Ask<{ token: string; kind: "silence" | "activations" | "skips"; layer?: string; channels?: number[] }>;
  kernels: Ask<{ token: string }, { layer: string; shape: number[]; values: string }>;
  folded_kernel: Ask<{ token: string; channel: number }>;
  take_away: Ask<
    { token: string; layer: string },
    { mosaic: string; npz: string; photo: { path: string; name: string }; code: string }
  >;
  take_notebook: Ask<{ token: string; name: string } & Unit, string>;
  networks: Ask<{ more?: boolean | "packages" }>;
  check_own_file: Ask<{ file_name: string; size: number }, boolean>;
  open_own: Ask<
    { path: string; architecture: string; channels: string; classes: string; config?: string; processor?: string },
    { name: string; label: string; note: string }
  >;
}

/** A row of a stack that was walked or traced; from the layer on that breaks, rows have no shape. */
export interface StackRow {
  name: string;
  kind: string;
  shape: number[] | null;
  parameters: number;
  mult_adds: number;
  memory: number; // bytes
  receptive_field: [number, number] | null;
  // of a walked stack only
  jump?: [number, number] | null;
  error?: string | null;
  wants?: number | null; // features that a Linear was told where it gets others
  fixes?: { text: string; lines: string[] }[];
  settings?: object | null; // of the layer, for the view of one layer
  joins?: boolean; // of a traced network only: whether branches meet here
}

export interface WalkedStack {
  shape: [number, number, number];
  rows: StackRow[];
  totals: { parameters: number; mult_adds: number; memory: number };
  csv: string;
  code?: string; // of a walked stack only; empty of a print
  note?: string; // what the print of a network does not say; its rows have parameters and no shapes
  network?: string; // of a traced network only, as are its classes
  classes?: number;
}

export interface Lesson {
  name: string;
  title: string;
  text: string;
  shape: [number, number, number];
  stacks: { label: string; text: string }[];
}

export interface SizesServer {
  stack_menu: Ask<object, Lesson[]>;
  network_menu: Ask<object, { label: string; names: string[] }[]>;
  walk_stacks: Ask<{ texts: string[]; shape: number[] }, WalkedStack[]>;
  trace_stack: Ask<{ network: string; height?: number; width?: number }, WalkedStack>;
}

/** A label as a network answers it: its probability, and its logit before the softmax. */
export interface Labelled {
  label: string;
  probability: number;
  logit: number | null; // null: the network gives no logits
}

/** A map of numbers, row by row. */
export interface HeatGrid {
  height: number;
  width: number;
  values: (number | null)[]; // null: not known yet
}

/** One photograph, one network and one class of it. */
export interface AboutClass {
  photo: string;
  network: string;
  target: number; // class index
}

/** A photograph of a pile: answered under all classes and under each set of names, or the sentence why not. */
export type PileAnswer =
  | { top: Labelled[]; sets: Record<string, Labelled[]>; strange: boolean | null; thumbnail: string; remark: string }
  | { error: string };

/** A photograph that teaching keeps what it needs of, or the sentence why not. */
export type LookedAt = { id: string; thumbnail: string } | { error: string };

export interface ClassifierServer {
  card: Ask<{ network: string }>;
  views: Ask<
    { photo: string; network: string },
    { views: { mode: string; own: boolean; saw: string; ranking: Labelled[]; mean: number[]; spread: number[] }[] }
  >;
  layers: Ask<{ network: string }, { name: string; shape: number[]; read_by_head: boolean }[]>;
  grad_cam: Ask<AboutClass & { layer: string }, HeatGrid & { layer: string; elsewhere: string | null }>;
  exact_sum: Ask<
    AboutClass,
    {
      layer: string;
      source: string | null; // of the maps that the terms come from
      terms: { feature: number; weight: number; value: number; amount: number }[]; // the largest first
      rest: number;
      rest_count: number;
      bias: number;
      logit: number; // what the terms add up to
      output: number; // what the network gives
      end: string; // the operation whose output the sum is
      counted_in: string[]; // operations behind the layer that are in the weights
      follows: string[]; // operations between the sum and the network's output
      between: string[]; // operations between the last maps and the features
      maps: string | null;
      places: HeatGrid | null;
    }
  >;
  occlusion: Ask<
    AboutClass & { patch: number; row: number },
    { row: number; starts: number[]; probabilities: number[]; logits: number[]; winners: string[] }
  >;
  mistakes: Ask<object, { key: string; title: string; cause: string; wrong: string; fix: string }[]>;
  make_mistake: Ask<
    { photo: string; network: string; mistake: string },
    {
      rows: Labelled[];
      again: Labelled[]; // of a second run, where the mistake shows only then
      again_note: string;
      score: "probability" | "logit";
      error: string;
      clues: { name: string; right: string; broken: string }[];
      saw: string | null;
      untouched: boolean; // whether the network got the right batch
    }
  >;
  tally: Ask<{ network: string; mistake: string }, { flipped: number; of: number }>;
  open_zip: Ask<
    { path: string; network: string },
    { entries: { index: number; name: string; label: string }[]; notes: string[] }
  >;
  label_files: Ask<
    { names: string[]; tables: { name: string; path: string }[]; network: string },
    { labels: string[]; notes: string[] }
  >;
  table_file: Ask<
    { lines: object[]; format: "csv" | "xlsx"; k: number },
    { name: string; content: string } // in base64
  >;
  classify_entries: Ask<{ path: string; entries: number[]; network: string; k?: number }, PileAnswer[]>;
  classify_files: Ask<{ paths: string[]; network: string; k?: number }, PileAnswer[]>;
  open_class_zip: Ask<{ path: string }, { entries: { index: number; name: string; label: string }[]; notes: string[] }>;
  look_at_files: Ask<{ paths: string[] }, LookedAt[]>;
  look_at_entries: Ask<{ path: string; entries: number[] }, LookedAt[]>;
  teach: Ask<
    { photographs: { id: string; label: string; name: string }[] },
    { network: { name: string; label: string; note: string }; file: string; lesson: any }
  >;
  learning_steps: Ask<
    { photographs: { id: string; label: string; name: string }[]; strength: number },
    { losses: number[]; own: number[][]; right: number[] } // one a step
  >;
  learning_slope: Ask<
    {
      photographs: { id: string; label: string; name: string }[];
      strength: number;
      step: number;
      label: string;
      feature?: number; // the steepest where none is named
    },
    {
      feature: number;
      weight: number;
      slope: number; // the terms' amounts, the rest and the penalty
      penalty: number;
      rate: number;
      terms: { photograph: number; weight: number; error: number; value: number; amount: number }[];
      rest: number;
      rest_count: number;
    }
  >;
}

/** A step of the Lessons: its states are as links have them. */
export interface LessonStep {
  key: string;
  choices: string[]; // by the names that the texts give them; none where a number is asked for
  answer: string; // one of them, or the name of a number
  ask: Record<string, string>;
  show: Record<string, string>;
}

export interface LessonsServer {
  lessons: Ask<
    { language: string },
    { languages: { code: string; name: string }[]; language: string; steps: LessonStep[]; texts: any }
  >;
  lesson_numbers: Ask<{ step: string }, Record<string, number | string>>;
}
