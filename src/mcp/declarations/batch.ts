/** The tools that make many pictures at once, as clients see them. */

import { numberList, requiredUnless, text, textList, unlisted } from "./argument.ts";
import { DRAWS, LONGEST_PROMPT, type ToolDeclaration, WAIT_SECONDS } from "./tool_declaration.ts";

const LIST = { maxItems: 12, maxLength: 200 };

export const COMPARE_IMAGES = {
  name: "compare_images",
  title: "Compare images",
  description: "Draws one prompt in each combination of the lists (at most 12), and shows all on " +
    "one sheet. All else is as in generate_image.",
  input: {
    prompt: requiredUnless(["images"], text("", { minLength: 1, maxLength: LONGEST_PROMPT })),
    providers: textList("", LIST),
    models: textList("", LIST),
    styles: textList("", LIST),
    seeds: numberList("", { maxItems: LIST.maxItems, minimum: 0, maximum: 4_294_967_295 }),
    images: textList("Instead: ids of pictures or jobs", LIST),
    ...unlisted({ resolution: text(""), aspect_ratio: text(""), wait_seconds: WAIT_SECONDS }),
  },
  annotations: DRAWS,
  hasView: true,
  empty: { images: [], sheet: null, compared: [], warnings: [] },
} as const satisfies ToolDeclaration;
