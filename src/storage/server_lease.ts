/** Which servers on a folder are alive, told by a file lock that the system lets go of when one dies. */

import { join } from "node:path";

/** One server process on a folder. */
export class ServerLease implements Disposable {
  readonly id = crypto.randomUUID();
  readonly #folder: string;
  #lock: Deno.FsFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Takes this runner's lock: others see it alive from now until the process ends, however it ends.
   * @throws where the folder cannot hold the file.
   */
  announce(): void {
    if (this.#lock) return;
    const lock = Deno.openSync(this.#pathOf(this.id), { create: true, write: true });
    lock.lockSync(true);
    this.#lock = lock;
  }

  /**
   * Runs `work` when the runner `id` is dead, while holding its lock, so that only
   * one server at a time inherits from it; does nothing while it lives.
   */
  async inherit(id: string, work: () => Promise<void>): Promise<void> {
    if (id === this.id) return;
    const path = this.#pathOf(id);
    using lock = await Deno.open(path, { create: true, write: true });
    if (!await lock.tryLock(true)) return;
    await work();
    await Deno.remove(path).catch(() => {}); // Windows keeps open files; the next look removes it
  }

  /** Removes the locks of dead runners but `except`, who still have something to inherit. */
  async forgetDead(except: ReadonlySet<string>): Promise<void> {
    for await (const { name } of Deno.readDir(this.#folder)) {
      const id = name.match(/^runner-(.+)\.lock$/)?.[1];
      if (id !== undefined && !except.has(id)) await this.inherit(id, async () => {});
    }
  }

  [Symbol.dispose](): void {
    if (!this.#lock) return;
    this.#lock.close();
    this.#lock = undefined;
    try {
      Deno.removeSync(this.#pathOf(this.id));
    } catch {
      // Left behind it costs the next server one look.
    }
  }

  #pathOf(id: string): string {
    return join(this.#folder, `runner-${id}.lock`);
  }
}
