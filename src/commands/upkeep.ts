/** What a server does beside answering, now and then. */

import type { App } from "../app.ts";
import { messageOf } from "../errors.ts";
import { letGo } from "../service/retention.ts";

/**
 * Jobs and batches of servers that died on this folder are gone on with by the next one, this one
 * included: the jobs first, since they may be of the batches. Once an hour old pictures are let go.
 */
export function keepUp(app: App): Disposable {
  const stop = new AbortController();
  let sweptAt = -Infinity;
  const sweepInTime = async () => {
    if (performance.now() - sweptAt < SWEEP_INTERVAL) return;
    sweptAt = performance.now();
    await sweep(app, stop.signal);
  };
  const look = () =>
    app.imageService.recover().then(() => app.batches.recover()).then(sweepInTime).catch(
      (error) => {
        if (stop.signal.aborted) return;
        app.log.warning("Cannot look for interrupted jobs or old pictures", {
          reason: messageOf(error),
        });
      },
    );
  const first = setTimeout(look, RECOVERY_DELAY);
  const isShared = app.configuration.settings.MCP_DATABASE_URL !== undefined;
  const others = setInterval(look, isShared ? SHARED_INTERVAL : RECOVERY_INTERVAL);
  return {
    [Symbol.dispose]() {
      stop.abort();
      clearTimeout(first);
      clearInterval(others);
    },
  };
}

/**
 * Empties the trash of what has lain there for long enough, and lets go of what is above the bounds
 * of what is kept.
 */
export async function sweep(
  { library, images, configuration: { settings }, log }: App,
  signal: AbortSignal,
  now = Date.now,
): Promise<void> {
  const emptied = await library.emptyTrash(settings.MCP_TRASH_DAYS);
  if (emptied > 0) log.info("Pictures were removed from the trash", { pictures: emptied });
  const bounds = { days: settings.MCP_KEEP_DAYS, bytes: settings.MCP_KEEP_BYTES };
  const { trashed, removed } = await letGo(bounds, library, { images, now }, signal);
  if (trashed > 0) {
    log.info("Old pictures went into the trash (MCP_KEEP_DAYS)", { pictures: trashed });
  }
  if (removed > 0) {
    log.info("The oldest pictures were removed (MCP_KEEP_BYTES)", { pictures: removed });
  }
  await images.tidy(signal);
}

/** Milliseconds between looks for jobs that a dead server on the same folder left. */
const RECOVERY_INTERVAL = 15_000;
/** The same where servers share a database: somebody waits at another server for what the dead one drew. */
const SHARED_INTERVAL = 5_000;
/** Milliseconds until the first look, so that it does not delay the first answers. */
const RECOVERY_DELAY = 200;
/** Milliseconds between looks for old pictures. */
const SWEEP_INTERVAL = 3_600_000;
