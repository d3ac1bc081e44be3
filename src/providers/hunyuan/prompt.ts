/** The prompt for models that know neither styles nor negative prompts: everything is said in words. */

import { ImageError } from "../../errors.ts";
import type { Capabilities, ImageRequest } from "../provider.ts";

/**
 * The caller's prompt, the style's words and what to avoid, one per line.
 * @throws {ImageError} when the whole is longer than the model takes.
 */
export function promptInWords(request: ImageRequest, capabilities: Capabilities): string {
  const style = request.style === undefined ? "" : capabilities.styles[request.style]?.prompt;
  const avoid = request.negativePrompt ? `(avoid: ${request.negativePrompt})` : "";
  const prompt = [request.prompt, style, avoid].filter(Boolean).join("\n");
  if (prompt.length > capabilities.maxPromptLength) throw tooLong(prompt, capabilities);
  return prompt;
}

function tooLong(prompt: string, { maxPromptLength }: Capabilities): ImageError {
  return new ImageError(
    "invalid_parameters",
    `The prompt with the words of its style and negative_prompt has ${prompt.length} characters, ` +
      `and Tencent Hunyuan takes at most ${maxPromptLength}: shorten the prompt or leave out the style`,
    { length: prompt.length, max_length: maxPromptLength },
  );
}
