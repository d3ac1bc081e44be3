import { basedOn } from "../../requests/based_on.ts";
import { parseRequest } from "../../requests/parse.ts";
import { callerOf } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../result.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import { picturedAs } from "../named.ts";
import { defineTool } from "./tool.ts";

export const generateImage = defineTool({
  ...GENERATE_IMAGE,
  async handle({ wait_seconds, save_as, based_on, prompt = "", ...others }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const given = { ...others, prompt };
    const args = based_on === undefined
      ? given
      : basedOn(await picturedAs(based_on, caller, dependencies), given);
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const request = { ...parseRequest(args), saveAs };
    const answer = await dependencies.imageService.run(request, caller);
    return await answerResult(answer, dependencies, caller);
  },
});
