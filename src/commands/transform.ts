/** `transform`: a picture cropped, resized, turned or converted here, its path on stdout. */

import { ImageError } from "../errors.ts";
import { parseTransformation } from "../service/transformation.ts";
import { transformPicture } from "../service/transform_picture.ts";
import { copyPicture } from "../storage/save_copy.ts";
import type { CommandContext } from "./context.ts";
import { copyPlaceOf, numberOf, runForPictures } from "./generate.ts";
import { recordedPicture } from "./named_picture.ts";

/** Whose picture it will be; the shell comes without a token. */
const OWNER = "";

export async function runTransform(context: CommandContext): Promise<number> {
  const { flags, words: [text = ""], runtime } = context;
  return await runForPictures(context, async (app) => {
    const transformation = parseTransformation({
      width: numberOf(flags.width),
      height: numberOf(flags.height),
      fit: flags.fit,
      crop: flags.crop,
      aspect_ratio: flags["aspect-ratio"],
      rotate: numberOf(flags.rotate),
      flip: flags.flip,
      grayscale: flags.grayscale === "true",
      background: flags.background,
      format: flags.format,
      quality: numberOf(flags.quality),
      max_bytes: flags["max-bytes"],
    });
    const saveAs = await copyPlaceOf(context);
    const trouble = await app.images.trouble();
    if (trouble) throw new ImageError("invalid_config", `${trouble}: name another with --out`);
    const access = app.serverDependencies({ transport: "stdio" }).inputAccess();
    const reader = { owner: OWNER, signal: NEVER, access };
    const named = await recordedPicture(text, runtime.workingDirectory, app);
    using source = await app.imageService.holdPicture(named, reader);
    const made = await transformPicture(source, transformation, { owner: OWNER }, app.images);
    const warnings = [...made.warnings, ...await copyPicture(made.image, saveAs, app.images)];
    return { done: true, images: [made.image], warnings };
  });
}

const NEVER = new AbortController().signal;
