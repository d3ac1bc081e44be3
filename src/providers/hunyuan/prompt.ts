/** The prompt for models that know neither styles nor negative prompts: everything is said in words. */

import { ImageError } from "../../errors.ts";
import type { Capabilities, ImageRequest } from "../provider.ts";
import { promptWithRoles } from "../style_words.ts";

/**
 * The caller's prompt, what its pictures are for, the style's words and what to avoid.
 * @throws {ImageError} when the whole is longer than the model takes.
 */
export function promptInWords(request: ImageRequest, capabilities: Capabilities): string {
  const prompt = promptWithRoles(request, capabilities.styles);
  if (prompt.length > capabilities.maxPromptLength) throw tooLong(prompt, capabilities);
  return prompt;
}

export const SEED_WARNING =
  "Tencent drew the prompt as written: it would ignore the seed while improving the prompt";

function tooLong(prompt: string, { maxPromptLength }: Capabilities): ImageError {
  return new ImageError(
    "invalid_parameters",
    `The prompt with the words of its style and negative_prompt has ${prompt.length} characters, ` +
      `and Tencent Hunyuan takes at most ${maxPromptLength}: shorten the prompt or leave out the style`,
    { length: prompt.length, max_length: maxPromptLength },
  );
}
