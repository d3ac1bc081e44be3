/** Which servers on a folder are alive, told by a file lock that the system lets go of when one dies. */

import { join } from "node:path";

/** One server process on a folder. */
export class Runner implements Disposable {
  readonly id = crypto.randomUUID();
  readonly #folder: string;
  #lock: Deno.FsFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes this runner's lock; others see it alive from now until the process ends, however it ends. */
  announce(): void {
    if (this.#lock) return;
    this.#lock = Deno.openSync(lockPath(this.#folder, this.id), { create: true, write: true });
    this.#lock.lockSync(true);
  }

  /**
   * Runs `work` when the runner `id` is dead, while holding its lock, so that only
   * one server at a time inherits from it; does nothing while it lives.
   */
  async inherit(id: string, work: () => Promise<void>): Promise<void> {
    if (id === this.id) return;
    const path = lockPath(this.#folder, id);
    using lock = await Deno.open(path, { create: true, write: true });
    if (!await lock.tryLock(true)) return;
    await work();
    await Deno.remove(path).catch(() => {}); // Windows keeps open files; the next one removes it
  }

  [Symbol.dispose](): void {
    this.#lock?.close();
    if (this.#lock) ignoreErrors(() => Deno.removeSync(lockPath(this.#folder, this.id)));
    this.#lock = undefined;
  }
}

function lockPath(folder: string, id: string): string {
  return join(folder, `runner-${id}.lock`);
}

function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // A lock file left behind only costs one look at the next start.
  }
}
