/** One file from one store to another: looked for first, read back after it was written, never in place of another one. */

import { hashOf, releaseBytes } from "../../bytes.ts";
import { ImageError } from "../../errors.ts";
import { type ImageStore, OutsideStore } from "../image_store.ts";

export interface WantedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Its SHA-256 in hex, where that is recorded. */
  readonly hash?: string;
  /** Whether the other side has recorded it, so that a file of its size there is taken for it. */
  readonly isRecorded: boolean;
}

/** Where files are read. */
export type FileSource = Pick<ImageStore, "get" | "open">;

export type CopiedFile =
  /** The bytes that were written; 0 where the file was there. */
  | { readonly bytes: number }
  /** Why it stays where it is. */
  | { readonly reason: string };

/**
 * Copies a file unless it is there. At most two copies of it are in memory at a time.
 * @throws where a store fails for other reasons than this file, and where what was written is read
 * back as something else.
 */
export async function copyFile(
  wanted: WantedFile,
  from: FileSource,
  to: ImageStore,
): Promise<CopiedFile> {
  const { name, sizeBytes, isRecorded } = wanted;
  const there = await to.open(name);
  if (isRecorded && there?.sizeBytes === sizeBytes) return { bytes: 0 };
  const bytes = await read(from, name);
  if (typeof bytes === "string") return { reason: bytes };
  try {
    const hash = await hashOf(bytes);
    const damage = damageOf(wanted, bytes, hash);
    if (damage) return { reason: damage };
    if (there) {
      const isSame = there.sizeBytes === sizeBytes && await hashAt(to, name) === hash;
      return isSame ? { bytes: 0 } : { reason: `another file is called '${name}' in ${to.place}` };
    }
    await to.put(name, bytes);
    if (await hashAt(to, name) === hash) return { bytes: sizeBytes };
  } finally {
    releaseBytes(bytes); // at once, since large ones would pile up until somebody collects them
  }
  throw new Error(`${to.place} gives other bytes for '${name}' than it was given: do not trust it`);
}

/** Whether a file can be copied, by what can be told without reading it; the bytes that it would take. */
export async function lookAtFile(
  wanted: WantedFile,
  from: FileSource,
  to: ImageStore | undefined,
): Promise<CopiedFile> {
  const { name, sizeBytes, isRecorded } = wanted;
  const there = await to?.open(name);
  if (isRecorded && there?.sizeBytes === sizeBytes) return { bytes: 0 };
  const file = await from.open(name);
  if (!file) return { reason: GONE };
  if (file.sizeBytes !== sizeBytes) return { reason: wrongSize(file.sizeBytes, sizeBytes) };
  if (!there) return { bytes: sizeBytes };
  return there.sizeBytes === sizeBytes
    ? { bytes: 0 }
    : { reason: `another file is called '${name}' in ${to!.place}` };
}

/** The bytes, or why they cannot be had. */
async function read(from: FileSource, name: string): Promise<Uint8Array<ArrayBuffer> | string> {
  try {
    return await from.get(name) ?? GONE;
  } catch (error) {
    if (error instanceof OutsideStore) return "its file is a link out of the folder";
    if (error instanceof ImageError) return error.message;
    // What is wrong with one file of a folder says nothing of the others.
    const isOfThisFile = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.IsADirectory;
    if (isOfThisFile) return `its file cannot be read: ${error.message}`;
    throw error;
  }
}

function damageOf(wanted: WantedFile, bytes: Uint8Array, hash: string): string | undefined {
  if (bytes.length !== wanted.sizeBytes) return wrongSize(bytes.length, wanted.sizeBytes);
  if (wanted.hash !== undefined && wanted.hash !== hash) {
    return "its file is damaged: it is not what came in";
  }
}

function wrongSize(found: number, recorded: number): string {
  return `its file is damaged: it has ${found} bytes, ${recorded} are recorded`;
}

async function hashAt(store: ImageStore, name: string): Promise<string | undefined> {
  const bytes = await store.get(name);
  const hash = bytes && await hashOf(bytes);
  if (bytes) releaseBytes(bytes);
  return hash;
}

const GONE = "its file is gone";
