import { ImageError, oneOf, shown, someOf } from "../../errors.ts";
import type { ImageFilter } from "../../service/library.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import { EXPORT_IMAGES, IMPORT_IMAGES } from "../declarations/library.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { progressOf } from "../progress.ts";
import { success } from "../results/result.ts";
import { idsNamed } from "./library.ts";
import { defineTool } from "./tool.ts";

export const exportImages = defineTool({
  ...EXPORT_IMAGES,
  async handle({ to, image_ids, query, tag, favorite }, context, dependencies) {
    using progress = progressOf(context);
    const owner = ownerOf(context);
    const place = await dependencies.copyPlace(to, "to");
    const filter = { query, tag, isFavorite: favorite };
    const { exportPictures } = await import("../../service/export_pictures.ts");
    const { found, unknown } = await chosen(image_ids, filter, owner, dependencies);
    if (found.length === 0) throw nothingToExport(unknown);
    const exported = await exportPictures(found, place, {
      owner,
      signal: goneSignal(context),
      onProgress: progress?.report,
      images: dependencies.images,
      library: dependencies.library,
    });
    const { path, manifest, count, left } = exported;
    const gone = unknown.map((id) => ({ id, reason: "It is not among your pictures" }));
    return success({
      exported: count,
      path,
      manifest,
      left: [...gone, ...left].slice(0, MOST_TOLD),
    });
  },
});

export const importImages = defineTool({
  ...IMPORT_IMAGES,
  async handle({ from, tags = [], in_place }, context, dependencies) {
    using progress = progressOf(context);
    const { importPictures } = await import("../../service/import_pictures.ts");
    const { imageService, images, library } = dependencies;
    const { ids, known, broken } = await importPictures(from, tags, {
      owner: ownerOf(context),
      signal: goneSignal(context),
      access: dependencies.inputAccess(),
      onProgress: progress?.report,
      inPlace: in_place,
      holdPicture: (path, reader) => imageService.holdPicture(path, reader),
      images,
      library,
    });
    const { showsLocalPath } = dependencies;
    const told = broken.slice(0, MOST_TOLD).map(({ file, reason }) => ({
      file: showsLocalPath() ? file : file.split(/[\\/]/).at(-1),
      reason,
    }));
    return success({
      imported: ids.length,
      known,
      image_ids: ids.slice(0, MOST_TOLD),
      broken: told,
      ...broken.length > told.length && { broken_in_all: broken.length },
      ...ids.length > 0 && { next: 'search_images(provider="imported") finds them' },
    });
  },
});

/** The pictures of these ids, or those that a filter lets through. */
async function chosen(
  names: readonly string[] | undefined,
  filter: ImageFilter,
  owner: string,
  { images, library, ...dependencies }: ServerDependencies,
) {
  if (names !== undefined) {
    const ids = await idsNamed(names, owner, { images, library, ...dependencies });
    const found = await images.summaries(ids, owner);
    const known = new Set(found.map(({ id }) => id));
    return { found, unknown: ids.filter((id) => !known.has(id)) };
  }
  if (Object.values(filter).every((each) => each === undefined)) {
    throw new ImageError(
      "invalid_parameters",
      `Nothing says which pictures: give ${oneOf(["image_ids", "query", "tag", "favorite"])}`,
    );
  }
  const { MOST_EXPORTED } = await import("../../service/export_pictures.ts");
  const { images: found, next } = await library.search(filter, owner, { limit: MOST_EXPORTED });
  if (next === undefined) return { found, unknown: [] };
  throw new ImageError(
    "invalid_parameters",
    `More than ${MOST_EXPORTED} pictures are found by ${
      shown(JSON.stringify(filter))
    }: ask for fewer`,
  );
}

function nothingToExport(unknown: readonly string[]): ImageError {
  return new ImageError(
    "image_not_found",
    unknown.length > 0
      ? `Nothing is exported: among your pictures there is no ${someOf(unknown, MOST_NAMED)}`
      : "Nothing is exported: no picture is found so",
  );
}

/** Ids in a sentence. */
const MOST_NAMED = 5;
/** Of a list in an answer. */
const MOST_TOLD = 20;
