import { withSettingsFile } from "../../errors.ts";
import { cut } from "../../printable.ts";
import { variantsOf } from "../../requests/compare.ts";
import type { Compared } from "../../service/compare_images.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import { callerOf, type ToolCaller } from "../caller.ts";
import { COMPARE_IMAGES } from "../declarations/batch.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { pictureNamed } from "../arguments/named.ts";
import { progressOf } from "../progress.ts";
import {
  byteLength,
  imageEntries,
  imageEntry,
  linkTo,
  picturesResult,
  success,
} from "../results/result.ts";
import { defineTool } from "./tool.ts";

export const compareImages = defineTool({
  ...COMPARE_IMAGES,
  async handle(args, context, dependencies) {
    using progress = progressOf(context);
    const { wait_seconds, images, providers, models, styles, seeds, prompt = "", ...same } = args;
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { imageService } = dependencies;
    const variants = images === undefined
      ? variantsOf({ ...same, prompt }, { providers, models, styles, seeds })
      : undefined;
    const { drawVariants, findCompared, keepSheet } = await import(
      "../../service/compare_images.ts"
    );
    const named = (id: string) => pictureNamed(id, caller.owner, dependencies);
    const compared = variants
      ? await drawVariants(variants, caller, imageService)
      : await findCompared(images!, caller, imageService, named);
    const sheet = await keepSheet(compared, prompt, caller, dependencies.images);
    return await comparisonResult(compared, sheet, dependencies, caller);
  },
});

/** The sheet to look at, and a link to each picture in full. */
async function comparisonResult(
  compared: readonly Compared[],
  sheet: ImageRecord | undefined,
  dependencies: ServerDependencies,
  { signal }: ToolCaller,
) {
  const pictures = compared.flatMap(({ image }) => image ?? []);
  const links = pictures.map(linkTo);
  const fields = {
    images: imageEntries(pictures, dependencies),
    sheet: sheet ? imageEntry(sheet, dependencies) : null,
    compared: compared.map(rowOf),
    warnings: warningsOf(compared, dependencies.settingsFile()),
    next: whatNext(compared),
  };
  if (!sheet) return success(fields, links);
  const more = 2 * byteLength(fields) + byteLength(links);
  const showing = { isAskedFor: true, more, signal };
  const look = await picturesResult({ images: [sheet], warnings: [] }, dependencies, showing);
  return success(fields, [...look.content.slice(1), ...links]);
}

/** Which picture, error or job a place of the sheet stands for. */
function rowOf({ label, image, error, job, seconds }: Compared) {
  return {
    label,
    ...image && { image: image.id },
    ...error && { error: { code: error.code, message: cut(error.message, LONGEST_ERROR) } },
    ...job && { job: job.id },
    ...seconds !== undefined && { seconds: Math.round(seconds * 10) / 10 },
  };
}

/** Each sentence once, with those that it is about unless it is about all. */
function warningsOf(compared: readonly Compared[], file: string | undefined): readonly string[] {
  const labels = new Map<string, string[]>();
  for (const { label, warnings } of compared) {
    for (const warning of warnings) {
      labels.set(warning, [...labels.get(warning) ?? [], label]);
    }
  }
  return [...labels].map(([warning, about]) => {
    const sentence = withSettingsFile(warning, file);
    return about.length === compared.length ? sentence : `${about.join(", ")}: ${sentence}`;
  });
}

function whatNext(compared: readonly Compared[]): string {
  const ids = compared.flatMap(({ image, job }) => image?.id ?? job?.id ?? []);
  if (compared.every(({ job }) => job === undefined)) return "One of them in full: get_image_data";
  return `Not all are ready: call compare_images again with images ${JSON.stringify(ids)}, and ` +
    "without the prompt, so that none is drawn twice";
}

/** In characters. */
const LONGEST_ERROR = 300;
