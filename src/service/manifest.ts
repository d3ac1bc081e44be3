/** What stands beside exported pictures, as an import reads it back: words of whoever wrote the file. */

import { join } from "node:path";

/** What a manifest notes of a picture; what it does not say, or says in another form, is absent. */
export interface ManifestEntry {
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly favorite?: boolean;
  readonly prompt?: string;
  readonly model?: string;
}

/** By the names of the pictures' files, out of all manifests of a folder; never throws. */
export async function readManifests(folder: string): Promise<ReadonlyMap<string, ManifestEntry>> {
  const entries = new Map<string, ManifestEntry>();
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !/^manifest(-\d+)?\.json$/.test(name)) continue; // no links
      for (const [file, entry] of await readManifest(join(folder, name))) entries.set(file, entry);
    }
  } catch {
    return entries; // pictures come in without
  }
  return entries;
}

async function readManifest(path: string): Promise<readonly (readonly [string, ManifestEntry])[]> {
  const { size } = await Deno.stat(path);
  if (size > MOST_BYTES) return [];
  try {
    const { version, pictures } = Object(JSON.parse(await Deno.readTextFile(path)));
    return version === 1 && Array.isArray(pictures) ? pictures.map(Object).flatMap(entryOf) : [];
  } catch {
    return []; // other programs have manifests, too
  }
}

function entryOf({ file, title, tags, favorite, prompt, model }: Record<string, unknown>) {
  if (typeof file !== "string") return [];
  const entry: ManifestEntry = {
    title: textOf(title, LONGEST_TITLE),
    tags: Array.isArray(tags)
      ? tags.slice(0, MOST_TAGS).flatMap((tag) => textOf(tag, LONGEST_TAG) ?? [])
      : undefined,
    favorite: favorite === true ? true : undefined,
    prompt: textOf(prompt, LONGEST_PROMPT),
    model: textOf(model, LONGEST_TITLE),
  };
  return [[file, entry] as const];
}

function textOf(value: unknown, longest: number): string | undefined {
  return typeof value === "string" && value.length <= longest ? value : undefined;
}

const MOST_BYTES = 16_000_000;
const MOST_TAGS = 50;
/** In characters, as of the tools. */
const LONGEST_TITLE = 200;
const LONGEST_TAG = 60;
const LONGEST_PROMPT = 32_000;
