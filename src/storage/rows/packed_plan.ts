/** A plan as text, in which a prompt stands once although every attempt has it. */

import type { Attempt, Plan } from "../../requests/request.ts";

/** What may be long in a request and is mostly the same in every attempt. */
const TEXTS = ["prompt", "negativePrompt"] as const;

/** The plan as JSON; null in an attempt stands for the same text as in the request. */
export function packPlan({ request, attempts, ...others }: Plan): string {
  const packed = attempts.map((attempt) => {
    const own: Record<string, unknown> = { ...attempt.request };
    for (const text of TEXTS) {
      if (own[text] !== undefined && own[text] === request[text]) own[text] = null;
    }
    return { ...attempt, request: own };
  });
  return JSON.stringify({ request, attempts: packed, ...others });
}

/** The plan that was packed; what was kept unpacked is read as well. */
export function unpackPlan(json: string): Plan {
  const { request, attempts, ...others } = JSON.parse(json) as Plan;
  const [first, ...more] = attempts.map((attempt): Attempt => {
    const own: Record<string, unknown> = { ...attempt.request };
    for (const text of TEXTS) if (own[text] === null) own[text] = request[text];
    return { ...attempt, request: own as unknown as Attempt["request"] };
  });
  return { request, attempts: [first!, ...more], ...others };
}
