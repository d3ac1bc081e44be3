/** Pictures → content blocks; ImageError → an isError result. Every tool answers in one envelope. */

import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError, messageOf, withSettingsFile } from "../../errors.ts";
import type { JobView } from "../../jobs/job.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { Answer } from "../../service/image_service.ts";
import type { ImageEntry, JobEntry } from "../declarations/output.ts";
import { resultWithin } from "../../result_within.ts";
import { compactText } from "./compact_text.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { resultLimit } from "./result_limit.ts";
import { type HowShown, whatNext } from "./what_next.ts";

/** The envelope's version, as the predecessor had it. */
const VERSION = "1.0";

/** What every answer is, with the fields of the tool. */
export function goodEnvelope(fields: Readonly<Record<string, unknown>>) {
  return { version: VERSION, ok: true, ...fields, error: null };
}

/** What every failure is; `empty` holds the tool's other fields. */
export function badEnvelope(
  { code, message, details }: ImageError,
  empty: Readonly<Record<string, unknown>>,
) {
  return { version: VERSION, ok: false, ...empty, error: { code, message, details } };
}

/**
 * A good answer: the envelope as structured content and in short as text, then what else there is to
 * see. `inShort` are the fields for the text, where they are shorter there.
 */
export function success(
  fields: Readonly<Record<string, unknown>>,
  more: CallToolResult["content"] = [],
  inShort = fields,
): CallToolResult {
  const structuredContent = goodEnvelope(fields);
  return {
    content: [{ type: "text", text: compactText(goodEnvelope(inShort)) }, ...more],
    structuredContent,
    isError: false,
  };
}

/** The same with `ok: false`. */
export function failure(
  error: ImageError,
  empty: Readonly<Record<string, unknown>>,
): CallToolResult {
  const structuredContent = badEnvelope(error, empty);
  return {
    content: [{ type: "text", text: compactText(structuredContent) }],
    structuredContent,
    isError: true,
  };
}

/** A picture as the envelope shows it; a path or an address only where the client can use it. */
export function imageEntry(picture: ImageRecord, dependencies: ServerDependencies): ImageEntry {
  const { fileName } = picture;
  return {
    id: picture.id,
    provider: picture.provider,
    mime_type: picture.mediaType,
    file_name: fileName,
    local_path: dependencies.showsLocalPath() ? dependencies.images.pathOf(picture) : null,
    url: fileName === null ? null : dependencies.imageUrl(fileName),
    size_bytes: picture.sizeBytes,
    revised_prompt: picture.revisedPrompt,
    save_error: picture.saveError && asSeenByClient(picture.saveError, dependencies),
    model: picture.model,
    width: picture.width,
    height: picture.height,
    seed: picture.seed,
  };
}

export function jobEntry({ id, state, provider, startedAt, message }: JobView): JobEntry {
  return { id, state, provider, started_at: new Date(startedAt).toISOString(), message };
}

/** How pictures are shown. */
export interface Showing {
  /** By when, as of `performance.now()`: previews that are not made by then are left out. */
  readonly until?: number;
  /** Whether they are what was asked for, so that MCP_INLINE_IMAGE=never does not count. */
  readonly isAskedFor?: boolean;
  /** Bytes that the answer holds beside them. */
  readonly more?: number;
  /** Aborts when whoever asked is gone, so that no preview is made for nobody. */
  readonly signal?: AbortSignal;
}

type Pictures = Omit<Extract<Answer, { readonly done: true }>, "done">;

/** Pictures as envelope, each with a block to look at, or a link where that is not all of it. */
export async function picturesResult(
  { images: pictures, warnings: said, job }: Pictures,
  dependencies: ServerDependencies,
  { until = Infinity, isAskedFor = false, more = 0, signal }: Showing = {},
): Promise<CallToolResult> {
  const settings = dependencies.settings();
  const warnings = said.map((each) => withSettingsFile(each, dependencies.settingsFile()));
  const images = imageEntries(pictures, dependencies);
  const links = pictures.map(linkTo);
  const frame = 2 * byteLength(goodEnvelope({ images, warnings })) + byteLength(links);
  const room = (resultLimit(settings) - frame - more - ROOM_FOR_PROTOCOL) / pictures.length;
  const isShown = settings.MCP_INLINE_IMAGE !== "never" || isAskedFor;
  const end = Math.max(until, performance.now() + SHORTEST_LOOK);
  const shown = await Promise.all(
    pictures.map((picture) =>
      isShown ? before(end, inline(picture, room, dependencies, signal), LATE) : NOT_WANTED
    ),
  );
  const blocks = links.flatMap((link, index) => {
    const { what, blocks } = shown[index]!;
    return what === "full" ? blocks : [...blocks, link];
  });
  const next = whatNext(images, shown.map(({ what }) => what), job, warnings.length > 0);
  return success({ images, warnings, next }, blocks);
}

/** Pictures as the envelope shows them, with as much of their revised prompts as an answer holds. */
export function imageEntries(
  pictures: readonly ImageRecord[],
  dependencies: ServerDependencies,
): readonly ImageEntry[] {
  const { MCP_MAX_RESULT_BYTES: limit } = dependencies.settings();
  const longest = Math.floor(limit / pictures.length / REVISED_PROMPT_SHARE);
  return pictures.map((picture) => {
    const entry = imageEntry(picture, dependencies);
    return { ...entry, revised_prompt: cut(entry.revised_prompt, longest) };
  });
}

/** All of a picture as a block to look at. */
export function pictureInFull(
  bytes: Uint8Array,
  { mediaType }: ImageRecord,
): CallToolResult["content"][number] {
  return imageBlock(bytes, mediaType);
}

/**
 * The result for a client of that protocol revision: without blocks that it has no name for, and with
 * the whole envelope as text where it does not know structured content.
 */
export function asUnderstoodBy(
  revision: string | undefined,
  result: CallToolResult,
): CallToolResult {
  if (revision === undefined || revision >= STRUCTURE_AND_LINKS_SINCE) return result;
  const text = JSON.stringify(result.structuredContent);
  const blocks = result.content.slice(1).filter(({ type }) => type !== "resource_link");
  return { ...result, content: [{ type: "text", text }, ...blocks] };
}

const STRUCTURE_AND_LINKS_SINCE = "2025-06-18";

/**
 * Anything thrown, as an ImageError that tells a client only of folders it can see; a
 * bug is logged with its stack and shown as an internal error.
 */
export function asToolError(thrown: unknown, dependencies: ServerDependencies): ImageError {
  const error = asImageError(thrown, dependencies);
  if (dependencies.showsLocalPath()) return withFile(error, dependencies.settingsFile());
  const { code, details: { local_path, ...details } } = error;
  const message = asSeenByClient(error.message, dependencies);
  if (message === error.message && local_path === undefined) return error;
  return new ImageError(code, message, details, { cause: error });
}

function withFile(error: ImageError, file: string | undefined): ImageError {
  const message = withSettingsFile(error.message, file);
  if (message === error.message) return error;
  return new ImageError(error.code, message, error.details, { cause: error });
}

function asImageError(error: unknown, dependencies: ServerDependencies): ImageError {
  if (error instanceof ImageError) return error;
  const stack = error instanceof Error ? error.stack : messageOf(error);
  dependencies.log.error("Unexpected error", { stack });
  return new ImageError("internal_error", `Unexpected error: ${messageOf(error)}`, {}, {
    cause: error,
  });
}

/** The same words, without the paths of the save directory where the client cannot reach it. */
function asSeenByClient(text: string, { images, showsLocalPath }: ServerDependencies): string {
  if (showsLocalPath() || !text.includes(images.place)) return text;
  return text.replace(new RegExp(`${RegExp.escape(images.place)}[^'"\\s]*`, "g"), "…");
}

/** Bytes kept free for what the protocol puts around a result, and for the sentence of what is next. */
export const ROOM_FOR_PROTOCOL = 1_500;
/** Bytes of an image block beside its base64. */
const BLOCK_FRAME = 200;
/** A preview smaller than this shows nothing, in bytes. */
const SMALLEST_PREVIEW = 2_000;
/** Each revised prompt gets this part of the limit; it is sent twice, with up to three bytes a character. */
const REVISED_PROMPT_SHARE = 20;
/** Milliseconds for pictures that are there when the wait is over: enough for those that need no work. */
const SHORTEST_LOOK = 1_000;

interface Inline {
  readonly blocks: CallToolResult["content"];
  readonly what: HowShown;
}

const NOTHING: Inline = { blocks: [], what: "nothing" };
const LATE: Inline = { blocks: [], what: "late" };
const NOT_WANTED: Inline = { blocks: [], what: "not wanted" };

async function inline(
  picture: ImageRecord,
  room: number,
  dependencies: ServerDependencies,
  signal: AbortSignal | undefined,
): Promise<Inline> {
  const maxBytes = Math.floor((room - BLOCK_FRAME) / 4) * 3;
  try {
    if (picture.sizeBytes <= maxBytes) {
      const bytes = await dependencies.images.readRecent(picture);
      return { blocks: [imageBlock(bytes, picture.mediaType)], what: "full" };
    }
    if (maxBytes < SMALLEST_PREVIEW) return NOTHING;
    const format = "jpeg"; // which every client shows
    const preview = await dependencies.previews.previewOf(picture, { format, maxBytes, signal });
    if (!preview) return NOTHING;
    return { blocks: [imageBlock(preview.bytes, preview.mediaType)], what: "preview" };
  } catch (error) {
    signal?.throwIfAborted();
    const fields = { id: picture.id, reason: messageOf(error) };
    dependencies.log.warning("A picture cannot be shown inline", fields);
    return NOTHING;
  }
}

function imageBlock(bytes: Uint8Array, mimeType: string): CallToolResult["content"][number] {
  return {
    type: "image",
    data: bytes.toBase64(),
    mimeType,
    annotations: { audience: ["user", "assistant"], priority: 1 },
  };
}

/** A link to a picture. */
export function linkTo(
  { id, fileName, mediaType, sizeBytes }: ImageRecord,
): CallToolResult["content"][number] {
  return {
    type: "resource_link",
    uri: `image://${id}`,
    name: fileName ?? id,
    mimeType: mediaType,
    size: sizeBytes,
  };
}

/** What `work` comes to, or `otherwise` where that takes longer than until `end`. */
async function before<T>(end: number, work: Promise<T>, otherwise: T): Promise<T> {
  if (end === Infinity) return await work;
  return await resultWithin(end - performance.now(), work, otherwise);
}

function cut(text: string | null, longest: number): string | null {
  return text === null || text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Of a value as it goes out, in bytes. */
export function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
