/** What is remembered of a request in ComfyUI's queue, so that another server can fetch its picture. */

import * as z from "../../dependencies/zod.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  /** ComfyUI's id of the request. */
  id: z.string().min(1),
  /** Whose messages tell of it. */
  client: z.string(),
  model: z.string(),
  count: z.number().int().positive(),
  seed: z.number().optional(),
  /** The nodes whose pictures count; all where it is empty. */
  outputs: z.array(z.string()),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is a ticket. */
export function readTicket(text: string): Ticket {
  return parseTicket(text, TICKET, { provider: "comfyui", title: "request at ComfyUI" });
}
