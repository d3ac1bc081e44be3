/** One request of the page for pictures, answered line by line while they are made. */

import { ImageError, messageOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { basedOn, type MadePicture } from "../../requests/based_on.ts";
import { parseRequest, type RequestArguments } from "../../requests/parse.ts";
import type { ImageService, InputAccess } from "../../service/image_service.ts";
import type { DrawingRequest } from "./bodies.ts";

/** A line of the answer, as JSON. */
export type DrawingEvent =
  /** What can be cancelled from now on. */
  | { readonly type: "job"; readonly id: string }
  | { readonly type: "progress"; readonly message: string }
  /** A picture that is not finished, as Base64. */
  | { readonly type: "partial"; readonly data: string }
  /** One that is, of so many. */
  | { readonly type: "picture"; readonly id: string; readonly count: number }
  | { readonly type: "done"; readonly ids: readonly string[]; readonly warnings: readonly string[] }
  | { readonly type: "error"; readonly code: string; readonly message: string };

export interface DrawingDependencies {
  readonly owner: string;
  readonly access: InputAccess;
  readonly imageService: ImageService;
  readonly log: Logger;
  /** How a picture of this owner's was made. @throws {ImageError} */
  readonly madePicture: (id: string) => Promise<MadePicture>;
}

/**
 * Draws, and tells how far it is. A reader who is gone stops nothing: the pictures are there when
 * they come back, and the same request with the same key joins in again.
 */
export function drawInStream(
  drawing: DrawingRequest,
  dependencies: DrawingDependencies,
): Response {
  let isRead = true;
  let alive: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (line: string) => {
        const isBehind = (controller.desiredSize ?? 0) < -MOST_UNREAD;
        if (isRead && !isBehind) controller.enqueue(new TextEncoder().encode(`${line}\n`));
      };
      const send = (event: DrawingEvent) => write(JSON.stringify(event));
      alive = setInterval(() => write(""), KEEP_ALIVE);
      send(await lastEvent(drawing, dependencies, send));
      clearInterval(alive);
      if (isRead) controller.close();
    },
    cancel() {
      isRead = false;
      clearInterval(alive);
    },
  }, { highWaterMark: 0, size: (chunk) => chunk?.length ?? 0 });
  return new Response(body, {
    headers: {
      "Content-Type": "application/x-ndjson",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    },
  });
}

async function lastEvent(
  { key, images, mask, again, ...drawing }: DrawingRequest,
  { owner, access, imageService, log, madePicture }: DrawingDependencies,
  send: (event: DrawingEvent) => void,
): Promise<DrawingEvent> {
  const { signal } = new AbortController();
  try {
    const args = again === undefined
      ? drawing.args
      : withoutSeed(basedOn(await madePicture(again), drawing.args));
    const inputs = images.length === 0 ? undefined : await imageService.takeInputs(
      { images, mask },
      { owner, signal, access },
    );
    const request = inputs ? parseRequest(args, inputs.operation, inputs) : parseRequest(args);
    const answer = await imageService.run(request, {
      owner,
      key: `page ${owner}`,
      requestKey: `page ${owner} ${key}`,
      signal,
      onJob: (id) => send({ type: "job", id }),
      onProgress: (message) => send({ type: "progress", message }),
      onPartialImage: (bytes) => send({ type: "partial", data: bytes.toBase64() }),
      onPicture: ({ id }, count) => send({ type: "picture", id, count }),
    });
    const ids = answer.done ? answer.images.map(({ id }) => id) : [];
    return { type: "done", ids, warnings: answer.warnings };
  } catch (error) {
    if (error instanceof ImageError) {
      return { type: "error", code: error.code, message: error.message };
    }
    log.error("The page's request failed", { error: messageOf(error) });
    return { type: "error", code: "internal", message: "A fault of this server" };
  }
}

/** With the same seed the same picture would come. */
function withoutSeed({ seed: _, ...args }: RequestArguments): RequestArguments {
  return args;
}

/** Milliseconds between empty lines, so that no proxy takes the connection for dead. */
const KEEP_ALIVE = 15_000;
/** Bytes that may wait for a slow reader; what comes then is left out. */
const MOST_UNREAD = 16 * 1024 * 1024;
