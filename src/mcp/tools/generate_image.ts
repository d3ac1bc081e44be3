import { basedOn } from "../../requests/based_on.ts";
import { parseRequest } from "../../requests/parse.ts";
import { callerOf } from "../caller.ts";
import { filled } from "../filled_template.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../result.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import { picturedAs } from "../named.ts";
import { defineTool } from "./tool.ts";

export const generateImage = defineTool({
  ...GENERATE_IMAGE,
  async handle(
    { wait_seconds, save_as, based_on, template, variables, prompt = "", ...others },
    context,
    dependencies,
  ) {
    using progress = progressOf(context);
    const { imageService } = dependencies;
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { owner, signal } = caller;
    const { args: given, images } = await filled(
      { template, variables },
      { ...others, prompt },
      dependencies,
    );
    const args = based_on === undefined
      ? given
      : basedOn(await picturedAs(based_on, caller, dependencies), given);
    const { operation, ...inputs } = images.length === 0 ? NO_INPUTS : await imageService
      .takeInputs({ images }, { owner, signal, access: dependencies.inputAccess() });
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const request = { ...parseRequest(args, operation, inputs), saveAs };
    const answer = await imageService.run(request, caller);
    return await answerResult(answer, dependencies, caller);
  },
});

const NO_INPUTS = { operation: "generate", images: [] } as const;
