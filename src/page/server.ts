/** The page's side of its data door, `src/http/page/data.ts`. */

export interface ProviderTable {
  readonly name: string;
  readonly title: string;
  readonly models: readonly string[];
  readonly styles: Readonly<Record<string, string>>;
  readonly sizes: Readonly<Record<string, string>>;
  readonly defaultSize: string;
  readonly takesSeed: boolean;
  readonly takesNegativePrompt: boolean;
  readonly maxImages: number;
  readonly takesBase: boolean;
  readonly takesMask: boolean;
  readonly maxPromptLength: number;
}

export interface Start {
  readonly version: string;
  readonly owner: string;
  readonly providers: readonly ProviderTable[];
}

export interface Notes {
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly isFavorite: boolean;
}

export interface Summary {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly prompt: string;
  readonly createdAt: number;
  readonly notes: Notes;
}

export interface PictureList {
  readonly pictures: readonly Summary[];
  /** Where the next page begins; null where there is none. */
  readonly next: number | null;
}

export interface Picture {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly seed: number | null;
  readonly revisedPrompt: string | null;
  readonly fileName: string | null;
  readonly path: string | null;
  readonly address: string | null;
  readonly notes: Notes;
  readonly source: {
    readonly operation: string;
    readonly prompt: string;
    readonly parents: readonly string[];
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly usage?: Readonly<Record<string, unknown>>;
    readonly cost?: { readonly amount: number; readonly unit: string };
  } | null;
}

/** A picture with where it came from. */
export interface Relative extends Summary {
  readonly operation: string | null;
  /** The ids or hashes of what it was made from. */
  readonly parents: readonly string[];
}

export interface History {
  readonly image: Relative;
  /** The nearest first. */
  readonly parents: readonly Relative[];
  /** The newest first. */
  readonly children: readonly Relative[];
}

/** What is being drawn, for whoever asked. */
export interface RunningJob {
  readonly id: string;
  readonly prompt: string;
  readonly message: string;
}

export interface DrawingRequest {
  readonly key: string;
  readonly args: Readonly<Record<string, string | number>>;
  readonly images?: readonly { readonly image: string; readonly role?: "base" | "reference" }[];
  readonly mask?: string;
  /** The picture to draw anew. */
  readonly again?: string;
}

export type DrawingEvent =
  | { readonly type: "job"; readonly id: string }
  | { readonly type: "progress"; readonly message: string }
  | { readonly type: "partial"; readonly data: string }
  | { readonly type: "picture"; readonly id: string; readonly count: number }
  | { readonly type: "done"; readonly ids: readonly string[]; readonly warnings: readonly string[] }
  | { readonly type: "error"; readonly code: string; readonly message: string };

/** What the server says is wrong, or that it cannot be reached ("network"). */
export class ServerError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ServerError && error.code === "signed out";
}

export const start = () => read<Start>("page/data/start");

/** Which pictures are shown. */
export type Collection = "all" | "favourites" | "trash";

/** Which pictures are looked for; "" where that does not matter. */
export interface PictureFilter {
  readonly collection: Collection;
  readonly query: string;
  readonly provider: string;
  readonly model: string;
  readonly style: string;
  /** Days of this place, "2026-11-26": made on that day or later, and on that day or earlier. */
  readonly from: string;
  readonly to: string;
}

export const EVERY_PICTURE: PictureFilter = {
  collection: "all",
  query: "",
  provider: "",
  model: "",
  style: "",
  from: "",
  to: "",
};

/** The first page of all pictures has the address that the document names. */
export const listPictures = (filter: PictureFilter, before: number | null, limit = 120) => {
  const { collection, from, to, ...words } = filter;
  const given = Object.entries({
    ...words,
    since: timeOf(from, 0),
    until: timeOf(to, 1),
    before: before ?? "",
  }).filter(([, value]) => value !== "").map(([name, value]) => [name, String(value)]);
  const parameters = new URLSearchParams([["limit", String(limit)], ...given]);
  if (collection !== "all") parameters.set(collection, "");
  return read<PictureList>(`page/data/pictures?${parameters}`);
};

/** When a day began here, or the one that is so many days later, in milliseconds since 1970. */
function timeOf(day: string, later: number): number | "" {
  const [year = NaN, month = NaN, date = NaN] = day.split("-").map(Number);
  const time = new Date(year, month - 1, date + later).getTime();
  return Number.isNaN(time) || time < 0 ? "" : time;
}

export const findPicture = (id: string) => read<Picture>(`page/data/pictures/${id}`);
export const findHistory = (id: string) => read<History>(`page/data/pictures/${id}/history`);

/** Tells who may ask money for it all the same. */
export const cancelJob = (id: string) =>
  send<{ mayCharge: readonly string[] }>(`page/data/jobs/${id}/cancel`, "{}");

export const thumbnailOf = (id: string) => `page/data/pictures/${id}/thumbnail`;
export const fileOf = (id: string) => `page/data/pictures/${id}/file`;

export const transform = (id: string, args: Readonly<Record<string, string | number>>) =>
  send<{ picture: Picture; warnings: string[] }>(
    `page/data/pictures/${id}/transform`,
    JSON.stringify(args),
  );

export interface NoteChanges {
  readonly title?: string;
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  readonly isFavorite?: boolean;
}

export const note = (ids: readonly string[], changes: NoteChanges) =>
  send("page/data/notes", JSON.stringify({ ids, ...changes }));

/** "remove" is for good. */
export const move = (verb: "trash" | "restore" | "remove", ids: readonly string[]) =>
  send(`page/data/${verb}`, JSON.stringify({ ids }));

export const upload = (picture: Blob) =>
  send<{ id: string }>("page/data/uploads", picture, "application/octet-stream");

export const signIn = (token: string) => send("page/sign_in", token, "text/plain");
export const signOut = () => send("page/sign_out", "", "text/plain");

/**
 * Has pictures drawn and tells how far that is. Where the connection is lost the same request is
 * sent again, which joins in with what runs; only after `MOST_TRIES` is the loss told.
 */
export async function draw(
  request: DrawingRequest,
  onEvent: (event: DrawingEvent | { readonly type: "lost" }) => void,
): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      if (await drawOnce(request, onEvent)) return;
    } catch (error) {
      const isLost = error instanceof ServerError && error.code === "network";
      if (!isLost) throw error;
    }
    if (tries === MOST_TRIES) throw new ServerError("network", "");
    onEvent({ type: "lost" });
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * tries, 5000)));
  }
}

/** @returns whether the last event came. */
async function drawOnce(
  request: DrawingRequest,
  onEvent: (event: DrawingEvent) => void,
): Promise<boolean> {
  const response = await ask("page/data/pictures", posted(JSON.stringify(request)));
  let rest = "";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  while (true) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done) return false;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    for (const line of lines.filter((each) => each !== "")) {
      const event = JSON.parse(line) as DrawingEvent;
      onEvent(event);
      if (event.type === "done" || event.type === "error") return true;
    }
  }
}

export async function read<Answer>(path: string): Promise<Answer> {
  return await (await ask(path, {})).json();
}

export async function send<Answer>(path: string, body: BodyInit, type?: string): Promise<Answer> {
  return await (await ask(path, posted(body, type))).json();
}

function posted(body: BodyInit, type = "application/json"): RequestInit {
  return { method: "POST", body, headers: { "Content-Type": type } };
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch(() => {
    throw new ServerError("network", "");
  });
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  const code = response.status === 401 ? "signed out" : String(answer.error?.code ?? "other");
  throw new ServerError(code, String(answer.error?.message ?? response.statusText));
}

const MOST_TRIES = 30;
