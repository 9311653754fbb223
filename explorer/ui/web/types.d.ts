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

/** A label as a network answers it: its probability after the softmax, its logit before. */
export interface Labelled {
  label: string;
  probability: number;
  logit: number;
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
  | { top: Labelled[]; sets: Record<string, Labelled[]>; strange: boolean | null; thumbnail: string }
  | { error: string };

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
      logit: number;
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
  open_zip: Ask<{ path: string; network: string }, { entries: { index: number; name: string; label: string }[] }>;
  classify_entries: Ask<{ path: string; entries: number[]; network: string; k?: number }, PileAnswer[]>;
  classify_files: Ask<{ paths: string[]; network: string; k?: number }, PileAnswer[]>;
}
