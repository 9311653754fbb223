// What the browser may ask of Python: the server functions of each part, as their docstrings in explorer/ui describe them.

/** What every server function answers. */
export type Reply<Value = any> = { ok: Value } | { error: string } | undefined;
export type Ask<Request = object, Value = any> = (request: Request) => Promise<Reply<Value>>;

/** What a part's `start` is handed: its own element, its server functions, and gradio's way to send a file. */
export interface Part<Server> {
  element: HTMLElement;
  server: Server;
  upload: (file: File) => Promise<{ path: string }>;
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
  title?: string; // added by the browser
  example?: string; // the name of the example that it is
}

export interface PhotoServer {
  examples: Ask<object, { name: string; preview: string }[]>;
  open_photo: Ask<{ path: string }, Photo>;
  open_example: Ask<{ name: string; or_first: boolean }, Photo>;
  move_photo: Ask<object, Photo>;
  working_picture: Ask<{ photo: string }, { path: string; width: number; height: number }>;
  networks: Ask<{ more?: boolean }>;
  classify: Ask<{ photo: string; network: string }>;
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
  take_away: Ask<{ token: string; layer: string }, { mosaic: string; npz: string; code: string }>;
  networks: Ask<{ more?: boolean }>;
  check_own_file: Ask<{ file_name: string; size: number }, boolean>;
  open_own: Ask<
    { path: string; architecture: string; channels: string; classes: string },
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
  code?: string; // of a walked stack only
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
