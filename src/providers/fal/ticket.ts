/** What is remembered of an accepted request, so that another server can fetch its pictures. */

import * as z from "../../dependencies/zod.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  /** Where its result will be. */
  result: z.string(),
  model: z.string(),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is a ticket. */
export function readTicket(text: string): Ticket {
  return parseTicket(text, TICKET, { provider: "fal", title: "request at fal" });
}
