/** What was sent on event streams, kept for a while so that a client that lost one can resume it. */

import type { EventStore, JSONRPCMessage } from "../deps/mcp_server.ts";

/** Bounds for one session; `sharedBytes` is for all sessions of the server together. */
export interface EventBounds {
  readonly count: number;
  readonly bytes: number;
  /** In milliseconds. */
  readonly age: number;
  readonly sharedBytes: number;
}

export const EVENT_BOUNDS: EventBounds = {
  count: 500,
  bytes: 8 * 1024 * 1024,
  age: 15 * 60_000,
  sharedBytes: 32 * 1024 * 1024,
};

/** The events of one session. */
export interface SessionEvents extends EventStore {
  /** Forgets everything. */
  clear(): void;
}

export interface EventShelf {
  /** A store for one session, within the shelf's bounds. */
  forSession(): SessionEvents;
  /** Forgets events that have grown too old. */
  prune(): void;
  /** How much is kept for all sessions, estimated. */
  readonly bytes: number;
}

interface StoredEvent {
  readonly owner: Kept;
  readonly streamId: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
  readonly at: number;
}

interface Kept {
  /** By event id, oldest first. */
  readonly events: Map<string, StoredEvent>;
  bytes: number;
}

/** Keeps the events of every session. */
export function createEventShelf(bounds: EventBounds, now: () => number): EventShelf {
  const all: Kept = { events: new Map(), bytes: 0 };
  let sequence = 0;

  function keep(owner: Kept, streamId: string, message: JSONRPCMessage): string {
    const id = String(++sequence);
    const event = { owner, streamId, message, bytes: weigh(message), at: now() };
    for (const kept of [owner, all]) {
      kept.events.set(id, event);
      kept.bytes += event.bytes;
    }
    dropWhile(owner, () => owner.events.size > bounds.count || owner.bytes > bounds.bytes);
    dropWhile(all, (oldest) => all.bytes > bounds.sharedBytes || isOld(oldest));
    return id;
  }

  function dropWhile(kept: Kept, isTooMuch: (oldest: StoredEvent) => boolean) {
    for (const [id, event] of kept.events) {
      if (!isTooMuch(event)) return;
      for (const holder of [event.owner, all]) {
        holder.events.delete(id);
        holder.bytes -= event.bytes;
      }
    }
  }

  const isOld = (event: StoredEvent) => now() - event.at > bounds.age;

  function forSession(): SessionEvents {
    const own: Kept = { events: new Map(), bytes: 0 };
    const streamOf = (id: string) => own.events.get(id)?.streamId;
    return {
      storeEvent: (streamId, message) => Promise.resolve(keep(own, streamId, message)),
      getStreamIdForEventId: (id) => Promise.resolve(streamOf(id)),
      async replayEventsAfter(lastId, { send }) {
        const streamId = streamOf(lastId);
        if (streamId === undefined) throw new Error(`Unknown event id '${lastId}'`);
        const later = [...own.events].filter(([id, event]) =>
          Number(id) > Number(lastId) && event.streamId === streamId && !isPriming(event)
        );
        for (const [id, event] of later) await send(id, event.message);
        return streamId;
      },
      clear: () => dropWhile(own, () => true),
    };
  }

  return {
    forSession,
    prune: () => dropWhile(all, isOld),
    get bytes() {
      return all.bytes;
    },
  };
}

/** A stream's first event only gives the client an id to resume from. */
function isPriming({ message }: StoredEvent): boolean {
  return Object.keys(message).length === 0;
}

/** About the bytes a value takes in memory, without writing it out as JSON. */
function weigh(value: unknown): number {
  if (typeof value === "string") return value.length + 16;
  if (typeof value !== "object" || value === null) return 8;
  let sum = 16;
  for (const [name, part] of Object.entries(value)) sum += name.length + weigh(part);
  return sum;
}
