/** Models that people have trained, by the names that they gave them. */

import { ImageError, shown, someOf } from "../errors.ts";
import { isModelName } from "../requests/training.ts";
import type { TrainedModelRecord } from "../storage/records/model_records.ts";
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

  /** The one of that name that a job came to. @throws {ImageError} where there is none any more. */
  async trainedBy(
    { id }: { readonly id: string },
    name: string,
    owner: string,
  ): Promise<TrainedModelRecord> {
    const model = await this.find(name, owner);
    if (model) return model;
    throw new ImageError(
      "model_unavailable",
      `The model '${name}', which job '${id}' trained, was forgotten or has another name; ` +
        "list_providers names yours",
      { job: id },
    );
  }

  /** The newest of this owner, newest first. */
  async list(owner: string, limit: number): Promise<readonly TrainedModelRecord[]> {
    if (!await this.#storage.hasRecords()) return [];
    return await (await this.#storage.records()).models.list(owner, limit);
  }

  /**
   * Calls it `to` from now on, which no other may be called.
   * @throws {ImageError} that names the models there are, where it is none of them.
   */
  async rename(name: string, owner: string, to: string): Promise<TrainedModelRecord> {
    const model = await this.#own(name, owner);
    const { models } = await this.#storage.records();
    if (await models.rename(name, owner, to)) return { ...model, name: to };
    throw takenName(to);
  }

  /**
   * Forgets it here, so that nothing is drawn by its name; what its vendor keeps stays there.
   * @throws {ImageError} that names the models there are, where it is none of them.
   */
  async forget(name: string, owner: string): Promise<TrainedModelRecord> {
    const model = await this.#own(name, owner);
    await (await this.#storage.records()).models.remove(name, owner);
    return model;
  }

  async #own(name: string, owner: string): Promise<TrainedModelRecord> {
    const model = await this.find(name, owner);
    if (model) return model;
    const names = (await this.list(owner, MOST_NAMED)).map((each) => each.name);
    const known = names.length > 0 ? `yours are ${someOf(names, MOST_NAMED)}` : "you have none";
    throw new ImageError("invalid_parameters", `You have no model ${shown(name)}: ${known}`);
  }
}

export function takenName(name: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `You have a model '${name}' already: choose another name`,
  );
}

/** In a sentence. */
const MOST_NAMED = 20;
