/** Tells when the templates of folders come, change or go, for as long as somebody listens. */

export class FolderWatch {
  readonly #folders: readonly string[];
  readonly #together: number;
  readonly #listeners = new Set<() => void>();
  #watcher: Deno.FsWatcher | undefined;
  /** The folders that are watched, as one text. */
  #watched = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(folders: readonly string[], { together = TOGETHER } = {}) {
    this.#folders = folders;
    this.#together = together;
  }

  /** From now on `listener` is told, once for changes that come together. */
  listen(listener: () => void): Disposable {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.look();
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#stop();
      },
    };
  }

  /** Watches the folders that are there now, where somebody listens; never throws. */
  look(): void {
    if (this.#listeners.size === 0) return;
    const there = this.#folders.filter(isFolder);
    const watched = there.join("\0");
    if (watched === this.#watched) return;
    this.#stop();
    if (there.length === 0) return;
    try {
      this.#watcher = Deno.watchFs(there, { recursive: false });
    } catch {
      return; // the system watches no more, and clients ask again by themselves
    }
    this.#watched = watched;
    void this.#follow(this.#watcher);
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (watcher !== this.#watcher) return; // closed, with events still on their way
      if (kind === "access") continue; // as by reading them for a list
      // A folder that goes, and may come again as another one, is looked for with the next list.
      if (paths.some((path) => this.#folders.includes(path)) && kind === "remove") this.#stop();
      if (paths.some((path) => !/\.md$/i.test(path)) && kind !== "remove") continue;
      this.#timer ??= setTimeout(() => this.#tell(), this.#together);
    }
  }

  #tell(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = "";
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Milliseconds in which several changes are one, as when an editor saves a file. */
const TOGETHER = 200;
