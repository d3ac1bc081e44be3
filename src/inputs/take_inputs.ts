/** The pictures and the mask of an edit, from whatever names them to what is kept. */

import { ImageError } from "../errors.ts";
import { paintRegions, readMask, type Region } from "../images/mask.ts";
import type { InputImageInfo, InputRole, Operation } from "../providers/provider.ts";
import { checkInputs, type RequestInputs } from "../requests/parse.ts";
import { type HoldDependencies, holdPicture } from "./hold_picture.ts";
import { heldOf, keepInputs, keepMask, type KeptPicture, type NewPicture } from "./keep_inputs.ts";
import type { PictureReader } from "./picture_source.ts";
import type { Storage } from "../storage/storage.ts";
import type { PictureText } from "./picture_text.ts";

/** The pictures of an edit as a person names them. */
export interface NamedPictures {
  readonly images: readonly NamedPicture[];
  /** What may change of the base picture: a picture, or regions of it as fractions; not both. */
  readonly mask?: string | PictureText | SentPicture;
  readonly regions?: readonly Region[];
  /** Whether what is marked stays, and everything else may change. */
  readonly invert?: boolean;
}

/** A picture that came with a request and is kept already; throws why it could not be. */
export type SentPicture = () => Promise<KeptPicture>;

export interface NamedPicture {
  /** As `readPicture` takes it, or what came with the request. */
  readonly image: string | PictureText | SentPicture;
  /** Where none has one, the first picture is the base; others without one are references. */
  readonly role?: InputRole;
}

export interface TakenInputs extends RequestInputs {
  /** "generate" where all that comes in are examples. */
  readonly operation: Operation;
}

/** @throws {ImageError} for the first picture that cannot be used, by its number. */
export async function takeInputs(
  { images, mask, regions = [], invert = false }: NamedPictures,
  reader: PictureReader,
  dependencies: HoldDependencies,
): Promise<TakenInputs> {
  const { storage, now } = dependencies;
  const { signal } = reader;
  const named = withRoles(images);
  const operation = named.every(({ role }) => role !== "base") ? "generate" : "edit";
  // What is wrong with their number and roles is told before any of them is fetched.
  checkInputs(named.length === 0 ? "edit" : operation, named);
  checkMaskArguments(mask, regions, invert);
  const { images: kept } = await keepInputs(
    {
      images: named.map(({ image, role }, index) => ({
        role,
        picture: () => read(image, `Picture ${index + 1}`),
      })),
    },
    storage,
    { now, signal },
  );
  const base = kept.find(({ role }) => role === "base");
  if (mask === undefined && regions.length === 0) return { operation, images: kept };
  if (!base) throw noBase();
  return { operation, images: kept, mask: await takeMask(base) };

  async function read(
    given: NamedPicture["image"],
    name: string,
  ): Promise<NewPicture | KeptPicture> {
    try {
      return typeof given === "function"
        ? await given()
        : await holdPicture(given, reader, dependencies);
    } catch (error) {
      const isOnly = named.length === 1 && mask === undefined;
      if (!(error instanceof ImageError) || isOnly || signal.aborted) throw error;
      const { code, message, details } = error;
      throw new ImageError(code, `${name}: ${message}`, details, { cause: error });
    }
  }

  async function takeMask(base: InputImageInfo): Promise<InputImageInfo> {
    const options = { invert, signal };
    if (mask === undefined) {
      return await keepMask(await paintRegions(regions, base, options), base, storage, now);
    }
    const given = await read(mask, "The mask");
    using _held = heldOf(given);
    const painted = "hash" in given ? await readKept(given, storage) : given.bytes;
    const { bytes, warnings } = await readMask(painted, base, options);
    const info = await keepMask(bytes, base, storage, now);
    return warnings.length > 0 ? { ...info, changes: warnings } : info;
  }
}

async function readKept({ hash }: KeptPicture, { inputs }: Storage) {
  const bytes = await inputs.get(hash);
  if (bytes) return bytes;
  throw new ImageError("image_not_found", "It came and is gone: send the request again");
}

function withRoles(images: readonly NamedPicture[]) {
  const isTold = images.some(({ role }) => role === "base");
  const first = isTold ? -1 : images.findIndex(({ role }) => role === undefined);
  return images.map(({ image, role }, index): Required<NamedPicture> => ({
    image,
    role: role ?? (index === first ? "base" : "reference"),
  }));
}

function checkMaskArguments(
  mask: NamedPictures["mask"],
  regions: readonly Region[],
  invert: boolean,
): void {
  if (mask !== undefined && regions.length > 0) {
    throw new ImageError(
      "invalid_parameters",
      "'mask' and 'mask_region' both say what may change: leave one of them out",
    );
  }
  if (invert && mask === undefined && regions.length === 0) {
    throw new ImageError("invalid_parameters", "'invert' needs a 'mask' or a 'mask_region'");
  }
}

function noBase(): ImageError {
  return new ImageError(
    "invalid_parameters",
    "'mask' needs a picture with the role 'base', which it is about",
    { argument: "mask" },
  );
}
