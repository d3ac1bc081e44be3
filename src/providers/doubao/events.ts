/** Ark's stream of events: the pictures of a group, each as soon as it is drawn. */

import { parsedJson } from "../../json.ts";
import * as z from "../../dependencies/zod.ts";

/** Collects a stream into the document that Ark would have answered without it. */
export class EventCollector {
  readonly #decoder = new TextDecoder();
  readonly #items = new Map<number, unknown>();
  #unread = "";
  #whole: Record<string, unknown> = {};

  /** Reads what came; gives the pictures that are finished by it. */
  read(bytes: Uint8Array<ArrayBuffer>): readonly StreamedPicture[] {
    const lines = (this.#unread + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#unread = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line));
  }

  /** Pictures and failures so far, by their order in the group, and what the end of the stream said. */
  document(): unknown {
    const data = [...this.#items].sort(([one], [other]) => one - other).map(([, item]) => item);
    return { ...this.#whole, data };
  }

  #take(line: string): readonly StreamedPicture[] {
    const event = EVENT.safeParse(parse(line)).data;
    if (event === undefined) return [];
    const { type, image_index: index, model, usage, error, url, b64_json } = event;
    if (model) this.#whole.model = model;
    if (usage) this.#whole.usage = usage;
    if (index !== undefined && this.#items.size < MOST_ITEMS) {
      const item = type?.endsWith("failed") ? { error } : { url, b64_json };
      this.#items.set(index, item);
      return url || b64_json ? [{ url, b64_json }] : [];
    }
    if (error) this.#whole.error = error;
    return [];
  }
}

export interface StreamedPicture {
  readonly url?: string | null;
  readonly b64_json?: string | null;
}

/** The JSON of a line "data: …"; undefined for others, and for "[DONE]". */
function parse(line: string): unknown {
  return line.startsWith("data:") ? parsedJson(line.slice("data:".length)) : undefined;
}

/** More pictures than any group has. */
const MOST_ITEMS = 100;

const EVENT = z.object({
  type: z.string().optional().catch(undefined),
  image_index: z.number().optional().catch(undefined),
  model: z.string().nullish().catch(undefined),
  url: z.string().nullish().catch(undefined),
  b64_json: z.string().nullish().catch(undefined),
  usage: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  error: z.unknown().optional(),
});
