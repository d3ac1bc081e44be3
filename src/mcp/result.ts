/** Pictures → content blocks; ImageError → an isError result. Every tool answers in one envelope. */

import type { CallToolResult } from "../dependencies/mcp_server.ts";
import { ImageError, messageOf } from "../errors.ts";
import type { JobView } from "../jobs/job.ts";
import type { ImageRecord } from "../storage/records.ts";
import type { Answer } from "../service/image_service.ts";
import type { ImageEntry, JobEntry } from "./declarations/output.ts";
import type { ServerDependencies } from "./dependencies.ts";

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

/** A good answer: the envelope as structured content and as text, then whatever else there is to see. */
export function success(
  fields: Readonly<Record<string, unknown>>,
  more: CallToolResult["content"] = [],
): CallToolResult {
  const structuredContent = goodEnvelope(fields);
  return {
    content: [{ type: "text", text: JSON.stringify(structuredContent) }, ...more],
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
    content: [{ type: "text", text: JSON.stringify(structuredContent) }],
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

/** What a call that draws answers: the pictures, or the job to ask for later. */
export async function answerResult(
  answer: Answer,
  dependencies: ServerDependencies,
): Promise<CallToolResult> {
  return answer.done
    ? await picturesResult(answer.images, answer.warnings, dependencies)
    : waitingResult(answer.job, answer.warnings);
}

/** The finished pictures of a call: envelope, then a block to look at and a link for each. */
async function picturesResult(
  pictures: readonly ImageRecord[],
  warnings: readonly string[],
  dependencies: ServerDependencies,
): Promise<CallToolResult> {
  const { MCP_INLINE_IMAGE: mode, MCP_MAX_RESULT_BYTES: limit } = dependencies.settings();
  const longest = Math.floor(limit / pictures.length / REVISED_PROMPT_SHARE);
  const images = pictures.map((picture) => {
    const entry = imageEntry(picture, dependencies);
    return { ...entry, revised_prompt: cut(entry.revised_prompt, longest) };
  });
  const links = pictures.map(linkTo);
  if (mode === "never") return success({ images, warnings }, links);

  const notes = images.map((entry) => whereIsIt(entry, "preview"));
  const frame = success({ images, warnings }, [...links, words(notes)]);
  const room = (limit - byteLength(frame) - ROOM_FOR_PROTOCOL) / pictures.length;
  const shown = await Promise.all(
    pictures.map((picture) => inline(picture, mode === "always" ? Infinity : room, dependencies)),
  );
  const blocks = links.flatMap((link, index) => [...shown[index]!.blocks, link]);
  const needed = images.flatMap((entry, index) => {
    const { what } = shown[index]!;
    return what === "full" ? [] : [whereIsIt(entry, what)];
  });
  return success({ images, warnings }, [...blocks, ...needed.length > 0 ? [words(needed)] : []]);
}

/** The result without the blocks that a client of that protocol revision has no name for. */
export function asUnderstoodBy(
  revision: string | undefined,
  result: CallToolResult,
): CallToolResult {
  if (revision === undefined || revision >= RESOURCE_LINKS_SINCE) return result;
  return { ...result, content: result.content.filter(({ type }) => type !== "resource_link") };
}

const RESOURCE_LINKS_SINCE = "2025-06-18";

/** The answer when the pictures are not there yet: which job to ask for, and how. */
function waitingResult(job: JobView, warnings: readonly string[]): CallToolResult {
  const text = `The picture is not ready yet (${job.message}). It goes on as job ${job.id}: call ` +
    `get_job with job_id "${job.id}" to wait for it. Do not call generate_image again for it.`;
  const fields = { images: [], warnings, job: jobEntry(job) };
  return success(fields, [{ type: "text", text }]);
}

/**
 * Anything thrown, as an ImageError that tells a client only of folders it can see; a
 * bug is logged with its stack and shown as an internal error.
 */
export function asToolError(thrown: unknown, dependencies: ServerDependencies): ImageError {
  const error = asImageError(thrown, dependencies);
  if (dependencies.showsLocalPath()) return error;
  const { code, details: { local_path, ...details } } = error;
  const message = asSeenByClient(error.message, dependencies);
  if (message === error.message && local_path === undefined) return error;
  return new ImageError(code, message, details, { cause: error });
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

/** Bytes kept free for what the protocol puts around a result. */
const ROOM_FOR_PROTOCOL = 1_000;
/** Bytes of an image block beside its base64. */
const BLOCK_FRAME = 200;
/** A preview smaller than this shows nothing, in bytes. */
const SMALLEST_PREVIEW = 2_000;
/** Each revised prompt gets this part of the limit; it is sent twice, with up to three bytes a character. */
const REVISED_PROMPT_SHARE = 20;

interface Inline {
  readonly blocks: CallToolResult["content"];
  readonly what: "full" | "preview" | "nothing";
}

const NOTHING: Inline = { blocks: [], what: "nothing" };

async function inline(
  picture: ImageRecord,
  room: number,
  dependencies: ServerDependencies,
): Promise<Inline> {
  const maxBytes = Math.floor((room - BLOCK_FRAME) / 4) * 3;
  try {
    if (picture.sizeBytes <= maxBytes) {
      const bytes = await dependencies.images.readRecent(picture);
      return { blocks: [imageBlock(bytes, picture.mediaType)], what: "full" };
    }
    if (maxBytes < SMALLEST_PREVIEW) return NOTHING;
    const format = "jpeg"; // which every client shows
    const preview = await dependencies.previews.previewOf(picture, { format, maxBytes });
    if (!preview) return NOTHING;
    return { blocks: [imageBlock(preview.bytes, preview.mediaType)], what: "preview" };
  } catch (error) {
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

function linkTo(
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

function whereIsIt(
  { id, local_path, url }: ImageEntry,
  what: Exclude<Inline["what"], "full">,
): string {
  const shown = what === "preview" ? "is shown as a smaller preview" : "is too large to show here";
  const places = [local_path, url].filter((place) => place !== null);
  const where = places.length > 0 ? `at ${places.join(" and ")}` : `the resource image://${id}`;
  return `Picture ${id} ${shown}; in full it is ${where}`;
}

function words(sentences: readonly string[]) {
  return { type: "text" as const, text: sentences.join("\n") };
}

function cut(text: string | null, longest: number): string | null {
  return text === null || text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
