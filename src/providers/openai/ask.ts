/** One question to the images API, asked again only when the server surely did nothing. */

import type {
  APIPromise,
  ImageEditStreamEvent,
  ImageGenStreamEvent,
  OpenAI,
  Stream,
} from "../../dependencies/openai.ts";
import type { ImageError } from "../../errors.ts";
import { answerLimit } from "../bounds.ts";
import { asImageError } from "../network_error.ts";
import { didNothing, withRetries } from "../retries.ts";
import type { Answer, OnPartial } from "./answer.ts";
import { readDocument, readEvents } from "./answer.ts";
import type { Body } from "./body.ts";
import type { Server } from "./client.ts";
import { connect, isEventStream, loadPackage } from "./client.ts";
import { refusesToStream, unreadable, vendorError } from "./errors.ts";

export interface Question {
  readonly server: Server;
  readonly fetch: typeof fetch;
  readonly body: Body;
  /** Aborts with an ImageError as its reason. */
  readonly signal: AbortSignal;
  /** Gets each unfinished picture; absent asks for none. */
  readonly onPartial?: OnPartial;
}

/** The server's good answer. @throws {ImageError} */
export async function ask({ server, fetch, body, signal, onPartial }: Question): Promise<Answer> {
  const { APIError, APIConnectionError } = await loadPackage();
  const { images } = await connect(server, fetch);
  const { operation, fields: { model = "", n } } = body;
  const asked = { operation, model };
  const limit = answerLimit(n ?? 1);
  const safely = (work: () => Promise<Answer>) =>
    withRetries(work, { signal, pause: PAUSE, mayRepeat: didNothing, toImageError });

  if (onPartial === undefined) return await safely(askForResult);
  try {
    return await safely(() => askForProgress(onPartial));
  } catch (error) {
    if (!refusesToStream(error)) throw error;
    return await safely(askForResult);
  }

  async function askForResult(): Promise<Answer> {
    const response = await post(images, body, signal).asResponse();
    return await readDocument(response, server, { asked, limit });
  }

  async function askForProgress(onPartial: OnPartial): Promise<Answer> {
    const { data: events, response } = await stream(images, body, signal).withResponse();
    if (!isEventStream(response)) {
      return await readDocument(response, server, { asked, limit });
    }
    try {
      return await readEvents(events, onPartial, server);
    } catch (error) {
      signal.throwIfAborted(); // the package ends a cancelled stream like a finished one
      throw error;
    }
  }

  function toImageError(thrown: unknown): ImageError {
    if (thrown instanceof APIError && (thrown.status !== undefined || thrown.error)) {
      const { status, headers, error, message } = thrown;
      const explanation = error ?? message.replace(/^\d+ /, "");
      return vendorError({ status, headers, body: explanation }, server, asked);
    }
    if (thrown instanceof SyntaxError) return unreadable(thrown.message, server); // in a stream
    const cause = thrown instanceof APIConnectionError ? thrown.cause ?? thrown : thrown;
    return asImageError(cause, server.title, signal, server.address);
  }
}

type Images = OpenAI["images"];

function post(images: Images, body: Body, signal: AbortSignal): APIPromise<unknown> {
  return body.operation === "edit"
    ? images.edit(body.fields, { signal })
    : images.generate(body.fields, { signal });
}

function stream(
  images: Images,
  body: Body,
  signal: AbortSignal,
): APIPromise<Stream<ImageGenStreamEvent | ImageEditStreamEvent>> {
  const more = { stream: true, partial_images: PARTIAL_IMAGES } as const;
  return body.operation === "edit"
    ? images.edit({ ...body.fields, ...more }, { signal })
    : images.generate({ ...body.fields, ...more }, { signal });
}

/**
 * Each unfinished picture costs 100 tokens more: one shows that the drawing is on its way, and a
 * second would say nothing new.
 */
const PARTIAL_IMAGES = 1;

/** Before the first repetition, in milliseconds. */
const PAUSE = 500;
