/** What a client means by the id of a picture or of a job: itself, its address, or "last". */

import { recordSeconds } from "../../config/settings.ts";
import { ImageError } from "../../errors.ts";
import { unknownJob } from "../../jobs/job_errors.ts";
import type { MadePicture } from "../../requests/based_on.ts";
import { isNewest } from "../../requests/newest.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { ServerDependencies } from "../dependencies.ts";

const IMAGE_ADDRESS = /^image:\/\//i;

/** The picture that `text` names, where `owner` may see it; undefined where there is none. */
export async function findPicture(
  text: string,
  owner: string,
  { images, settings }: ServerDependencies,
): Promise<ImageRecord | undefined> {
  const id = await idOf(text, owner, images);
  return id === undefined ? undefined : await images.find(id, owner, recordSeconds(settings()));
}

/** The id that `text` names, whether there is such a picture or not. */
export async function idNamed(
  text: string,
  owner: string,
  { images }: ServerDependencies,
): Promise<string> {
  return await idOf(text, owner, images) ?? text;
}

/** Undefined where the newest is meant and there is none. */
async function idOf(
  text: string,
  owner: string,
  images: ServerDependencies["images"],
): Promise<string | undefined> {
  if (isNewest(text)) return await images.newestId(owner);
  return text.trim().replace(IMAGE_ADDRESS, "");
}

/** The same as a picture. @throws {ImageError} `image_not_found`. */
export async function pictureNamed(
  text: string,
  owner: string,
  dependencies: ServerDependencies,
): Promise<ImageRecord> {
  const picture = await findPicture(text, owner, dependencies);
  if (picture) return picture;
  throw new ImageError(
    "image_not_found",
    isNewest(text)
      ? "There is no picture yet: generate_image makes one"
      : `Picture '${text}' is not known here or its record has expired (MCP_IMAGE_RECORD_TTL); ` +
        "search_images finds the ones there are, those in the trash too",
    { image_id: text },
  );
}

/**
 * A picture and how it was asked for: by its record, or of a file by what stands in it.
 * @throws {ImageError}
 */
export async function picturedAs(
  text: string,
  { owner, signal }: { readonly owner: string; readonly signal: AbortSignal },
  dependencies: ServerDependencies,
): Promise<MadePicture> {
  if (!isPlace(text)) return await madePicture(text, owner, dependencies);
  const { imageService, inputAccess, providers } = dependencies;
  using found = await imageService.holdPicture(text, { owner, signal, access: inputAccess() });
  const { madeByFile } = await import("../../service/made_by_file.ts");
  return madeByFile(found, [...providers().on.keys()]);
}

/** Whether a text names a file, an address or an upload, and no picture that is recorded here. */
function isPlace(text: string): boolean {
  return /^\s*(~|[/\\]|[a-z]:[/\\]|https?:|file:|data:|(image:\/\/)?upload_)/i.test(text);
}

/** That picture and how it was asked for. @throws {ImageError} where it is not known, or only it is. */
async function madePicture(
  text: string,
  owner: string,
  dependencies: ServerDependencies,
): Promise<MadePicture> {
  const picture = await pictureNamed(text, owner, dependencies);
  const source = await dependencies.images.sourceOf(picture, owner);
  if (source) return { ...picture, ...source };
  throw new ImageError(
    "image_not_found",
    `Nothing is recorded of how picture '${picture.id}' was made: give its prompt again`,
    { image_id: picture.id },
  );
}

/** The id of the batch that `text` names. @throws {ImageError} `job_not_found` where there is no newest. */
export async function batchNamed(
  text: string,
  owner: string,
  { batches }: ServerDependencies,
): Promise<string> {
  if (!isNewest(text)) return text.trim();
  const [newest] = await batches.list(owner, 1);
  if (newest) return newest.id;
  throw unknownJob(text);
}

/** The id of the job or batch that `text` names. @throws {ImageError} `job_not_found` where there is no newest. */
export async function jobNamed(
  text: string,
  owner: string,
  { imageService, batches }: ServerDependencies,
): Promise<string> {
  if (!isNewest(text)) return text.trim();
  const [job] = await imageService.jobs.list(owner, 1);
  const [batch] = await batches.list(owner, 1);
  const newest = batch && batch.createdAt >= (job?.startedAt ?? 0) ? batch : job;
  if (newest) return newest.id;
  throw unknownJob(text);
}
