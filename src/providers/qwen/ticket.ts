/** What is remembered of an accepted task, so that another server can fetch its pictures. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  /** The task's id at the vendor. */
  task: z.string(),
  /** The address it was given to: ids and keys are of one region. */
  endpoint: z.string(),
  model: z.string(),
  count: z.number(),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless `text` is the ticket of a task at `endpoint`. */
export function readTicket(text: string, endpoint: string): Ticket {
  const ticket = parseTicket(text, TICKET, { provider: "qwen", title: "task at Model Studio" });
  if (ticket.endpoint === endpoint) return ticket;
  throw new ImageError(
    "job_not_found",
    `The task was given to Model Studio at ${ticket.endpoint}, and DASHSCOPE_ENDPOINT or ` +
      `DASHSCOPE_REGION now says ${endpoint}: set it back, or ask for the picture again`,
    { provider: "qwen" },
  );
}
