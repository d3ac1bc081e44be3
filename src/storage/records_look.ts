import { messageOf } from "../errors.ts";
import { resultWithin } from "../result_within.ts";
import type { Storage } from "./storage.ts";

/** Looks whether records can be used, at most once at a time. */
export class RecordsLook {
  readonly #storage: Storage;
  #looking: Promise<string | undefined> | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Why they cannot, as a sentence, known within four seconds. */
  async trouble(): Promise<string | undefined> {
    // Everybody who asks meanwhile gets the same answer.
    this.#looking ??= this.#look().finally(() => this.#looking = undefined);
    const silence = `The records cannot be used: no answer came for ${LOOK_TIME / 1000} s`;
    return await resultWithin(LOOK_TIME, this.#looking, silence);
  }

  async #look(): Promise<string | undefined> {
    try {
      const { isDurable, jobs } = await this.#storage.records();
      if (!isDurable) return "The records database cannot be opened in the save directory";
      await jobs.serversAtWork();
    } catch (error) {
      return `The records cannot be used: ${messageOf(error)}`;
    }
  }
}

/** In milliseconds; a look goes on without those who waited. */
const LOOK_TIME = 4_000;
