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
