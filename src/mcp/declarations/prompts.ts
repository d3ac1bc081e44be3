/** The one prompt, as clients see it. */

import { required, text } from "./argument_kinds.ts";

export const IMAGE_GENERATION_PROMPT = {
  name: "image_generation_prompt",
  title: "Image generation prompt",
  description: "Asks for a picture, with the providers, styles and resolutions there are",
  input: {
    description: required(
      text("What the picture should show", { minLength: 1, maxLength: 32_000 }),
    ),
    provider: text("Who draws it; any by default"),
    style: text("A style id"),
    resolution: text("Such as 1024x1024"),
    file_prefix: text("Begins the file name"),
  },
} as const;
