/** What is remembered of an accepted task, so that another server can fetch its picture. */

import * as z from "../../dependencies/zod.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  /** Where to ask about the task. */
  poll: z.string(),
  model: z.string(),
  warnings: z.array(z.string()),
  /** In credits. */
  cost: z.number().optional(),
  /** Megapixels that came in and that are drawn, as they are charged. */
  input_mp: z.number().optional(),
  output_mp: z.number().optional(),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is a ticket. */
export function readTicket(text: string): Ticket {
  return parseTicket(text, TICKET, { provider: "flux", title: "task at Black Forest Labs" });
}
