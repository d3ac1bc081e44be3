/**
 * Tells when the templates of folders come, change or go, for as long as somebody listens. Of a
 * folder that is not there, the nearest one above it is watched until it comes.
 */

export class FolderWatch {
  readonly #folders: readonly string[];
  readonly #together: number;
  readonly #listeners = new Set<() => void>();
  #watcher: Deno.FsWatcher | undefined;
  /** The places that are watched, as one text. */
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
        if (this.#listeners.size > 0) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#unwatch();
      },
    };
  }

  /** Watches the folders, or what is there on the way to them, where somebody listens; never throws. */
  look(): void {
    if (this.#listeners.size === 0) return;
    for (let tries = 0; tries < MOST_TRIES; tries++) { // one may come while the watch begins
      const places = [...new Set(this.#folders.map(nearestFolder).filter(Boolean))];
      const watched = places.join("\0");
      if (watched === this.#watched) return;
      this.#unwatch();
      try {
        this.#watcher = Deno.watchFs(places, { recursive: false });
      } catch {
        return; // the system watches no more, and clients ask again by themselves
      }
      this.#watched = watched;
      void this.#follow(this.#watcher);
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue; // as by reading them for a list
      const isFolderChanged = paths.some((path) => this.#isOnTheWay(path));
      if (isFolderChanged) this.#lookAnew(kind);
      const isTemplate = (path: string) => this.#folders.some((each) => isIn(each, path));
      if (!isFolderChanged && !paths.some(isTemplate)) continue;
      this.#timer ??= setTimeout(() => this.#tell(), this.#together);
    }
  }

  /** Whether a path is that of a folder, or of one that it lies in. */
  #isOnTheWay(path: string): boolean {
    return this.#folders.some((each) => each === path || each.startsWith(path + SEPARATOR));
  }

  /** What went may have come again as another one, which a watch of the first does not see. */
  #lookAnew(kind: Deno.FsEvent["kind"]): void {
    if (kind === "remove" || kind === "rename") this.#unwatch();
    this.look();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = "";
  }
}

/** The folder itself, or the nearest one above it that is there; "" where there is none. */
function nearestFolder(path: string): string {
  for (let place = path; place !== "";) {
    if (isFolder(place)) return place;
    const end = Math.max(...SEPARATORS.map((each) => place.lastIndexOf(each)));
    place = end === 0 && place !== SEPARATOR ? SEPARATOR : place.slice(0, Math.max(0, end));
  }
  return "";
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Whether a path is one of a template in `folder`; what lies elsewhere on the way to one is none. */
function isIn(folder: string, path: string): boolean {
  return path.startsWith(folder + SEPARATOR) && /\.md$/i.test(path);
}

/** By hand, since `node:path` would load Node's half of Deno before the first answers. */
const SEPARATORS = Deno.build.os === "windows" ? ["\\", "/"] as const : ["/"] as const;
const SEPARATOR = SEPARATORS[0];
/** Times a look begins again, since a folder came meanwhile. */
const MOST_TRIES = 5;
/** Milliseconds in which several changes are one, as when an editor saves a file. */
const TOGETHER = 200;
