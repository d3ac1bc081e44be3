/**
 * Streamable HTTP for one session, as revisions up to 2025-11-25 have it. Calls that are answered
 * within a moment get plain JSON, which needs neither a stream nor a memory of what was sent; any
 * others get an event stream that their client may lose and resume.
 */

import type {
  AuthInfo,
  JSONRPCMessage,
  RequestId,
  Transport,
} from "../../dependencies/mcp_server.ts";
import { messageAnswer, refusal } from "../answers.ts";
import { EventStream, messageFrame, primingFrame } from "../event_stream.ts";
import { type Frame, GENERAL, type SessionEvents } from "./events.ts";
import { cancelledCall, type Exchange, isCall, streamIdOf, wholeAnswer } from "./exchange.ts";
import { QUICK_ANSWER_LIMIT, withTimeout } from "../limits/time_limit.ts";

export interface SessionTransportOptions {
  readonly sessionId: string;
  readonly events: SessionEvents;
  /** Between comments on a stream that is silent otherwise, in milliseconds. */
  readonly keepAliveMs: number;
  /** Called whenever a message comes or goes. */
  readonly onUse: () => void;
}

/** What one POST brought. */
export interface Post {
  /** Valid messages, in the order they came in. */
  readonly messages: readonly JSONRPCMessage[];
  /** Whether they came as a list, as revision 2025-03-26 allows. */
  readonly isBatch: boolean;
  /** Whether the client can resume a stream before its first message, as it can since 2025-11-25. */
  readonly knowsPriming: boolean;
  readonly request: Request;
  readonly authInfo: AuthInfo | undefined;
}

/** Milliseconds a client waits before it resumes a broken stream. */
const RETRY_INTERVAL = 1000;

/** Where the events of a stream go: to the client, or to another server that it has come back to. */
export interface Outlet {
  write(frame: Frame): void;
  end(): void;
}

export class SessionTransport implements Transport {
  readonly sessionId: string;
  onmessage?: Transport["onmessage"];
  onclose?: Transport["onclose"];
  readonly #options: SessionTransportOptions;
  readonly #exchanges = new Map<RequestId, Exchange>();
  /** Calls whose client wants no answer; the server may still give one. */
  readonly #cancelled = new Set<RequestId>();
  /** The streams that the client listens to now. */
  readonly #streams = new Map<string, Outlet>();
  #posts = 0;
  /** Whether the client has ever opened the general stream, and may come back for it. */
  #hasListened = false;
  #isClosed = false;

  constructor(options: SessionTransportOptions) {
    this.sessionId = options.sessionId;
    this.#options = options;
  }

  /** How many calls are neither answered nor cancelled. */
  get running(): number {
    return this.#exchanges.size - this.#cancelled.size;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Whether a call is neither answered nor cancelled here. */
  isRunning(callId: RequestId): boolean {
    return this.#exchanges.has(callId) && !this.#cancelled.has(callId);
  }

  /** Has the server hear that a call is not wanted any more, as its client has said elsewhere. */
  cancel(requestId: RequestId): void {
    if (!this.#exchanges.has(requestId)) return;
    this.#cancelled.add(requestId);
    const params = { requestId };
    this.onmessage?.({ jsonrpc: "2.0", method: "notifications/cancelled", params });
  }

  /** Hands messages to the server; the answer to the request that brought them. */
  async post(post: Post): Promise<Response> {
    const calls = post.messages.filter(isCall);
    const exchange: Exchange = {
      streamId: streamIdOf(++this.#posts, calls),
      unanswered: new Set(calls.map(({ id }) => id)),
      early: [],
      isCut: false,
      ready: Promise.withResolvers(),
    };
    for (const { id } of calls) {
      this.#forget(id); // a client may ask again before the first answer comes
      this.#exchanges.set(id, exchange);
    }
    this.#receive(post, exchange);
    if (calls.length === 0) return new Response(null, { status: 202 });
    await withTimeout(QUICK_ANSWER_LIMIT, exchange.ready.promise, undefined);
    if (this.#isClosed) return sessionNotFound();
    const answers = wholeAnswer(exchange);
    if (answers === undefined) return this.#begin(exchange, post.knowsPriming);
    const answer = messageAnswer(post.isBatch ? answers : answers[0]);
    answer.headers.set("Mcp-Session-Id", this.sessionId);
    return answer;
  }

  /**
   * The stream for what belongs to no call; a session has one at a time. A primed one can be resumed
   * before its first message.
   */
  listen({ isPrimed = false } = {}): Response {
    this.#hasListened = true;
    if (this.#streams.has(GENERAL)) {
      return refusal(409, "This session's event stream is open already");
    }
    const response = this.#connect(GENERAL);
    if (isPrimed) this.#prime(GENERAL);
    return response;
  }

  /** Whether the client listens here to what belongs to no call. */
  get isListening(): boolean {
    return this.#streams.has(GENERAL);
  }

  /** Ends the stream for what belongs to no call, whose client has opened it elsewhere. */
  stopListening(): void {
    this.#hasListened = false;
    this.#end(GENERAL);
  }

  /** The stream that the client lost, from the event after that on. */
  resume(lastEventId: string): Response {
    const streamId = this.#options.events.streamOf(lastEventId);
    if (streamId === undefined) return unknownEvent();
    if (this.#streams.get(streamId) instanceof EventStream) {
      return refusal(409, "The stream that Last-Event-ID names is open already");
    }
    const response = this.#connect(streamId);
    this.#repeat(streamId, lastEventId);
    return response;
  }

  /** Sends a stream elsewhere, from the event after that on; false where it is not known any more. */
  handOver(lastEventId: string, outlet: Outlet): boolean {
    const streamId = this.#options.events.streamOf(lastEventId);
    if (streamId === undefined) return false;
    this.#end(streamId);
    this.#streams.set(streamId, outlet);
    this.#repeat(streamId, lastEventId);
    return true;
  }

  /** Sends a message to where its call came from, or to the general stream. */
  send(
    message: JSONRPCMessage,
    options: { readonly relatedRequestId?: RequestId } = {},
  ): Promise<void> {
    return Promise.try(() => this.#route(message, options));
  }

  close(): Promise<void> {
    if (!this.#isClosed) this.#close();
    return Promise.resolve();
  }

  #route(message: JSONRPCMessage, { relatedRequestId }: { readonly relatedRequestId?: RequestId }) {
    const isAnswer = !("method" in message);
    const callId = isAnswer ? message.id : relatedRequestId;
    if (callId === undefined) return this.#announce(message);
    this.#options.onUse();
    const exchange = this.#exchanges.get(callId);
    if (exchange === undefined) throw new Error(`No call '${callId}' waits for a message`);
    if (isAnswer) {
      this.#forget(callId);
      exchange.unanswered.delete(callId);
    }
    const isOver = exchange.unanswered.size === 0;
    if (exchange.early) {
      exchange.early.push(message);
      if (isOver || !isAnswer) exchange.ready.resolve();
    } else {
      this.#write(exchange.streamId, message);
      if (isOver) this.#end(exchange.streamId);
    }
  }

  /** A client that has never listened would keep a session alive, and events, that it never sees. */
  #announce(message: JSONRPCMessage): void {
    if (!this.#hasListened) return;
    this.#options.onUse();
    this.#write(GENERAL, message);
  }

  #close(): void {
    this.#isClosed = true;
    for (const { ready } of this.#exchanges.values()) ready.resolve();
    this.#exchanges.clear();
    this.#cancelled.clear();
    for (const streamId of [...this.#streams.keys()]) this.#end(streamId);
    this.onclose?.();
  }

  #receive({ messages, knowsPriming, request, authInfo }: Post, exchange: Exchange): void {
    const closing = knowsPriming && {
      closeSSEStream: () => this.#cut(exchange),
      closeStandaloneSSEStream: () => this.#end(GENERAL),
    };
    for (const message of messages) {
      // Its stream stays open until the client leaves, or the client would resume it.
      const cancelled = cancelledCall(message);
      if (cancelled !== undefined && this.#exchanges.has(cancelled)) this.#cancelled.add(cancelled);
      this.#options.onUse();
      this.onmessage?.(message, { request, authInfo, ...closing });
    }
  }

  #begin(exchange: Exchange, knowsPriming: boolean): Response {
    const { streamId, early = [], isCut } = exchange;
    exchange.early = undefined;
    const response = this.#connect(streamId);
    if (knowsPriming) this.#prime(streamId);
    if (isCut) this.#end(streamId);
    for (const message of early) this.#write(streamId, message);
    if (exchange.unanswered.size === 0) this.#end(streamId);
    return response;
  }

  #prime(streamId: string): void {
    const write = (id: string) => primingFrame(id, RETRY_INTERVAL);
    this.#streams.get(streamId)?.write(this.#options.events.add(streamId, write));
  }

  /** Lets the client come back for what follows. */
  #cut(exchange: Exchange): void {
    exchange.isCut = true;
    exchange.ready.resolve();
    if (!exchange.early) this.#end(exchange.streamId);
  }

  /** What a stream has told since an event, and its end where there is nothing more to come. */
  #repeat(streamId: string, lastEventId: string): void {
    for (const frame of this.#options.events.after(lastEventId)) {
      this.#streams.get(streamId)?.write(frame);
    }
    const isOver = !this.#exchanges.values().some((exchange) => exchange.streamId === streamId);
    if (isOver && streamId !== GENERAL) this.#end(streamId);
  }

  #connect(streamId: string): Response {
    const stream = new EventStream({
      keepAliveMs: this.#options.keepAliveMs,
      onLeave: () => this.#leave(streamId),
    });
    this.#streams.set(streamId, stream);
    return stream.response({ "Mcp-Session-Id": this.sessionId });
  }

  #leave(streamId: string): void {
    this.#streams.delete(streamId);
    for (const id of this.#cancelled) {
      if (this.#exchanges.get(id)?.streamId === streamId) this.#forget(id);
    }
  }

  #forget(callId: RequestId): void {
    this.#exchanges.delete(callId);
    this.#cancelled.delete(callId);
  }

  /** Keeps a message for a client that may have lost the stream, and sends it to one that has not. */
  #write(streamId: string, message: JSONRPCMessage): void {
    const json = JSON.stringify(message);
    const frame = this.#options.events.add(streamId, (id) => messageFrame(json, id));
    this.#streams.get(streamId)?.write(frame);
  }

  #end(streamId: string): void {
    this.#streams.get(streamId)?.end();
    this.#streams.delete(streamId);
  }
}

/** The answer to a client that comes back too late for what it missed. */
export function unknownEvent(): Response {
  return refusal(400, "The event that Last-Event-ID names is not known here any more");
}

export function sessionNotFound(): Response {
  return refusal(404, "Session not found", { code: -32001 });
}
