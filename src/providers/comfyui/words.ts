/** A request's words as the two texts that a graph takes. */

import type { ImageRequest, Style } from "../provider.ts";
import { promptInWords } from "../style_words.ts";

/** What to leave out stands in the prompt where the graph has no place of its own for it. */
export function wordsOf(
  { prompt, style, negativePrompt = "" }: ImageRequest,
  hasNegative: boolean,
  styles: Readonly<Record<string, Style>>,
) {
  const told = hasNegative ? { prompt, style } : { prompt, style, negativePrompt };
  return {
    prompt: promptInWords(told, styles),
    negative_prompt: hasNegative ? negativePrompt : "",
  };
}
