/**
 * `fetch` for vendors, over connections of its own. Few of them are kept for later, because each
 * goes on holding the memory of the largest answer it has brought.
 */

/** At each host. */
const IDLE_CONNECTIONS = 8;

let client: Deno.HttpClient | undefined;

export const vendorFetch: typeof fetch = (input, init) => {
  client ??= Deno.createHttpClient({ poolMaxIdlePerHost: IDLE_CONNECTIONS });
  return fetch(input, { ...init, client });
};

/** Lets go of the connections; the next fetch makes new ones. */
export function closeVendorConnections(): void {
  client?.close();
  client = undefined;
}
