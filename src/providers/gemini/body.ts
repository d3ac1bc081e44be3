/** A request in the words of `generateContent`. */

import type { ImageRequest, InputImage, InputRole } from "../provider.ts";
import { promptInWords } from "../style_words.ts";
import { checkTotalBytes } from "../total_bytes.ts";
import { familyOf } from "./models.ts";

/**
 * The body for `model`. Fields that only Vertex AI has (output type, compression, people) make
 * this API refuse the whole call, so none is sent.
 * @throws {ImageError} where the pictures together are more than one call takes.
 */
export function bodyOf(request: ImageRequest, model: string) {
  const { inputs, seed, size, options } = request;
  checkTotalBytes("Gemini", inputs, MAX_TOTAL_BYTES);
  // Without a format the picture takes the shape of the one that comes in.
  const imageConfig = size && familyOf(model).formats.get(size);
  return {
    contents: [{
      role: "user",
      parts: [...inputs.flatMap(partsOf(inputs)), { text: promptInWords(request) }],
    }],
    generationConfig: {
      responseModalities: ["IMAGE"],
      ...(seed === undefined ? {} : { seed }),
      ...(imageConfig ? { imageConfig } : {}),
    },
    ...(options.moderation === "low" ? { safetySettings: LENIENT } : {}),
  };
}

/** The parts of each picture: the API knows no roles, so they are said in words where they matter. */
function partsOf(inputs: readonly InputImage[]) {
  const isPlain = inputs.length === 1 && inputs[0]?.role === "base";
  return ({ role, mediaType, bytes }: InputImage, index: number) => [
    ...(isPlain ? [] : [{ text: `Picture ${index + 1}, ${ROLE_WORDS[role]}:` }]),
    { inlineData: { mimeType: mediaType, data: bytes } },
  ];
}

const ROLE_WORDS: Readonly<Record<InputRole, string>> = {
  base: "the one to change",
  reference: "an example of what to show",
  style: "whose style to take and nothing else",
};

/**
 * A request may have 100 MB in base64 (the vendor's announcement of January 2026), of which these
 * become 98.7.
 */
const MAX_TOTAL_BYTES = 74_000_000;

/** Refuses only what is surely harmful, in each category that the vendor lets a caller set. */
const LENIENT = ["SEXUALLY_EXPLICIT", "HATE_SPEECH", "HARASSMENT", "DANGEROUS_CONTENT"]
  .map((name) => ({ category: `HARM_CATEGORY_${name}`, threshold: "BLOCK_ONLY_HIGH" }));
