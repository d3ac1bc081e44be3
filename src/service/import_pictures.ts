/** The use case: pictures that lie in a folder become pictures of the library. */

import { basename, dirname, extname } from "node:path";
import { hashOf } from "../bytes.ts";
import { ImageError, messageOf } from "../errors.ts";
import { checkImage } from "../images/check.ts";
import { readProvenance } from "../images/provenance/read.ts";
import type { HeldPicture, PictureReader } from "../inputs/picture_source.ts";
import { pictureFilesIn } from "../inputs/sources/folder.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import { isInPlace, isThere } from "../storage/original_file.ts";
import type { ImageSource } from "../storage/records/records.ts";
import type { Library } from "./library.ts";
import { type ManifestEntry, readManifests } from "./manifest.ts";

export interface Importer extends PictureReader {
  readonly images: ImageRepository;
  readonly library: Library;
  readonly holdPicture: (path: string, reader: PictureReader) => Promise<HeldPicture>;
  readonly onProgress?: (message: string) => void;
  /** Whether the files stay where they lie and are read there, and nothing is copied. */
  readonly inPlace?: boolean;
}

export interface Imported {
  /** The ids of the pictures that came in, in the order of their files. */
  readonly ids: readonly string[];
  /** How many were in the library already. */
  readonly known: number;
  /** Files that are no whole pictures or cannot be read, each with the reason. */
  readonly broken: readonly { readonly file: string; readonly reason: string }[];
}

/** What imported pictures have in place of a vendor. */
const IMPORTED = "imported";

/**
 * Copies the pictures of a folder, and of those below it, into the library, or notes where they lie,
 * with what their files tell of how they were made and what a manifest of an export beside them
 * notes; no byte of them is changed. A file that came in before is passed over, so that an import which was broken off goes on when it is asked for again.
 * @throws {ImageError} where the folder cannot be read, or several machines share the library and
 * would not find what lies on this one; a file that cannot be is told in `broken`.
 */
export async function importPictures(
  path: string,
  tags: readonly string[],
  importer: Importer,
): Promise<Imported> {
  const { access, signal, library, owner, onProgress } = importer;
  if (importer.inPlace && !importer.images.knowsPlaces) throw notInPlace();
  const files = await pictureFilesIn(path, access, signal);
  const ids: string[] = [];
  const broken: { file: string; reason: string }[] = [];
  let known = 0;
  let folder = { path: "", notes: NO_NOTES };
  for (const [index, file] of files.entries()) {
    signal.throwIfAborted();
    onProgress?.(`${index} of ${files.length} pictures, ${broken.length} broken`);
    try {
      const path = dirname(file);
      if (path !== folder.path) folder = { path, notes: await readManifests(path) };
      const noted = folder.notes.get(basename(file)) ?? {};
      const { id, isNew } = await importFile(file, noted, importer);
      if (!isNew) {
        known++;
        continue;
      }
      ids.push(id);
      const { title, favorite: isFavorite, tags: own = [] } = noted;
      const addTags = [...own, ...tags];
      if (title === undefined && isFavorite === undefined && addTags.length === 0) continue;
      // Picture by picture, so that an import which is broken off has left none without.
      await library.update([id], owner, { title, isFavorite, addTags });
    } catch (error) {
      signal.throwIfAborted();
      broken.push({ file, reason: messageOf(error) });
    }
  }
  return { ids, known, broken };
}

const NO_NOTES: ReadonlyMap<string, ManifestEntry> = new Map();

async function importFile(
  file: string,
  noted: ManifestEntry,
  { images, holdPicture, inPlace, ...reader }: Importer,
) {
  const { owner } = reader;
  using held = await holdPicture(file, reader);
  const { bytes } = held;
  const damage = checkImage(bytes);
  if (damage) throw new Error(`The picture is ${damage}`);
  const { mtime } = await Deno.stat(file);
  const id = await idFor(bytes, owner, mtime ?? new Date(0));
  const found = await images.find(id, owner);
  if (found && (!isInPlace(found) || await isThere(found))) return { id, isNew: false };
  const [before] = found ? await images.summaries([id], owner) : [];
  const { model, seed, sourceType, ...source } = whatItTells(bytes, noted);
  // What is saved is given to whoever asks for it next.
  await images.save({ bytes: bytes.slice(), seed }, {
    id,
    owner,
    provider: IMPORTED,
    model,
    filePrefix: basename(file, extname(file)),
    sourceType,
    keepsBytes: true,
    ...inPlace && { originalPath: await Deno.realPath(file) },
    ...source,
  });
  if (before) await images.annotate(id, owner, before.notes);
  return { id, isNew: true };
}

function notInPlace(): ImageError {
  return new ImageError(
    "invalid_parameters",
    "Nothing is imported in place: this library's records are shared by several machines, which " +
      "would not find files of this one; leave out 'in_place' to copy them",
  );
}

/** The same for the same file of the same person, so that it comes in once. */
async function idFor(
  bytes: Uint8Array<ArrayBuffer>,
  owner: string,
  time: Date,
): Promise<string> {
  const random = await hashOf(new TextEncoder().encode(`${owner} ${await hashOf(bytes)}`));
  return `img_${IMPORTED}_${Math.floor(time.getTime() / 1000)}_${random.slice(0, 24)}`;
}

/** How the picture was made, as far as its file knows, or what was noted beside it. */
function whatItTells(bytes: Uint8Array, noted: ManifestEntry): ImageSource & {
  readonly model: string;
  readonly seed?: number;
  readonly sourceType?: string;
} {
  const { making, parameters, sourceType } = readProvenance(bytes);
  const { seed, model = "unknown", prompt = "" } = making ?? {
    prompt: parameters?.prompt ?? noted.prompt,
    seed: numberOf(parameters?.settings.Seed),
    model: parameters?.settings.Model ?? noted.model,
  };
  return {
    operation: "import",
    prompt,
    parents: [],
    parameters: {
      ...making?.parameters,
      ...parameters?.negativePrompt && { negativePrompt: parameters.negativePrompt },
      ...sourceType && { sourceType },
    },
    model,
    seed,
    sourceType,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
