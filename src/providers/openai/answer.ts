/** Pictures out of an answer: one JSON document, or a stream of events. */

import type { ImageEditStreamEvent, ImageGenStreamEvent } from "../../dependencies/openai.ts";
import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import type { GeneratedImage } from "../provider.ts";
import { pictureBytes, type PictureData } from "../picture_json.ts";
import { readBody } from "../read_body.ts";
import { withReceiveLimit } from "../receive_limit.ts";
import { thoseThatCame } from "../together.ts";
import { type AnsweredImage, readPictures } from "./answered_pictures.ts";
import type { Server } from "./client.ts";
import { type Asked, quoted, unreadable, vendorError } from "./errors.ts";

/** A good answer whose pictures may still have to be fetched. */
export interface Answer {
  /** At least one. */
  readonly pictures: readonly AnsweredImage[];
  readonly usage?: Readonly<Record<string, unknown>>;
}

/** Reads a whole answer of `server` of `limit` bytes at most. @throws {ImageError} */
export async function readDocument(
  response: Response,
  server: Server,
  { asked, limit }: { readonly asked: Asked; readonly limit: number },
): Promise<Answer> {
  const { status, headers } = response;
  const { title } = server;
  const bytes = await withReceiveLimit(() => readBody(response, { title, limit }));
  const { document, text } = readPictures(bytes);
  if (document === undefined) throw unreadable(text, server);
  const { pictures, usage, error } = document;
  if (pictures.length > 0) return { pictures, usage };
  if (error) throw vendorError({ status, headers, body: error }, server, asked);
  throw new ImageError(
    "missing_content",
    `${server.title} answered without a picture: ${quoted(text, server)}`,
    { http_status: status, request_id: headers.get("x-request-id") ?? undefined },
  );
}

/** Takes an unfinished picture, counted from 1, as base64. */
export type OnPartial = (number: number, base64: string | undefined) => void;

/** The finished picture of a stream; `onPartial` gets each unfinished one. @throws {ImageError} */
export async function readEvents(
  events: AsyncIterable<ImageGenStreamEvent | ImageEditStreamEvent>,
  onPartial: OnPartial,
  server: Server,
): Promise<Answer> {
  let partials = 0;
  for await (const event of events) {
    switch (event.type) {
      case "image_generation.partial_image":
      case "image_edit.partial_image":
        onPartial(++partials, event.b64_json);
        break;
      case "image_generation.completed":
      case "image_edit.completed":
        return { pictures: [{ base64: event.b64_json }], usage: Usage.parse(event.usage) };
    }
  }
  throw new ImageError(
    "generation_failed",
    `${server.title} ended its answer before the finished picture came` +
      (partials > 0 ? ", after an unfinished one" : "") +
      ". It may have been charged; ask again if it is still wanted",
    { partial_pictures: partials },
  );
}

/**
 * The pictures' bytes; `download` fetches those that are behind an address.
 * @throws {ImageError} where none can be had.
 */
export function collect(
  pictures: Answer["pictures"],
  download: (address: string) => Promise<Uint8Array<ArrayBuffer>>,
  server: Server,
): ReturnType<typeof thoseThatCame<GeneratedImage>> {
  return thoseThatCame(pictures.map(async ({ base64, address = "", revisedPrompt }) => {
    const inline = base64 || (address.startsWith("data:") ? address : undefined);
    const bytes = inline ? decode(inline, server) : await download(address);
    return revisedPrompt ? { bytes, revisedPrompt } : { bytes };
  }));
}

/** Base64, alone or at the end of a `data:` address, as bytes. */
function decode(
  data: PictureData,
  server: Server,
): Uint8Array<ArrayBuffer> {
  try {
    return pictureBytes(typeof data === "string" ? data.slice(data.indexOf(",") + 1) : data);
  } catch (cause) {
    const message = `${server.title}'s picture is not the base64 that it should be`;
    throw new ImageError("decode_failed", message, {}, { cause });
  }
}

const Usage = z.record(z.string(), z.unknown()).optional().catch(undefined);
