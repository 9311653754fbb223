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
