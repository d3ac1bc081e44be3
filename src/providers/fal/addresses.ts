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

export function requestAddresses(
  queue: string,
  model: string,
  id: string,
): RequestAddresses {
  const app = model.split("/").slice(0, 2).join("/");
  const base = `${queue}/${app}/requests/${encodeURIComponent(id)}`;
  return { status: `${base}/status`, result: base, cancel: `${base}/cancel` };
}
