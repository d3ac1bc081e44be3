/** Pictures as answers of the image API: a JSON document, or events. */

import { identifyImage } from "../../images/media_type.ts";
import { sleep } from "../../sleep.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import { EventStream } from "../event_stream.ts";
import { described, type ErrorBody } from "./errors.ts";
import type { ApiRequest } from "./request.ts";
import type { Usage, UsageOfCalls } from "./usage.ts";

export type ReadImage = (image: ImageRecord) => Promise<Uint8Array<ArrayBuffer>>;

/** A document that is written while it is read: one picture is held at a time. */
export function documentOf(
  images: readonly ImageRecord[],
  { warnings, usage }: { readonly warnings: readonly string[]; readonly usage?: Usage },
  entry: (image: ImageRecord) => Promise<Readonly<Record<string, unknown>>>,
): Response {
  async function* pieces() {
    const head = { created: secondsNow(), ...about(images[0]!), usage };
    const said = warnings.length > 0 ? { ...head, warnings } : head;
    yield `${JSON.stringify(said).slice(0, -1)},"data":[`;
    for (const [index, image] of images.entries()) {
      yield `${index > 0 ? "," : ""}${JSON.stringify(await entry(image))}`;
    }
    yield "]}";
  }
  return new Response(ReadableStream.from(pieces()).pipeThrough(new TextEncoderStream()), {
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store" },
  });
}

/** An answer in events, begun at once. */
export interface EventAnswer {
  readonly response: Response;
  /** Aborts when the client has left. */
  readonly gone: AbortSignal;
  partial(bytes: Uint8Array): void;
  /** Sends each picture, the last one of a vendor's call with the usage of that call. */
  finish(images: readonly ImageRecord[], usage: UsageOfCalls, read: ReadImage): Promise<void>;
  /** Tells of an error and ends. */
  fail(error: unknown): void;
}

export function startEvents(
  { isEdit, partialImages, args }: Pick<ApiRequest, "partialImages" | "args"> & {
    readonly isEdit: boolean;
  },
  keepAliveMs: number,
): EventAnswer {
  const leaving = new AbortController();
  const stream = new EventStream({ keepAliveMs, onLeave: () => leaving.abort() });
  const kind = isEdit ? "image_edit" : "image_generation";
  const common = {
    size: args.resolution ?? "auto",
    quality: args.quality ?? "auto",
    background: args.background ?? "auto",
  };
  let sent = 0;
  return {
    response: stream.response(),
    gone: leaving.signal,
    partial(bytes) {
      if (sent >= partialImages) return;
      const type = `${kind}.partial_image`;
      const b64_json = bytes.toBase64();
      const mediaType = identifyImage(bytes)?.mediaType ?? "image/png";
      const output_format = formatOf(mediaType);
      const partial_image_index = sent++;
      const created_at = secondsNow();
      const event = { type, b64_json, partial_image_index, created_at, ...common, output_format };
      stream.write(frame(type, event));
    },
    async finish(images, usage, read) {
      for (const image of images) {
        const b64_json = (await read(image)).toBase64();
        await taken(stream, leaving.signal);
        const type = `${kind}.completed`;
        const facts = { ...common, ...about(image), usage: usage.get(image.id) };
        stream.write(frame(type, { type, b64_json, created_at: secondsNow(), ...facts }));
      }
      stream.end();
    },
    fail(error) {
      stream.write(frame("error", { type: "error", error: described(error)?.body ?? FAULT }));
      stream.end();
    },
  };
}

/** Waits until the client has taken what was sent, so that pictures do not pile up for it. */
async function taken(stream: EventStream, gone: AbortSignal): Promise<void> {
  while (stream.unreadBytes > MOST_WAITING && !gone.aborted) {
    await sleep(LOOK_AGAIN);
  }
}

function about({ width, height, mediaType }: ImageRecord) {
  const size = width && height ? { size: `${width}x${height}` } : {};
  return { ...size, output_format: formatOf(mediaType) };
}

function formatOf(mediaType: string): string {
  return mediaType.replace("image/", "");
}

function frame(event: string, data: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

export const FAULT: ErrorBody = {
  message: "A fault of this server",
  type: "server_error",
  param: null,
  code: "internal_error",
};
const MOST_WAITING = 1024;
/** In milliseconds. */
const LOOK_AGAIN = 10;
