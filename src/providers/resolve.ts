/** Which addresses a name has, as the system says. */

import { lookup } from "node:dns/promises";

/**
 * Every address of a host name. Empty where this process may not ask or nobody knows: what cannot
 * be resolved cannot be fetched without a proxy either, and a proxy looks for itself.
 */
export async function resolveHost(hostname: string): Promise<readonly string[]> {
  const isAllowed = Deno.permissions.querySync({ name: "net", host: hostname }).state === "granted";
  if (!isAllowed) return [];
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
