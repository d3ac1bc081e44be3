import { choice, flag, number, objectList, required, text, wholeNumber } from "./argument.ts";
import { LONGEST_PROMPT, type ToolDeclaration, WAIT_SECONDS } from "./tool_declaration.ts";

/** A picture as base64 of 25 MB, with room for line breaks, in characters. */
const LONGEST_PICTURE = 32 * 1024 * 1024;

const FRACTION = number("", 0, 1);

export const EDIT_IMAGE = {
  name: "edit_image",
  title: "Edit image",
  description: "Changes a picture or part of it; others can be examples. The rest is as in " +
    "generate_image.",
  input: {
    prompt: required(text("What to change", { maxLength: LONGEST_PROMPT })),
    images: required(objectList(
      "The base first, unless role says",
      {
        image: required(
          text("An id, last, absolute path, https or data URI", { maxLength: LONGEST_PICTURE }),
        ),
        role: choice("", ["base", "reference", "style"]),
      },
      { maxItems: 16, plain: "image" },
    )),
    mask: text("A picture, clear or white where to change", {
      maxLength: LONGEST_PICTURE,
    }),
    mask_region: objectList(
      "Or parts of it in fractions 0-1",
      {
        x: required(FRACTION),
        y: required(FRACTION),
        width: required(FRACTION),
        height: required(FRACTION),
      },
      { maxItems: 16 },
    ),
    invert: flag("Change the rest"),
    preserve_outside: flag("Default true"),
    strength: number("0 keeps the base, 1 does not", 0, 1),
    provider: text(""),
    model: text(""),
    style: text(""),
    resolution: text(""),
    aspect_ratio: text(""),
    negative_prompt: text("", { maxLength: LONGEST_PROMPT }),
    n: wholeNumber("", 1, 10),
    seed: wholeNumber("", 0, 4_294_967_295),
    quality: text(""),
    background: text(""),
    output_format: text(""),
    output_compression: wholeNumber("", 0, 100),
    file_prefix: text(""),
    wait_seconds: { ...WAIT_SECONDS, description: "" },
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;
