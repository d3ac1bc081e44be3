/** Sessions as all servers of a database know them, so that each answers for any. */

import { messageOf } from "../../errors.ts";
import { parsedJson } from "../../json.ts";
import type { Logger } from "../../log.ts";
import type {
  PlaceRule,
  SessionRecord,
  SessionRecords,
} from "../../storage/records/common_records.ts";
import type { Call } from "../dependencies.ts";
import { createEventNames } from "./event_names.ts";
import type { EventSuffix } from "./events.ts";
import {
  type HeldSession,
  type HeldSessions,
  NoRoom,
  SessionsUnavailable,
} from "./held_sessions.ts";
import { endHandshake, restoreSession, tellMissed } from "./restored_session.ts";
import { SharedAddresses } from "./shared_addresses.ts";
import { type HandoverParts, RemoteOutlet, takeOver } from "./stream_handover.ts";

export interface SharedSessionsOptions extends HandoverParts {
  /** Who may have how many of all sessions. */
  readonly rule: PlaceRule;
  /** Milliseconds until an idle session ends. */
  readonly idleLimit: number;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What this server holds of them. */
  readonly held: Pick<HeldSessions, "all" | "hold" | "forget">;
}

/** What servers tell each other of a session. */
type Word =
  /** Its client is done with it. */
  | { readonly kind: "ended" }
  /** It made room for another. */
  | { readonly kind: "evicted" }
  /** Its client subscribed to something, or no longer does. */
  | { readonly kind: "subscribed" }
  /** Its client opened the stream for what belongs to no call, in milliseconds since 1970. */
  | { readonly kind: "listening"; readonly since: number }
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
  readonly #eventNames = createEventNames();
  readonly #listening: readonly Disposable[];
  readonly #clock: ReturnType<typeof setInterval>;
  /** Those that are being made anew here. */
  readonly #restoring = new Map<string, Promise<HeldSession>>();
  /** When clients opened that stream here, in milliseconds since 1970. */
  readonly #listeningSince = new WeakMap<HeldSession, number>();
  #notedAt: number;

  constructor(options: SharedSessionsOptions) {
    const { announcements, idleLimit, log, now } = options;
    this.#options = options;
    this.#notedAt = now();
    this.#period = Math.min(60_000, idleLimit / 4);
    const note = () =>
      void this.note().catch((error) =>
        log.debug("It cannot be noted which sessions are used", { reason: messageOf(error) })
      );
    this.#listening = [
      announcements.listen(TOPIC, (text) => this.#receive(text)),
      announcements.onGap(() => {
        note();
        this.#tellMissed();
      }),
    ];
    this.#clock = setInterval(note, this.#period);
    Deno.unrefTimer(this.#clock);
  }

  /** How events of this server are told from those of others. */
  get suffixOf(): EventSuffix {
    return this.#eventNames.suffixOf;
  }

  /** Lets other servers know of a session that begins here. @throws {NoRoom} @throws {SessionsUnavailable} */
  async begin({ id, client: owner }: HeldSession, beginning: SessionRecord["beginning"]) {
    const { rule } = this.#options;
    const { isBegun, ended } = await this.#ask((records) =>
      records.begin({ id, owner, beginning }, this.#times(), rule)
    );
    if (ended !== undefined) this.#tellAll(ended, { kind: "evicted" });
    if (!isBegun) throw new NoRoom();
  }

  /** Takes the handshake of a session for done: its client may end it at another server. */
  endHandshake({ transport }: HeldSession): void {
    endHandshake(transport);
  }

  /** Resolves when a session is not being made anew here. */
  async settled(id: string): Promise<void> {
    await this.#restoring.get(id)?.catch(() => {});
  }

  /**
   * The session of that id, where it is the client's and not over, made anew here of what is kept of it.
   * @throws {NoRoom} @throws {SessionsUnavailable}
   */
  async find(id: string, call: Call): Promise<HeldSession | undefined> {
    const record = await this.#use(id, call.client);
    if (record === undefined) return undefined;
    const known = this.#restoring.get(id) ?? this.#options.held.all.get(id);
    if (known) return await known;
    const restored = this.#restore(record, call).finally(() => this.#restoring.delete(id));
    this.#restoring.set(id, restored);
    return await restored;
  }

  /** @throws {SessionsUnavailable} */
  async end(id: string): Promise<void> {
    await this.#ask((records) => records.end(id));
    this.tell(id, { kind: "ended" });
  }

  /**
   * A stream for the client of a session, from now on or from an event on that it saw last. It names
   * one at once to clients that can resume from there: another server may have to tell what is missed.
   */
  async listen(
    session: HeldSession,
    lastEventId: string | null,
    isPrimed: boolean,
  ): Promise<Response> {
    const { id, transport, subscribed } = session;
    const elsewhere = this.#eventNames.elsewhere(lastEventId ?? "");
    if (elsewhere && !elsewhere.isGeneral) {
      const ask = (name: string) => this.tell(id, { kind: "wanted", event: elsewhere.id, name });
      return await takeOver(elsewhere, { "Mcp-Session-Id": id }, ask, this.#options);
    }
    const wasListening = transport.isListening;
    const answer = lastEventId === null || elsewhere
      ? transport.listen({ isPrimed })
      : transport.resume(lastEventId);
    if (!wasListening && transport.isListening) {
      const since = this.#options.now();
      this.#listeningSince.set(session, since);
      this.tell(id, { kind: "listening", since });
    }
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
    for (const each of this.#listening) each[Symbol.dispose]();
  }

  /** Whoever listens here may have missed what other servers told. */
  #tellMissed(): void {
    // A copy: whoever is told something was used, and moves to the end.
    for (const { transport, subscribed } of [...this.#options.held.all.values()]) {
      if (transport.isListening) void tellMissed(transport, subscribed?.all ?? []);
    }
  }

  async #use(id: string, owner: string): Promise<SessionRecord | undefined> {
    if (!ID.test(id)) return undefined;
    return await this.#ask((records) => records.use(id, owner, this.#times()));
  }

  async #restore({ id, beginning, subscriptions }: SessionRecord, call: Call) {
    const session = await this.#options.held.hold(id, call, this.addresses(id, subscriptions));
    await restoreSession(session.transport, beginning, call.request);
    return session;
  }

  /** The one server that knows what an event was of says so, or that it knows it no more. */
  #handOver(
    session: HeldSession | undefined,
    { event, name }: { readonly event: string; readonly name: string },
  ): void {
    if (!this.#eventNames.isOwn(event)) return;
    const outlet = new RemoteOutlet(name, this.#options);
    outlet.begin(session?.transport.handOver(event, outlet) ?? false);
  }

  #tellAll(id: string, word: Word): void {
    this.tell(id, word);
    this.#take(id, word);
  }

  #receive(text: string): void {
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
      case "listening": {
        const isLate = word.since < (this.#listeningSince.get(session) ?? 0); // it came here since
        return isLate ? undefined : session.transport.stopListening();
      }
      case "cancelled":
        return session.transport.cancel(word.requestId);
      case "subscribed":
        this.#use(id, session.client)
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
