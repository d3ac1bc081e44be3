/** Thumbnails that are made before anybody scrolls to them: of what is new, and of what was listed. */

import { messageOf } from "../../errors.ts";
import type { ServerDependencies } from "../../mcp/dependencies.ts";

export interface EarlyThumbnails {
  /** Has them made of these pictures, and from now on of each new one of their owner. */
  prepare(owner: string, ids: readonly string[]): void;
}

type Parts = Pick<ServerDependencies, "images" | "previews" | "changes" | "log">;

/**
 * One at a time, in the order in which they came, so that whoever waits for a picture hardly waits
 * longer. Only owners whose pictures the page has listed are served, the latest of them.
 */
export function createEarlyThumbnails({ images, previews, changes, log }: Parts): EarlyThumbnails {
  const waiting = new Map<string, string>();
  const known = new Set<string>();
  const listening = new Map<string, () => void>();
  let isWorking = false;

  function add(owner: string, ids: readonly string[]): void {
    for (const id of ids) {
      if (known.has(id) || waiting.size >= MOST_WAITING) continue;
      remember(id);
      waiting.set(id, owner);
    }
    if (!isWorking) void work();
  }

  async function work(): Promise<void> {
    isWorking = true;
    for (const [id, owner] of waiting) {
      waiting.delete(id);
      try {
        const picture = await images.find(id, owner);
        if (picture && picture.mediaType !== SVG) await previews.thumbnailOf(picture);
      } catch (error) {
        log.debug("A thumbnail could not be made in advance", { id, reason: messageOf(error) });
      }
    }
    isWorking = false;
  }

  function remember(id: string): void {
    known.add(id);
    if (known.size > MOST_KNOWN) known.delete(known.values().next().value!);
  }

  function listen(owner: string): void {
    const before = listening.get(owner);
    listening.delete(owner);
    listening.set(
      owner,
      before ?? changes.listen(owner, (addresses) => add(owner, idsIn(addresses))),
    );
    const [oldest] = listening.keys();
    if (listening.size <= MOST_OWNERS) return;
    listening.get(oldest!)!();
    listening.delete(oldest!);
  }

  return {
    prepare(owner, ids) {
      listen(owner);
      add(owner, ids);
    },
  };
}

function idsIn(addresses: ReadonlySet<string>): readonly string[] {
  return [...addresses].flatMap((each) => PICTURE.exec(each)?.[1] ?? []);
}

const PICTURE = /^image:\/\/(img_[\w-]+)$/;
const SVG = "image/svg+xml";
const MOST_WAITING = 1_000;
/** Pictures that are not looked at again. */
const MOST_KNOWN = 10_000;
const MOST_OWNERS = 200;
