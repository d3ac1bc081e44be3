/** What is remembered of an accepted generation, so that another server can fetch its picture. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { parsedJson } from "../../json.ts";

const TICKET = z.object({
  /** Of the generation. */
  id: z.string().regex(/^[\w-]{1,100}$/),
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
    "The record of the generation at Stability cannot be read: ask for the picture again",
    { provider: "stability" },
  );
}
