/** Models that people have trained, by the names that they gave them. */

import { isModelName } from "../requests/training.ts";
import type { TrainedModelRecord } from "../storage/model_records.ts";
import type { Storage } from "../storage/storage.ts";

export class TrainedModels {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The one that this owner has given that name; undefined where there is none. */
  async find(name: string, owner: string): Promise<TrainedModelRecord | undefined> {
    if (!isModelName(name) || !await this.#storage.hasRecords()) return undefined;
    return await (await this.#storage.records()).models.find(name, owner);
  }

  /** The newest of this owner, newest first. */
  async list(owner: string, limit: number): Promise<readonly TrainedModelRecord[]> {
    if (!await this.#storage.hasRecords()) return [];
    return await (await this.#storage.records()).models.list(owner, limit);
  }
}
