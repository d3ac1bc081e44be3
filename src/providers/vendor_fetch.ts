/**
 * `fetch` for vendors, over connections of its own. Few of them are kept for later, because each
 * goes on holding the memory of the largest answer it has brought.
 */

/** At each host. */
const IDLE_CONNECTIONS = 8;

let client: Deno.HttpClient | undefined;
/** By host and port. */
const clientsAt = new Map<string, Deno.HttpClient>();

export const vendorFetch: typeof fetch = (input, init) => {
  client ??= Deno.createHttpClient({ poolMaxIdlePerHost: IDLE_CONNECTIONS });
  return fetch(input, { ...init, client });
};

/**
 * `fetch` that connects to the host and port of `url` alone, over plain HTTP: neither a proxy of
 * the environment nor a redirect leads anywhere else.
 */
export function fetchAt(url: string): typeof fetch {
  const { host, hostname, port } = new URL(url);
  const proxy = {
    transport: "tcp",
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 80),
  } as const;
  return (input, init) => {
    const direct = clientsAt.getOrInsertComputed(
      host,
      () => Deno.createHttpClient({ poolMaxIdlePerHost: IDLE_CONNECTIONS, proxy }),
    );
    return fetch(input, { ...init, client: direct });
  };
}

/** Lets go of the connections; the next fetch makes new ones. */
export function closeVendorConnections(): void {
  for (const each of [client, ...clientsAt.values()]) each?.close();
  client = undefined;
  clientsAt.clear();
}
