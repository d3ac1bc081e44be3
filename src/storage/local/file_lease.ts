/** Which servers on a folder are alive, told by a file lock that the system lets go of when one dies. */

import { join } from "node:path";
import type { ServerLease } from "../storage.ts";

export class FileLease implements ServerLease {
  readonly id = crypto.randomUUID();
  readonly #folder: string;
  #lock: Deno.FsFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  announce(): Promise<void> {
    if (this.#lock) return Promise.resolve();
    const lock = Deno.openSync(this.#pathOf(this.id), PRIVATE);
    lock.lockSync(true);
    this.#lock = lock;
    return Promise.resolve();
  }

  /** Holds the dead server's lock meanwhile. */
  async recover(id: string, work: () => Promise<void>): Promise<void> {
    if (id === this.id) return;
    const path = this.#pathOf(id);
    using lock = await Deno.open(path, PRIVATE);
    if (!await lock.tryLock(true)) return;
    await work();
    await Deno.remove(path).catch(() => {}); // Windows keeps open files; the next look removes it
  }

  async forgetDead(except: ReadonlySet<string>): Promise<void> {
    for await (const { name } of Deno.readDir(this.#folder)) {
      const id = name.match(/^runner-(.+)\.lock$/)?.[1];
      if (id !== undefined && !except.has(id)) await this.recover(id, async () => {});
    }
  }

  async release(): Promise<void> {
    if (!this.#lock) return;
    this.#lock.close();
    this.#lock = undefined;
    try {
      await Deno.remove(this.#pathOf(this.id));
    } catch {
      // Left behind it costs the next server one look.
    }
  }

  /** Named as the first servers named it, so that old and new see each other alive; records may say any id. */
  #pathOf(id: string): string {
    return join(this.#folder, `runner-${encodeURIComponent(id)}.lock`);
  }
}

const PRIVATE = { create: true, write: true, mode: 0o600 };
