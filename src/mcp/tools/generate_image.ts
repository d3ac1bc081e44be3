import { z } from "../../dependencies/zod.ts";
import { parseRequest } from "../../requests/parse.ts";
import { callerOf, waitSeconds } from "../caller.ts";
import { progressOf } from "../progress.ts";
import { answerResult, imagesEnvelope } from "../result.ts";
import { defineTool } from "./tool.ts";

const optional = (description: string) => z.string().optional().describe(description);

export const generateImage = defineTool({
  name: "generate_image",
  title: "Generate image",
  description:
    "Draws pictures from a prompt, saves them and shows them. Use it whenever the user " +
    "wants a new picture. If the answer holds a job instead of images, call get_job.",
  input: z.strictObject({
    prompt: z.string().min(1).max(32_000).describe("What to draw, in any language"),
    provider: optional("Who draws it, or 'auto' (default); see list_providers"),
    style: optional("A style id of the provider, or 'provider:style'; none by default"),
    resolution: optional("Such as 1024x768, 1024:768 or 'provider:1024x768'"),
    aspect_ratio: optional("Such as 16:9, instead of resolution"),
    negative_prompt: optional("What should not be in the picture"),
    n: z.int().min(1).max(10).optional().describe("How many pictures (default 1)"),
    seed: z.int().min(0).max(4_294_967_295).optional()
      .describe("Repeats a picture where the provider supports it"),
    quality: optional("The provider's quality, such as low, medium or high"),
    model: optional("Another model of the provider"),
    file_prefix: optional("Begins the file name; letters, digits and _"),
    background: optional("transparent, opaque or auto, where supported"),
    output_format: optional("png, jpeg or webp, where supported"),
    output_compression: z.int().min(0).max(100).optional()
      .describe("0 to 100, for jpeg and webp, where supported"),
    moderation: optional("low or auto, where supported"),
    wait_seconds: waitSeconds,
  }),
  output: imagesEnvelope,
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  empty: { images: [], warnings: [] },
  async handle({ wait_seconds, ...args }, context, dependencies) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const answer = await dependencies.imageService.run(parseRequest(args), caller);
    return await answerResult(answer, dependencies);
  },
});
