/** What is remembered of an accepted prediction, so that another server can fetch its pictures. */

import * as z from "../../dependencies/zod.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  /** Of the prediction. */
  id: z.string().regex(/^[\w-]{1,100}$/),
  model: z.string(),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is a ticket. */
export function readTicket(text: string): Ticket {
  return parseTicket(text, TICKET, { provider: "replicate", title: "prediction at Replicate" });
}
