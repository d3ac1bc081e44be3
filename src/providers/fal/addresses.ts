/** Where fal's hosts are: the queue, what describes its models, and where files go. */

/** fal's own queue, whose other hosts are known. */
const QUEUE = "https://queue.fal.run";

export interface Hosts {
  readonly queue: string;
  /** Publishes the OpenAPI document of each endpoint, without a key. */
  readonly documents: string;
  readonly uploads: string;
}

/** A gateway in the place of fal's queue stands for all of its hosts. */
export function hostsOf(endpoint: string): Hosts {
  return endpoint === QUEUE
    ? { queue: QUEUE, documents: "https://fal.ai", uploads: "https://rest.fal.ai" }
    : { queue: endpoint, documents: endpoint, uploads: endpoint };
}

/** The addresses of an accepted request, which lie under the app and not under its path. */
export interface RequestAddresses {
  readonly status: string;
  readonly result: string;
  readonly cancel: string;
}

/** Of the address where the result of a request is. */
export function requestAddresses(result: string): RequestAddresses {
  return { status: `${result}/status`, result, cancel: `${result}/cancel` };
}

/**
 * Where the result of the request `id` is: as fal says, if the key may go there, or else under the
 * app, which the first two parts of an id are, and a third one behind a namespace (the client's
 * `parseEndpointId`, 1.10.1).
 */
export function resultAddress(
  queue: string,
  model: string,
  id: string,
  given: string | undefined,
): string {
  if (given !== undefined && isWithin(queue, given)) return given;
  const parts = model.split("/");
  const app = parts.slice(0, NAMESPACES.has(parts[0]!) ? 3 : 2).join("/");
  return `${queue}/${app}/requests/${encodeURIComponent(id)}`;
}

/** Whether an address lies where the key of `queue` belongs. */
export function isWithin(queue: string, address: string): boolean {
  return URL.parse(address)?.href === address && address.startsWith(`${queue}/`);
}

const NAMESPACES: ReadonlySet<string> = new Set(["workflows", "comfy"]);
