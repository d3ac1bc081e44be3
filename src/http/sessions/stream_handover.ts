/**
 * Streams whose clients come back to another server than the one that has their events: that one sends
 * them on, through the database. One that is dead cannot; its calls are answered with where to look.
 */

import type { Announcements } from "../../storage/announcements.ts";
import type { CommonStorage, StreamRecords } from "../../storage/records/common_records.ts";
import { EventStream, messageFrame } from "../event_stream.ts";
import type { EventElsewhere } from "./event_names.ts";
import type { Frame } from "./events.ts";
import { type Outlet, unknownEvent } from "./session_transport.ts";
import { withTimeout } from "../limits/time_limit.ts";

export interface HandoverParts extends CommonStorage {
  readonly keepAliveMs: number;
}

/** What the two servers of a handover tell each other. */
type Word =
  /** The one with the events: there is another one; that was all; it lives; they are forgotten. */
  | "more"
  | "over"
  | "alive"
  | "gone"
  /** The other one: its client is gone. */
  | "left";

/**
 * The answer to a client that has lost a stream of another server, which `ask` asks to send it on
 * under a name.
 */
export async function takeOver(
  { calls }: EventElsewhere,
  headers: Readonly<Record<string, string>>,
  ask: (name: string) => void,
  { records, announcements, keepAliveMs }: HandoverParts,
): Promise<Response> {
  const name = crypto.randomUUID();
  const topic = topicOf(name);
  const first = Promise.withResolvers<Word | undefined>();
  let receivedAt = performance.now();
  let drained = Promise.resolve();
  const listening = announcements.listen(topic, (word) => {
    receivedAt = performance.now();
    first.resolve(word as Word);
    if (word === "more") drained = drained.then(drain).catch(giveUp);
    if (word === "over") drained = drained.then(() => stream.end()).catch(giveUp);
  });
  const stream = new EventStream({
    keepAliveMs,
    onLeave: () => void announcements.tell(topic, "left").catch(() => {}),
  });
  const clock = setInterval(() => {
    if (performance.now() - receivedAt > SILENCE) giveUp();
  }, SILENCE / 4);
  Deno.unrefTimer(clock);
  stream.whenOver(() => {
    clearInterval(clock);
    listening[Symbol.dispose]();
  });

  async function drain() {
    const { streams } = await records();
    for (let frame; (frame = await streams.take(name)) !== undefined;) {
      stream.write(new TextEncoder().encode(frame));
    }
  }

  /** A client that has no answer would come back for it again and again. */
  function giveUp() {
    for (const id of calls) {
      const error = { code: -32000, message: LOST };
      stream.write(messageFrame(JSON.stringify({ jsonrpc: "2.0", id, error })));
    }
    stream.end();
  }

  ask(name);
  const word = await withTimeout(FIRST_WORD, first.promise, undefined);
  if (word === undefined) giveUp();
  if (word !== "gone") return stream.response(headers);
  stream.end();
  return unknownEvent();
}

/** Sends the events of a stream to the server that asks for them under a name. */
export class RemoteOutlet implements Outlet {
  readonly #name: string;
  readonly #streams: () => Promise<StreamRecords>;
  readonly #announcements: Announcements;
  readonly #listening: Disposable;
  readonly #clock: ReturnType<typeof setInterval>;
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(name: string, { records, announcements }: CommonStorage) {
    this.#name = name;
    this.#streams = async () => (await records()).streams;
    this.#announcements = announcements;
    this.#listening = announcements.listen(topicOf(name), (word) => {
      if (word === "left") this.close();
    });
    this.#clock = setInterval(() => void this.#tell("alive").catch(() => {}), ALIVE_INTERVAL);
    Deno.unrefTimer(this.#clock);
  }

  write(frame: Frame): void {
    this.#next(async () => {
      await (await this.#streams()).put(this.#name, new TextDecoder().decode(frame));
      await this.#tell("more");
    });
  }

  end(): void {
    this.#next(async () => {
      await this.#tell("over");
      this.close();
    });
  }

  /** Says whether there is such a stream. */
  begin(isKnown: boolean): void {
    if (isKnown) return this.#next(() => this.#tell("alive"));
    this.#next(async () => {
      await this.#tell("gone");
      this.close();
    });
  }

  close(): void {
    this.#isOver = true;
    clearInterval(this.#clock);
    this.#listening[Symbol.dispose]();
  }

  #next(work: () => Promise<void>): void {
    this.#last = this.#last.then(() => this.#isOver ? undefined : work())
      .catch(() => this.close());
  }

  async #tell(word: Word): Promise<void> {
    await this.#announcements.tell(topicOf(this.#name), word);
  }
}

function topicOf(name: string): string {
  return `stream ${name}`;
}

const LOST =
  "The server that worked on this call has ended, or cannot be reached. Its pictures are " +
  "not lost: list_jobs tells how far they are, and get_job waits for one. Do not ask for them again";

/** In milliseconds. */
const FIRST_WORD = 3_000;
const ALIVE_INTERVAL = 3_000;
const SILENCE = 12_000;
