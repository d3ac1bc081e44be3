import { useEffect, useState } from "preact/hooks";
import type { Picture } from "./answer.ts";
import type { Host } from "./host.ts";
import { readLarge, readSmall } from "./pictures.ts";

/** Tells the look of each picture; those that came without one are fetched, one after the other. */
export function useSources(host: Host | undefined, pictures: readonly Picture[]) {
  const [fetched, setFetched] = useState<ReadonlyMap<string, string | undefined>>(new Map());
  const missing = pictures.find(({ id, source }) => source === undefined && !fetched.has(id))?.id;
  useEffect(() => {
    if (!host || missing === undefined) return;
    const mayBeLarge = fetched.size < MOST_LARGE;
    const keep = (source: string | undefined) =>
      setFetched((before) => new Map(before).set(missing, source));
    fetchLook(host, missing, mayBeLarge).then(keep, () => keep(undefined));
  }, [host, missing]);
  return ({ id, source }: Picture) => source ?? fetched.get(id);
}

async function fetchLook(host: Host, id: string, mayBeLarge: boolean): Promise<string | undefined> {
  const small = await readSmall(host, id).catch(() => undefined);
  return small ?? (mayBeLarge ? await readLarge(host, id) : undefined);
}

/** Where there is nothing small to be had, no more than these are fetched unasked. */
const MOST_LARGE = 12;
