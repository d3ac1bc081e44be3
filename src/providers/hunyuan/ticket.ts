/** All that is needed to ask Tencent for a job again, by another server too. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { parseTicket } from "../ticket.ts";

const TICKET = z.object({
  backend: z.string(),
  job: z.string(),
  model: z.string(),
  count: z.number(),
  /** When Tencent took the job, in milliseconds since 1970. */
  since: z.number(),
  warnings: z.array(z.string()),
});

export type Ticket = z.infer<typeof TICKET>;

/** @throws {ImageError} unless the ticket is of a job at this backend. */
export function readTicket(text: string, backend: string): Ticket {
  const ticket = parseTicket(text, TICKET, { provider: "hunyuan", title: "job at Tencent" });
  if (ticket.backend === backend) return ticket;
  throw new ImageError(
    "job_not_found",
    `The job was given to Tencent's backend '${ticket.backend}', and HUNYUAN_BACKEND is ` +
      `now '${backend}': set it back, or ask for the picture again`,
    { provider: "hunyuan" },
  );
}
