/** `render`: a picture of an SVG file, its path on stdout. */

import { basename, resolve } from "node:path";
import { ImageError, messageOf } from "../errors.ts";
import { MAX_SVG_LENGTH } from "../images/svg.ts";
import { renderPicture } from "../service/render_svg.ts";
import { copyPicture } from "../storage/save_copy.ts";
import type { CommandContext } from "./context.ts";
import { copyPlaceOf, numberOf, runForPictures } from "./generate.ts";

/** Whose picture it will be; the shell comes without a token. */
const OWNER = "";

export async function runRender(context: CommandContext): Promise<number> {
  const { flags, words: [word = ""], runtime } = context;
  return await runForPictures(context, async (app) => {
    const svg = await textOf(word, runtime.workingDirectory);
    const saveAs = await copyPlaceOf(context);
    const trouble = await app.images.trouble();
    if (trouble) throw new ImageError("invalid_config", `${trouble}: name another with --out`);
    const made = await renderPicture(
      {
        svg,
        width: numberOf(flags.width),
        height: numberOf(flags.height),
        background: flags.background,
        output_format: flags.format,
        output_compression: numberOf(flags.quality),
        file_prefix: flags["file-prefix"] ?? basename(word).replace(/\.\w+$|^-$/, ""),
      },
      { owner: OWNER },
      app.images,
    );
    const warnings = [...made.warnings, ...await copyPicture(made.image, saveAs, app.images)];
    return { done: true, images: [made.image], warnings };
  });
}

/** Of a file, or of stdin where the word is "-". @throws {ImageError} */
async function textOf(word: string, workingDirectory: string): Promise<string> {
  if (word === "-") return await new Response(Deno.stdin.readable).text();
  const path = resolve(workingDirectory, word);
  try {
    const { size } = await Deno.stat(path);
    if (size <= MAX_SVG_LENGTH) return await Deno.readTextFile(path);
    throw new Error(`it has ${size} bytes, more than ${MAX_SVG_LENGTH}`);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "there is none" : messageOf(error);
    throw new ImageError("invalid_arguments", `Cannot read the SVG file '${path}': ${reason}`);
  }
}
