/** What is remembered of an accepted request, so that another server can fetch its pictures. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { parsedJson } from "../../json.ts";

const TICKET = z.object({
  /** Where its result will be. */
  result: z.string(),
  model: z.string(),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is a ticket. */
export function readTicket(text: string): Ticket {
  const ticket = TICKET.safeParse(parsedJson(text)).data;
  if (ticket) return ticket;
  throw new ImageError(
    "job_not_found",
    "The record of the request at fal cannot be read: ask for the picture again",
    { provider: "fal" },
  );
}
