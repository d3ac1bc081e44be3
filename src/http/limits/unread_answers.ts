/** Answers on their way to clients that may never take them, bounded for each client and in all. */

import type { RequestId } from "../../dependencies/mcp_server.ts";
import { measured } from "../answers.ts";
import { type EventStream, streamOf, whenOver } from "../event_stream.ts";
import { createHeavyTurns } from "./heavy_calls.ts";

/** In bytes: the next large answer of a client has to wait until it has taken some of these. */
const MOST_OF_ONE = 16 * 1024 * 1024;
/** In bytes, of all clients; a client that has taken everything may have one more all the same. */
const MOST_OF_ALL = 96 * 1024 * 1024;

/** In bytes: such an answer is always given. */
const SMALL = 65_536;

/** Whose an answer is, and to what. */
export interface Recipient {
  readonly client: string;
  readonly id: RequestId | null;
  /** Settles when the answer has gone out; absent where there is no connection. */
  readonly delivered: Promise<void> | undefined;
  /** Aborts when the client has left before it was answered. */
  readonly gone: AbortSignal;
}

export interface UnreadAnswers {
  /** The same answer, counted until it is delivered; one that says why it is not given otherwise. */
  counted(response: Response, recipient: Recipient): Promise<Response>;
  /** The same for an answer that may hold whole pictures: made when its client has read the others. */
  inTurn(work: () => Promise<Response>, recipient: Recipient): Promise<Response>;
}

export function createUnreadAnswers(): UnreadAnswers {
  const bytesOf = new Map<string, number>();
  const streamsOf = new Map<string, Set<EventStream>>();
  let inAll = 0;

  function unreadOf(client: string): number {
    const streams = streamsOf.get(client)?.values().reduce(
      (sum, each) => sum + each.unreadBytes,
      0,
    );
    return (bytesOf.get(client) ?? 0) + (streams ?? 0);
  }

  function hasRoom(client: string, bytes: number): boolean {
    if (bytes <= SMALL) return true;
    const own = unreadOf(client);
    return own === 0 || (own + bytes <= MOST_OF_ONE && inAll + bytes <= MOST_OF_ALL);
  }

  function count(client: string, bytes: number) {
    inAll += bytes;
    const own = (bytesOf.get(client) ?? 0) + bytes;
    if (own > 0) bytesOf.set(client, own);
    else bytesOf.delete(client);
  }

  function follow(stream: EventStream, client: string, delivered: Promise<void>) {
    const streams = streamsOf.get(client) ?? new Set();
    streamsOf.set(client, streams.add(stream));
    const forget = () => {
      streams.delete(stream);
      if (streams.size === 0 && streamsOf.get(client) === streams) streamsOf.delete(client);
    };
    delivered.then(forget, forget);
  }

  async function counted(response: Response, { client, id, delivered }: Recipient) {
    const stream = streamOf(response);
    if (delivered === undefined) return response;
    if (stream) {
      follow(stream, client, delivered);
      return response;
    }
    const { answer, length } = await measured(response);
    if (!hasRoom(client, length)) return noRoom(id);
    count(client, length);
    const forget = () => count(client, -length);
    delivered.then(forget, forget);
    return answer;
  }

  const turnOf = createHeavyTurns((client) => unreadOf(client) < MOST_OF_ONE);

  return {
    counted,
    async inTurn(work, recipient) {
      const endTurn = await turnOf(recipient.client, recipient.gone);
      if (endTurn === undefined) return noRoom(recipient.id);
      try {
        const response = await work();
        whenOver(response, endTurn); // a stream may only have begun
        return await counted(response, recipient);
      } catch (error) {
        endTurn();
        throw error;
      }
    },
  };
}

function noRoom(id: RequestId | null): Response {
  const error = { code: -32000, message: "No answer is given while earlier ones wait to be read" };
  return Response.json({ jsonrpc: "2.0", id, error }, {
    status: 503,
    headers: { "Cache-Control": "no-store", "Retry-After": "5" },
  });
}
