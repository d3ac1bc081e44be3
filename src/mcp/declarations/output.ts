/** What generate_image and get_job answer, as clients see it and as it is typed here. */

import type { JsonSchema } from "./argument_schema.ts";

const TEXT = { type: "string" } as const;
const NUMBER = { type: "number" } as const;
const TEXT_OR_NULL = { type: ["string", "null"] } as const;
const NUMBER_OR_NULL = { type: ["number", "null"] } as const;

const IMAGE = {
  id: TEXT,
  provider: TEXT,
  mime_type: TEXT,
  file_name: TEXT_OR_NULL,
  local_path: TEXT_OR_NULL,
  url: TEXT_OR_NULL,
  size_bytes: NUMBER,
  revised_prompt: TEXT_OR_NULL,
  save_error: TEXT_OR_NULL,
  model: TEXT,
  width: NUMBER_OR_NULL,
  height: NUMBER_OR_NULL,
  seed: NUMBER_OR_NULL,
} as const;

const JOB = { id: TEXT, state: TEXT, provider: TEXT, started_at: TEXT, message: TEXT } as const;

/** A picture in the envelope. */
export type ImageEntry = Entry<typeof IMAGE>;
/** A job in the envelope. */
export type JobEntry = Entry<typeof JOB>;

/** As short as it can be, since each list of tools carries it. */
export const IMAGES_ENVELOPE: JsonSchema = {
  type: "object",
  properties: {
    version: TEXT,
    ok: { type: "boolean" },
    images: { type: "array", items: { type: "object" } },
    warnings: { type: "array", items: TEXT },
    job: { type: "object" },
    next: TEXT,
    error: { type: ["object", "null"] },
  },
  required: ["version", "ok", "images", "warnings", "error"],
};

/** What a table of fields describes. */
type Entry<Fields> = { readonly [Name in keyof Fields]: FieldValue<Fields[Name]> };

type FieldValue<Schema> = Schema extends typeof TEXT ? string
  : Schema extends typeof NUMBER ? number
  : Schema extends typeof TEXT_OR_NULL ? string | null
  : Schema extends typeof NUMBER_OR_NULL ? number | null
  : never;
