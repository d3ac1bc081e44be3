/** What the client of a session subscribes to, where every server has to know. */

import type { SubscribedAddresses } from "../../mcp/subscriptions.ts";
import type { SessionRecords } from "../../storage/records/common_records.ts";

/** Does something to the records of a session, and tells other servers. */
export type Keep = (
  work: (records: SessionRecords, id: string) => Promise<void>,
) => Promise<void>;

/** Addresses that are kept for all servers, and known here at once. */
export class SharedAddresses implements SubscribedAddresses {
  readonly #keep: Keep;
  #known: readonly string[];

  constructor(known: readonly string[], keep: Keep) {
    this.#known = known;
    this.#keep = keep;
  }

  get all(): readonly string[] {
    return this.#known;
  }

  get size(): number {
    return this.#known.length;
  }

  has(address: string): boolean {
    return this.#known.includes(address);
  }

  /** @throws where it cannot be kept. */
  async add(address: string): Promise<void> {
    await this.#keep((records, id) => records.subscribe(id, address));
    this.#known = [...this.#known, address];
  }

  /** @throws where it cannot be kept. */
  async delete(address: string): Promise<void> {
    await this.#keep((records, id) => records.unsubscribe(id, address));
    this.#known = this.#known.filter((each) => each !== address);
  }

  /** Takes over what another server knows. */
  replace(addresses: readonly string[]): void {
    this.#known = addresses;
  }
}
