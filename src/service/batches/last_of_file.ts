/** What is left of the last batch of a file, so that the next one pays for nothing twice. */

import { ImageError } from "../../errors.ts";
import type { ImageRepository } from "../../storage/image_repository.ts";
import type { BatchItem, BatchRecord } from "../../storage/records/batch_records.ts";
import type { Storage } from "../../storage/storage.ts";

/**
 * The last batch of a file, once no living process draws it: one that was left running is this
 * server's by then, so that nobody begins anything of it between what is read of it and its next save.
 * @throws {ImageError} `busy` while one does.
 */
export async function lastOfFile(
  source: string,
  owner: string,
  storage: Storage,
): Promise<BatchRecord | undefined> {
  const { batches } = await storage.records();
  const last = await batches.findSource(source, owner);
  if (last?.state !== "running") return last;
  let isClaimed = false;
  await storage.lease.recover(last.server, async () => {
    isClaimed = await batches.claim(last.id, last.server, storage.lease.id);
  });
  if (isClaimed) return last;
  throw new ImageError(
    "busy",
    `Another process draws ${source} now, as ${last.id}: wait for it, or stop it first`,
    { batch: last.id },
  );
}

/**
 * The items of a batch that were begun, or drawn where their pictures are still known, by what they
 * ask for, as JSON.
 */
export async function begunItems(
  { id, owner }: BatchRecord,
  storage: Storage,
  images: ImageRepository,
): Promise<ReadonlyMap<string, BatchItem[]>> {
  const { batches } = await storage.records();
  const begun = new Map<string, BatchItem[]>();
  for (const item of await batches.items(id)) {
    if (item.state !== "drawn" && item.state !== "running") continue;
    const found = await Promise.all(item.imageIds.map((each) => images.find(each, owner)));
    const request = await batches.request(id, item.number);
    if (request === undefined || found.includes(undefined)) continue;
    const key = JSON.stringify(request);
    begun.set(key, [...begun.get(key) ?? [], item]);
  }
  return begun;
}
