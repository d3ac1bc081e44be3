/** What a server does beside answering, now and then. */

import type { App } from "../app.ts";
import { messageOf } from "../errors.ts";

/**
 * Jobs and batches of servers that died on this folder are gone on with by the next one, this one
 * included: the jobs first, since they may be of the batches. Once an hour what has lain in the trash
 * for long enough is removed.
 */
export function keepUp(app: App): Disposable {
  let emptiedAt = -Infinity;
  const emptyTrash = async () => {
    if (performance.now() - emptiedAt < TRASH_INTERVAL) return;
    emptiedAt = performance.now();
    const removed = await app.library.emptyTrash(app.configuration.settings.MCP_TRASH_DAYS);
    if (removed > 0) app.log.info("Pictures were removed from the trash", { pictures: removed });
  };
  const look = () =>
    app.imageService.recover().then(() => app.batches.recover()).then(emptyTrash).catch((error) =>
      app.log.warning("Cannot look for interrupted jobs or old pictures in the trash", {
        reason: messageOf(error),
      })
    );
  const first = setTimeout(look, RECOVERY_DELAY);
  const others = setInterval(look, RECOVERY_INTERVAL);
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(others);
    },
  };
}

/** Milliseconds between looks for jobs that a dead server on the same folder left. */
const RECOVERY_INTERVAL = 15_000;
/** Milliseconds until the first look, so that it does not delay the first answers. */
const RECOVERY_DELAY = 200;
/** Milliseconds between looks into the trash. */
const TRASH_INTERVAL = 3_600_000;
