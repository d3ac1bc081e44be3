/** What is remembered of a request that a vendor has accepted, so that another server can fetch its pictures. */

import type * as z from "../dependencies/zod.ts";
import { ImageError } from "../errors.ts";
import { parsedJson } from "../json.ts";

/**
 * The ticket that a text is. `title` says what it is of, such as "request at fal".
 * @throws {ImageError} `job_not_found` where it is no such ticket.
 */
export function parseTicket<Ticket>(
  text: string,
  schema: z.ZodType<Ticket>,
  { provider, title }: { readonly provider: string; readonly title: string },
): Ticket {
  const { data } = schema.safeParse(parsedJson(text));
  if (data !== undefined) return data;
  throw new ImageError(
    "job_not_found",
    `The record of the ${title} cannot be read: ask for the picture again`,
    { provider },
  );
}
