/** What the page sends as JSON, checked field by field. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { parsedJson } from "../../json.ts";
import { readBody } from "../../providers/read_body.ts";

const text = z.string().max(20_000).optional();
const number = z.number().optional();

/** The same when it is sent again after a lost connection, so that nothing is drawn twice. */
const key = z.string().min(8).max(100);

const args = z.strictObject({
  prompt: z.string().max(20_000),
  provider: text,
  model: text,
  style: text,
  resolution: text,
  negative_prompt: text,
  seed: number,
  n: number,
});

/** What the page sends to have pictures made. */
export const DRAWING = z.strictObject({
  key,
  args,
  /** Ids of pictures that were made or uploaded here. */
  images: z.array(z.strictObject({
    image: z.string().max(200),
    role: z.enum(["base", "reference"]).optional(),
  })).max(16).default([]),
  mask: z.string().max(200).optional(),
  /** The picture to draw anew: what `args` leave out is as it was there, but for the seed. */
  again: z.string().max(200).optional(),
});
export type DrawingRequest = z.infer<typeof DRAWING>;

/** Many drawings that go on without the page: each with every combination of the variables. */
export const BATCH = z.strictObject({
  key,
  items: z.array(args).min(1).max(200),
  template: z.string().max(200).optional(),
  /** Values for each gap. */
  variables: z.record(
    z.string().max(100),
    z.array(z.string().max(20_000)).min(1).max(200),
  ).default({}),
});

/** How a copy of a picture differs from it. */
export const TRANSFORMATION = z.strictObject({
  width: number,
  aspect_ratio: text,
  format: text,
});

const ids = z.array(z.string().max(200)).min(1).max(500);

/** Pictures that something is to be done with. */
export const LIST = z.strictObject({ ids });

/** What to note of pictures. */
export const NOTES = z.strictObject({
  ids,
  title: z.string().max(200).optional(),
  addTags: z.array(z.string().max(50)).max(20).optional(),
  removeTags: z.array(z.string().max(50)).max(20).optional(),
  isFavorite: z.boolean().optional(),
});

/** The body of a request, of at most `limit` bytes. @throws {ImageError} where it is not what `schema` says. */
export async function readBodyAs<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  limit = LONGEST,
): Promise<z.infer<Schema>> {
  // No form of another page can send this type.
  const isJson = /^application\/json\b/i.test(request.headers.get("content-type") ?? "");
  const bytes = isJson
    ? await readBody(new Response(request.body), { title: "The page", limit })
    : new Uint8Array();
  const { success, data, error } = schema.safeParse(parsedJson(new TextDecoder().decode(bytes)));
  if (success) return data;
  const [issue] = error.issues;
  const place = issue?.path.join(".") || `The body, application/json of at most ${limit / 1024} kB`;
  throw new ImageError("invalid_parameters", `${place}: ${issue?.message ?? "is not JSON"}`);
}

/** In bytes. */
const LONGEST = 64 * 1024;
