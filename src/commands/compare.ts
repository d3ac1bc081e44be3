/** `compare`: one prompt in several ways, the sheet that shows all of them first. */

import { compareImages } from "../mcp/tools/compare_images.ts";
import { FAILURE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { optionsIn } from "./generate/variables.ts";
import { listIn } from "./library.ts";
import { namedId } from "./named_picture.ts";
import { type Envelope, runTool } from "./tool_command.ts";

export async function runCompare(context: CommandContext): Promise<number> {
  const { flags, words: [prompt], print, say } = context;
  return await runTool(context, {
    tool: compareImages,
    args: {
      prompt,
      providers: wordsIn(flags.providers),
      models: wordsIn(flags.models),
      styles: wordsIn(flags.styles),
      seeds: wordsIn(flags.seeds),
      resolution: flags.resolution,
      aspect_ratio: flags["aspect-ratio"],
      options: optionsIn(flags.option),
      images: listIn(flags.image)?.map(namedId),
      wait_seconds: LONGEST_WAIT,
    },
    makesPictures: true,
    whenStopped:
      "Stopped. Vendors may charge for what they have begun; the pictures of jobs that " +
      "they had accepted are fetched by the next server on this folder",
    tell({ sheet, images, compared }) {
      if (sheet) print(placeOf(sheet));
      const paths = new Map(images.map((each: Envelope) => [each.id, placeOf(each)]));
      for (const { label, image, error, job } of compared) {
        say(`${label}: ${paths.get(image) ?? error?.message ?? `not ready, ${job}`}`);
      }
      return compared.some(({ error }: Envelope) => error) ? FAILURE : 0;
    },
  });
}

/** Its id, where nothing else of this machine leads to it. */
function placeOf({ id, local_path, url }: Envelope): string {
  return local_path ?? url ?? id;
}

function wordsIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

/** In seconds. */
const LONGEST_WAIT = 3_600;
