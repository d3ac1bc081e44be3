/** All that is needed to ask Tencent for a job again, by another server too. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";

/** @throws {ImageError} unless the ticket is of a job at this backend. */
export function readTicket(text: string, backend: string): Ticket {
  const ticket = ticketText.safeParse(text);
  if (ticket.success && ticket.data.backend === backend) return ticket.data;
  throw new ImageError(
    "job_not_found",
    ticket.success
      ? `The job was given to Tencent's backend '${ticket.data.backend}', and HUNYUAN_BACKEND is ` +
        `now '${backend}': set it back, or ask for the picture again`
      : "The record of the job at Tencent cannot be read: ask for the picture again",
    { provider: "hunyuan" },
  );
}

const ticketText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
}).pipe(z.object({
  backend: z.string(),
  job: z.string(),
  model: z.string(),
  count: z.number(),
  /** When Tencent took the job, in milliseconds since 1970. */
  since: z.number(),
  warnings: z.array(z.string()),
}));

export type Ticket = z.infer<typeof ticketText>;
