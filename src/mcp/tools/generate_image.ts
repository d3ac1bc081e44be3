import { callerOf } from "../caller.ts";
import { drawingRequest } from "../arguments/drawing_request.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../results/answer_result.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const generateImage = defineTool({
  ...GENERATE_IMAGE,
  async handle({ wait_seconds, ...args }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { owner, signal } = caller;
    const { copyPlace, imageService } = dependencies;
    const request = await drawingRequest(args, { owner, signal, copyPlace }, dependencies);
    return await answerResult(await imageService.run(request, caller), dependencies, caller);
  },
});
