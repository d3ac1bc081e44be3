/** What was sent on event streams, kept for a while so that a client that lost one can resume it. */

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

/** An event in the bytes that go over the line. */
export type Frame = Uint8Array<ArrayBuffer>;

/** The events of one session. */
export interface SessionEvents {
  /** Keeps an event of a stream, written with the id it gets here; the event, to be sent. */
  add(streamId: string, write: (id: string) => Frame): Frame;
  /** The stream of an event that is still known. */
  streamOf(id: string): string | undefined;
  /** What came after a known event on its stream, oldest first. */
  after(id: string): readonly Frame[];
  /** Forgets everything. */
  clear(): void;
}

export interface EventStore {
  /** The events of one session of an owner, within the store's bounds. */
  forSession(owner?: string): SessionEvents;
  /** Forgets events that have grown too old. */
  prune(): void;
  /** How much is kept for all sessions. */
  readonly bytes: number;
}

interface StoredEvent {
  /** Everything that holds it: its session, its owner and the store. */
  readonly holders: readonly Kept[];
  readonly streamId: string;
  readonly frame: Frame;
  readonly at: number;
}

interface Kept {
  /** By event id, oldest first. */
  readonly events: Map<string, StoredEvent>;
  bytes: number;
}

/** What an event's id ends with, so that it differs from those of other servers. */
export type EventSuffix = (streamId: string) => string;

/** The stream for what belongs to no call. */
export const GENERAL = "general";

/** Keeps the events of every session. */
export function createEventStore(
  bounds: EventBounds,
  now: () => number,
  suffixOf: EventSuffix = () => "",
): EventStore {
  const all: Kept = { events: new Map(), bytes: 0 };
  const owners = new Map<string, Kept>();
  let sequence = 0;

  function keep(
    session: Kept,
    owner: Kept,
    streamId: string,
    write: (id: string) => Frame,
  ): Frame {
    const id = `${++sequence}${suffixOf(streamId)}`;
    const frame = write(id);
    const event = { holders: [session, owner, all], streamId, frame, at: now() };
    for (const kept of event.holders) {
      kept.events.set(id, event);
      kept.bytes += frame.length;
    }
    dropWhile(session, () => session.events.size > bounds.count || session.bytes > bounds.bytes);
    dropWhile(all, isOld);
    while (all.bytes > bounds.sharedBytes) dropOldest(fullestOwner());
    return frame;
  }

  /** Whoever holds the most makes room for the others. */
  function fullestOwner(): Kept {
    return owners.values().reduce((one, other) => other.bytes > one.bytes ? other : one);
  }

  function dropOldest(kept: Kept) {
    const [first] = kept.events.values();
    dropWhile(kept, (oldest) => oldest === first);
  }

  function dropWhile(kept: Kept, isTooMuch: (oldest: StoredEvent) => boolean) {
    for (const [id, event] of kept.events) {
      if (!isTooMuch(event)) return;
      for (const holder of event.holders) {
        holder.events.delete(id);
        holder.bytes -= event.frame.length;
      }
    }
  }

  const isOld = (event: StoredEvent) => now() - event.at > bounds.age;

  function ownerOf(name: string): Kept {
    const owner = owners.get(name) ?? { events: new Map(), bytes: 0 };
    owners.set(name, owner);
    return owner;
  }

  function forSession(owner = ""): SessionEvents {
    const own: Kept = { events: new Map(), bytes: 0 };
    const streamOf = (id: string) => own.events.get(id)?.streamId;
    return {
      add: (streamId, write) => keep(own, ownerOf(owner), streamId, write),
      streamOf,
      after(id) {
        const known = streamOf(id);
        const ids = [...own.events.keys()];
        return ids.slice(ids.indexOf(id) + 1)
          .map((each) => own.events.get(each)!)
          .filter(({ streamId }) => streamId === known)
          .map(({ frame }) => frame);
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
