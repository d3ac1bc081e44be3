/**
 * The pictures in a body, in whichever form servers of this API send them: what was paid for is
 * read whatever was asked for.
 */

import * as z from "../../dependencies/zod.ts";
import { identifyImage } from "../../images/media_type.ts";
import { type PictureData, readPictureJson } from "../picture_json.ts";

/** A picture as it stands in an answer: one of the first two is there. */
export interface AnsweredImage {
  /** Long ones come as bytes already. */
  readonly base64?: PictureData;
  /** Where the picture waits; may be a `data:` address. */
  readonly address?: string;
  readonly revisedPrompt?: string;
}

/** A body that could be read, though it may hold no picture. */
export interface AnsweredDocument {
  readonly pictures: readonly AnsweredImage[];
  readonly usage?: Readonly<Record<string, unknown>>;
  /** The vendor's error, in any of its shapes. */
  readonly error?: unknown;
}

/**
 * Reads a body, which is empty afterwards; no document where it is in none of the known forms. The
 * text is without the pictures.
 */
export function readPictures(
  bytes: Uint8Array<ArrayBuffer>,
): { readonly document: AnsweredDocument | undefined; readonly text: string } {
  if (identifyImage(bytes)) return { document: { pictures: [{ base64: bytes }] }, text: "" };
  const { document, text, read } = readPictureJson(bytes);
  const isStream = BEGINNING_OF_EVENTS.test(text.slice(0, 100));
  return { document: isStream ? inEvents(text, read) : inDocument(document), text };
}

const BEGINNING_OF_EVENTS = /^\s*(?:event|data|id|retry)?:/;

/** Of a stream, what its last event with pictures holds: the ones before may be unfinished. */
function inEvents(text: string, read: (json: string) => unknown): AnsweredDocument {
  const events = text.split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => read(line.slice("data:".length)))
    .filter((data) => !isUnfinished(data))
    .map((data) => inDocument(data) ?? { pictures: [] });
  const pictures = events.flatMap(({ pictures }) => pictures);
  return {
    pictures,
    usage: events.findLast(({ usage }) => usage)?.usage,
    error: pictures.length > 0 ? undefined : events.find(({ error }) => error)?.error,
  };
}

function isUnfinished(data: unknown): boolean {
  return /partial_image/.test(String(Event.safeParse(data).data?.type));
}

function inDocument(json: unknown): AnsweredDocument | undefined {
  const document = Document.safeParse(json).data;
  if (document === undefined) return undefined;
  const { usage, error, choices, ...lists } = document;
  const messages = choices?.flatMap(({ message }) => message?.images ?? []) ?? [];
  const items = [lists.data, lists.images, lists.artifacts, lists.output, messages]
    .find((list) => list && list.length > 0) ?? [document];
  return { pictures: items.flatMap((item) => pictureOf(item) ?? []), usage, error };
}

function pictureOf(item: z.infer<typeof Item>): AnsweredImage | undefined {
  if (typeof item === "string" || item instanceof Uint8Array) return placeOf(item);
  const { b64_json, base64, image_base64, url, image_url, image, revised_prompt } = item;
  const address = url ?? (typeof image_url === "string" ? image_url : image_url?.url);
  const inline = b64_json || base64 || image_base64;
  const place = inline
    ? { base64: inline }
    : address
    ? { address }
    : image
    ? placeOf(image)
    : undefined;
  return place && (revised_prompt ? { ...place, revisedPrompt: revised_prompt } : place);
}

function placeOf(text: PictureData): AnsweredImage | undefined {
  if (text.length === 0) return undefined;
  return typeof text === "string" && /^(?:https?|data):/i.test(text)
    ? { address: text }
    : { base64: text };
}

const picture = z.union([z.string(), z.instanceof(Uint8Array<ArrayBuffer>)]).nullish()
  .catch(undefined);
const word = z.string().nullish().catch(undefined);

/** A picture's names, read 2026-11-25. */
const Fields = z.object({
  b64_json: picture, // OpenAI's image object
  url: word, // OpenAI, SiliconFlow
  base64: picture, // Stability's first version
  image_base64: picture, // LocalAI's kin
  image: picture, // Cloudflare's kin
  image_url: z.union([z.string(), z.object({ url: z.string() })]).nullish().catch(undefined), // OpenRouter
  revised_prompt: word,
});
const Item = z.union([z.string(), z.instanceof(Uint8Array<ArrayBuffer>), Fields]);
const List = z.array(Item).nullish().catch(undefined);

/** The places where servers put their pictures; the first list that is not empty counts. */
const Document = Fields.extend({
  data: List, // OpenAI
  images: List, // SiliconFlow; texts in Stable Diffusion web UIs
  artifacts: List, // Stability's first version
  output: List, // Replicate's kin
  choices: z.array(z.object({ message: z.object({ images: List }).nullish().catch(undefined) }))
    .nullish().catch(undefined), // OpenRouter's chat completions
  usage: z.record(z.string(), z.unknown()).optional().catch(undefined),
  error: z.unknown().optional(),
});

const Event = z.object({ type: z.string() });
