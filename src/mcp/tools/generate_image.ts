import { ImageError } from "../../errors.ts";
import { basedOn, type MadePicture } from "../../requests/based_on.ts";
import { parseRequest } from "../../requests/parse.ts";
import { callerOf } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../result.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { pictureNamed } from "../named.ts";
import { defineTool } from "./tool.ts";

export const generateImage = defineTool({
  ...GENERATE_IMAGE,
  async handle({ wait_seconds, save_as, based_on, prompt = "", ...others }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const given = { ...others, prompt };
    const args = based_on === undefined
      ? given
      : basedOn(await madePicture(based_on, caller.owner, dependencies), given);
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const request = { ...parseRequest(args), saveAs };
    const answer = await dependencies.imageService.run(request, caller);
    return await answerResult(answer, dependencies, caller);
  },
});

/** @throws {ImageError} where it is not known, or only it is. */
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
