/** One question to the images API, asked again only when the server surely did nothing. */

import type { ImageGenerateParamsNonStreaming, OpenAI } from "../../dependencies/openai.ts";
import type { ImageError } from "../../errors.ts";
import { answerLimit } from "../bounds.ts";
import { didNothing, withRetries } from "../http.ts";
import { asImageError } from "../network_error.ts";
import type { Answer, OnPartial } from "./answer.ts";
import { readDocument, readEvents } from "./answer.ts";
import type { Server } from "./client.ts";
import { isEventStream, loadPackage } from "./client.ts";
import { refusesToStream, unreadable, vendorError } from "./errors.ts";

export type Body = ImageGenerateParamsNonStreaming & { readonly model: string };

export interface Question {
  readonly server: Server;
  /** The client of that server. */
  readonly client: () => Promise<OpenAI>;
  readonly body: Body;
  /** Aborts with an ImageError as its reason. */
  readonly signal: AbortSignal;
  /** Gets each unfinished picture; absent asks for none. */
  readonly onPartial?: OnPartial;
}

/** The server's good answer. @throws {ImageError} */
export async function ask({ server, client, body, signal, onPartial }: Question): Promise<Answer> {
  const { APIError, APIConnectionError } = await loadPackage();
  const { images } = await client();
  const limit = answerLimit(body.n ?? 1);
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
    const response = await images.generate(body, { signal }).asResponse();
    return await readDocument(response, server, { model: body.model, limit });
  }

  async function askForProgress(onPartial: OnPartial): Promise<Answer> {
    const { data: events, response } = await images
      .generate({ ...body, stream: true, partial_images: PARTIAL_IMAGES }, { signal })
      .withResponse();
    if (!isEventStream(response)) {
      return await readDocument(response, server, { model: body.model, limit });
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
      return vendorError({ status, headers, body: explanation }, server, body.model);
    }
    if (thrown instanceof SyntaxError) return unreadable(thrown.message, server); // in a stream
    const cause = thrown instanceof APIConnectionError ? thrown.cause ?? thrown : thrown;
    return asImageError(cause, server.title, signal, server.address);
  }
}

/**
 * Each unfinished picture costs 100 tokens more: one shows that the drawing is on its way, and a
 * second would say nothing new.
 */
const PARTIAL_IMAGES = 1;

/** Before the first repetition, in milliseconds. */
const PAUSE = 500;
