/** Sessions as all servers of a database know them, so that each answers for any. */

import { messageOf } from "../errors.ts";
import { parsedJson } from "../json.ts";
import type { Logger } from "../log.ts";
import type { PlaceRule, SessionRecord, SessionRecords } from "../storage/common_records.ts";
import type { HeldSession, HeldSessions } from "./held_sessions.ts";
import { tellMissed } from "./restored_session.ts";
import { SharedAddresses } from "./shared_addresses.ts";
import { type EventNames, type HandoverParts, RemoteOutlet, takeOver } from "./stream_handover.ts";

/** Nobody can say now which sessions there are; `cause` is what the database said. */
export class SessionsUnavailable extends Error {
  constructor(cause: unknown) {
    super("The database that keeps sessions cannot be reached now; try again in a moment", {
      cause,
    });
  }
}

export interface SharedSessionsOptions extends HandoverParts {
  /** Who may have how many of all sessions. */
  readonly rule: PlaceRule;
  /** Milliseconds until an idle session ends. */
  readonly idleLimit: number;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What this server holds of them. */
  readonly held: Pick<HeldSessions, "all" | "forget">;
  /** How its events are told from those of others. */
  readonly eventNames: EventNames;
}

/** What servers tell each other of a session. */
type Word =
  /** Its client is done with it. */
  | { readonly kind: "ended" }
  /** It made room for another. */
  | { readonly kind: "evicted" }
  /** Its client subscribed to something, or no longer does. */
  | { readonly kind: "subscribed" }
  /** Its client opened the stream for what belongs to no call. */
  | { readonly kind: "listening" }
  /** Its client wants no answer to a call any more. */
  | { readonly kind: "cancelled"; readonly requestId: string | number }
  /** Its client wants a stream from an event on, sent on under a name. */
  | { readonly kind: "wanted"; readonly event: string; readonly name: string };

/** `close` must be called to stop its clock. */
export class SharedSessions {
  readonly #options: SharedSessionsOptions;
  /** Milliseconds between two times at which it is noted which sessions are used. */
  readonly #period: number;
  readonly #self = crypto.randomUUID();
  readonly #hearing: Disposable;
  readonly #clock: ReturnType<typeof setInterval>;
  #notedAt: number;

  constructor(options: SharedSessionsOptions) {
    const { announcements, idleLimit, log, now } = options;
    this.#options = options;
    this.#notedAt = now();
    this.#period = Math.min(60_000, idleLimit / 4);
    this.#hearing = announcements.hear(TOPIC, (text) => this.#hear(text));
    this.#clock = setInterval(() => {
      this.note().catch((error) =>
        log.debug("It cannot be noted which sessions are used", { reason: messageOf(error) })
      );
    }, this.#period);
    Deno.unrefTimer(this.#clock);
  }

  /** Keeps a session; false where there is no room for it. @throws {SessionsUnavailable} */
  async begin(session: Omit<SessionRecord, "subscriptions">): Promise<boolean> {
    const { rule } = this.#options;
    const { isBegun, ended } = await this.#ask((records) =>
      records.begin(session, this.#times(), rule)
    );
    if (ended !== undefined) this.#tellAll(ended, { kind: "evicted" });
    return isBegun;
  }

  /** The session of that id, where it is `owner`'s and not over. @throws {SessionsUnavailable} */
  async use(id: string, owner: string): Promise<SessionRecord | undefined> {
    if (!ID.test(id)) return undefined;
    return await this.#ask((records) => records.use(id, owner, this.#times()));
  }

  /** @throws {SessionsUnavailable} */
  async end(id: string): Promise<void> {
    await this.#ask((records) => records.end(id));
    this.tell(id, { kind: "ended" });
  }

  /** A stream for the client of a session, from now on or from an event on that it saw last. */
  async listen(session: HeldSession, lastEventId: string | null): Promise<Response> {
    const { id, transport, subscribed } = session;
    const elsewhere = this.#options.eventNames.elsewhere(lastEventId ?? "");
    if (elsewhere && !elsewhere.isGeneral) {
      const ask = (name: string) => this.tell(id, { kind: "wanted", event: elsewhere.id, name });
      return await takeOver(elsewhere, { "Mcp-Session-Id": id }, ask, this.#options);
    }
    const wasListening = transport.isListening;
    const answer = lastEventId === null || elsewhere
      ? transport.listen()
      : transport.resume(lastEventId);
    if (!wasListening && transport.isListening) this.tell(id, { kind: "listening" });
    if (elsewhere && answer.ok) await tellMissed(transport, subscribed?.all ?? []);
    return answer;
  }

  /** What the client of a session subscribes to. */
  addresses(id: string, known: readonly string[] = []): SharedAddresses {
    return new SharedAddresses(known, async (work) => {
      await this.#ask((records) => work(records, id));
      this.tell(id, { kind: "subscribed" });
    });
  }

  /** Tells the other servers that hold a session, at once or never. */
  tell(id: string, word: Word): void {
    const text = JSON.stringify({ ...word, id, from: this.#self });
    this.#options.announcements.tell(TOPIC, text).catch((error) =>
      this.#options.log.debug("Other servers cannot be told of a session", {
        reason: messageOf(error),
      })
    );
  }

  /**
   * Notes which sessions were used here since the last time, and forgets those that are over.
   * @throws {SessionsUnavailable}
   */
  async note(): Promise<void> {
    const { now, held } = this.#options;
    const [at, before] = [now(), this.#notedAt];
    const sessions = [...held.all.values()];
    const busy = sessions.filter(({ isIdle }) => !isIdle);
    const used = sessions.filter(({ isIdle, lastUse }) => isIdle && lastUse >= before);
    const idsOf = (some: readonly HeldSession[]) => some.map(({ id }) => id);
    const there = await this.#ask(async (records) => {
      const busyUntil = at + 3 * this.#period;
      const known = [
        ...await records.touch(idsOf(used), { at }),
        ...await records.touch(idsOf(busy), { at, busyUntil }),
      ];
      await records.endIdle(this.#times());
      return new Map(known);
    });
    this.#notedAt = at;
    for (const session of [...used, ...busy]) {
      const subscriptions = there.get(session.id);
      if (subscriptions) session.subscribed?.replace(subscriptions);
      else if (session.isIdle) await held.forget(session);
    }
  }

  close(): void {
    clearInterval(this.#clock);
    this.#hearing[Symbol.dispose]();
  }

  /** The one server that knows what an event was of says so, or that it knows it no more. */
  #handOver(
    session: HeldSession | undefined,
    { event, name }: { readonly event: string; readonly name: string },
  ): void {
    if (!this.#options.eventNames.isOwn(event)) return;
    const outlet = new RemoteOutlet(name, this.#options);
    outlet.begin(session?.transport.handOver(event, outlet) ?? false);
  }

  #tellAll(id: string, word: Word): void {
    this.tell(id, word);
    this.#take(id, word);
  }

  #hear(text: string): void {
    const told = parsedJson(text) as Word & { id: string; from: string } | undefined;
    if (told && told.from !== this.#self) this.#take(told.id, told);
  }

  #take(id: string, word: Word): void {
    const { held, log } = this.#options;
    const session = held.all.get(id);
    if (word.kind === "wanted") return this.#handOver(session, word);
    if (session === undefined) return;
    switch (word.kind) {
      case "ended":
        return void held.forget(session);
      case "evicted":
        return session.isIdle ? void held.forget(session) : undefined;
      case "listening":
        return session.transport.stopListening();
      case "cancelled":
        return session.transport.cancel(word.requestId);
      case "subscribed":
        this.use(id, session.client)
          .then((found) => found && session.subscribed?.replace(found.subscriptions))
          .catch((error) => log.debug("Subscriptions are not known", { reason: messageOf(error) }));
    }
  }

  /** Use is noted now and then, so that a session may have been used after what is noted. */
  #times() {
    const { now, idleLimit } = this.#options;
    return { at: now(), idleBefore: now() - idleLimit - this.#period };
  }

  async #ask<Answer>(work: (records: SessionRecords) => Promise<Answer>): Promise<Answer> {
    try {
      return await work((await this.#options.records()).sessions);
    } catch (error) {
      throw new SessionsUnavailable(error);
    }
  }
}

const TOPIC = "sessions";
/** The form of the ids that servers give. */
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
