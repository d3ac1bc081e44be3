import type { Logger } from "../log.ts";
import type { Storage } from "../storage/storage.ts";
import { FairQueue, type Queue, type QueueLimits } from "./queue.ts";
import { SharedQueue } from "./shared_queue.ts";

/** The line of all servers where they share their records, else this server's own. */
export function openQueue(storage: Storage, log: Logger, limits: QueueLimits): Queue {
  return storage.isShared ? new SharedQueue({ storage, log, limits }) : new FairQueue(limits);
}
