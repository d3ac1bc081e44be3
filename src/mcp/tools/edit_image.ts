import { parseRequest } from "../../requests/parse.ts";
import { callerOf } from "../caller.ts";
import { EDIT_IMAGE } from "../declarations/edit_image.ts";
import { filled } from "../arguments/filled_template.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../results/answer_result.ts";
import { defineTool } from "./tool.ts";

export const editImage = defineTool({
  ...EDIT_IMAGE,
  async handle(
    {
      images = [],
      mask,
      mask_region,
      invert,
      wait_seconds,
      save_as,
      template,
      variables,
      prompt = "",
      ...others
    },
    context,
    dependencies,
  ) {
    using progress = progressOf(context);
    const { imageService } = dependencies;
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { owner, signal } = caller;
    const { args, images: examples } = await filled(
      { template, variables },
      { ...others, prompt },
      dependencies,
    );
    const { operation, ...inputs } = await imageService.takeInputs(
      { images: [...images, ...examples], mask, regions: mask_region, invert },
      { owner, signal, access: dependencies.inputAccess() },
    );
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const request = { ...parseRequest(args, operation, inputs), saveAs };
    const answer = await imageService.run(request, caller);
    return await answerResult(answer, dependencies, caller);
  },
});
