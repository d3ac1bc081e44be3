/** What is drawn for this page, a few at a time, and what runs for its owner elsewhere. */

import { useRef, useState } from "preact/hooks";
import type { NewDrawing, Sending } from "./batch.ts";
import { type Batch, startBatch } from "./batches.ts";
import type { Drawing } from "./drawings.tsx";
import { messageOf } from "./message_of.ts";
import { cancelJob, draw, isSignedOut } from "./server.ts";
import { texts } from "./texts.ts";
import { useRunning } from "./use_running.ts";

export interface UsedDrawings {
  /** Those of this page, then those from elsewhere. */
  readonly drawings: readonly Drawing[];
  readonly batches: readonly Batch[];
  readonly start: (requests: readonly NewDrawing[]) => void;
  /** The same, or begins a batch. @throws {ServerError} */
  readonly send: (sending: Sending, template: string) => Promise<void>;
  /** Looks at once at what runs. */
  readonly look: () => void;
  readonly dismissBatch: (id: string) => void;
  readonly dismiss: (key: string) => void;
  /** @throws {ServerError} where it cannot be reached. */
  readonly cancel: (drawing: Drawing) => Promise<void>;
}

interface Waiting {
  readonly key: string;
  readonly request: NewDrawing;
}

/** `onPictures` is called when there are new pictures. */
export function useDrawings(onPictures: () => void, onSignedOut: () => void): UsedDrawings {
  const [own, setOwn] = useState<readonly Drawing[]>([]);
  const waiting = useRef<Waiting[]>([]);
  const running = useRef(0);
  /** Those that were sent and have no job yet, which is cancelled as soon as it is known. */
  const unwanted = useRef(new Set<string>());
  const tell = useRef({ onPictures, onSignedOut });
  tell.current = { onPictures, onSignedOut };
  const elsewhere = useRunning(own.map(({ job }) => job), () => tell.current.onPictures());

  const change = (key: string, more: Partial<Drawing>) =>
    setOwn((all) => all.map((each) => each.key === key ? { ...each, ...more } : each));
  /** The same is said once, however many it is about. */
  const note = (key: string, text: string) => {
    setOwn((all) => all.filter((each) => each.key === key || each.note !== text));
    change(key, { note: text });
  };
  const dismiss = (key: string) => setOwn((all) => all.filter((each) => each.key !== key));

  /** A browser keeps six connections to one server, and the gallery needs some of them. */
  const next = () => {
    while (running.current < AT_ONCE && waiting.current.length > 0) {
      running.current++;
      void run(waiting.current.shift()!).finally(() => {
        running.current--;
        next();
      });
    }
  };

  const run = async ({ key, request }: Waiting) => {
    let told = 0;
    try {
      await draw({ ...request, key }, (event) => {
        if (event.type === "job") {
          change(key, { job: event.id });
          if (unwanted.current.delete(key)) {
            stop(key, event.id).catch((error) => change(key, { message: messageOf(error) }));
          }
        }
        if (event.type === "progress") change(key, { message: event.message });
        if (event.type === "partial") change(key, { partial: pictureFrom(event.data) });
        if (event.type === "lost") change(key, { message: texts.lost });
        if (event.type === "picture") {
          told++;
          tell.current.onPictures();
        }
        if (event.type === "error") fail(key, event.code, event.message);
        if (event.type === "done") {
          if (event.warnings.length === 0) dismiss(key);
          else note(key, event.warnings.join(" "));
          if (told < event.ids.length) tell.current.onPictures();
        }
      });
    } catch (error) {
      if (isSignedOut(error)) return tell.current.onSignedOut();
      change(key, { error: messageOf(error) });
      tell.current.onPictures();
    }
  };

  const fail = (key: string, code: string, message: string) =>
    setOwn((all) =>
      all.map((each) => {
        if (each.key !== key || each.note !== undefined) return each;
        return {
          ...each,
          ...code === "cancelled" ? { note: texts.cancelled } : { error: message },
        };
      })
    );

  const stop = async (key: string, job: string) => {
    const { mayCharge } = await cancelJob(job);
    const paid = mayCharge.length > 0 ? ` ${texts.mayCharge(mayCharge.join(", "))}` : "";
    change(key, { note: `${texts.cancelled}${paid}` });
  };

  const start = (requests: readonly NewDrawing[]) => {
    const added = requests.map((request) => ({ key: newKey(), request }));
    waiting.current.push(...added);
    setOwn((all) => [
      ...added.map(({ key, request }) => ({
        key,
        prompt: [request.args.prompt, request.args.provider, request.args.style]
          .filter(Boolean).join(" · "),
        message: texts.waiting,
      })),
      ...all.filter(({ note }) => note === undefined),
    ]);
    next();
  };

  const cancel = async ({ key, job }: Drawing) => {
    if (waiting.current.some((each) => each.key === key)) {
      waiting.current = waiting.current.filter((each) => each.key !== key);
      return dismiss(key);
    }
    if (job === undefined) unwanted.current.add(key);
    else await stop(key, job);
  };

  const send = async ({ requests, variables, isBatch }: Sending, template: string) => {
    if (!isBatch) return start(requests);
    const items = requests.map(({ args }) => args);
    const { batch, warnings } = await startBatch({
      key: newKey(),
      items,
      variables,
      ...template !== "" && { template },
    });
    if (warnings.length > 0) {
      const [key, prompt] = [batch.id, batch.title];
      setOwn((all) => [{ key, prompt, message: "", note: warnings.join(" ") }, ...all]);
    }
    elsewhere.look();
  };

  return {
    drawings: [...own, ...elsewhere.jobs],
    batches: elsewhere.batches,
    start,
    send,
    look: elsewhere.look,
    dismiss,
    dismissBatch: elsewhere.dismiss,
    cancel,
  };
}

function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

function pictureFrom(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes]));
}

/** Requests that are drawn at the same time. */
const AT_ONCE = 4;
