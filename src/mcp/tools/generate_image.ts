import { parseRequest } from "../../requests/parse.ts";
import { callerOf } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { answerResult } from "../result.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const generateImage = defineTool({
  ...GENERATE_IMAGE,
  async handle({ wait_seconds, ...args }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const answer = await dependencies.imageService.run(parseRequest(args), caller);
    return await answerResult(answer, dependencies, caller);
  },
});
