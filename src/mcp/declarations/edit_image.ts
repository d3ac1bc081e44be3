import {
  choice,
  flag,
  jsonMap,
  number,
  objectList,
  picture,
  required,
  requiredUnless,
  text,
  textMap,
  unlisted,
  wholeNumber,
} from "./argument_kinds.ts";
import {
  DRAWS,
  LONGEST_PROMPT,
  OPTIONS,
  SAVE_AS,
  type ToolDeclaration,
  VARIABLES,
  WAIT_SECONDS,
} from "./tool_declaration.ts";

const FRACTION = number("", 0, 1);

export const EDIT_IMAGE = {
  name: "edit_image",
  title: "Edit image",
  description: "Changes a picture or a part of it; others can be examples or give their style. " +
    "All else is as in generate_image, which also varies a picture (based_on).",
  input: {
    prompt: requiredUnless(
      ["template"],
      text("What to change, or what the marked part shows", { maxLength: LONGEST_PROMPT }),
    ),
    images: requiredUnless(
      ["template"],
      objectList(
        "The picture to change first (base), then references or styles",
        {
          image: required(
            picture("Id img_…, last (the newest), absolute path, https address or data URI"),
          ),
          role: choice("", ["base", "reference", "style"]),
        },
        { maxItems: 16, plain: "image" },
      ),
    ),
    mask: picture("Picture of the base's size, transparent or white where it may change"),
    mask_region: objectList(
      "Or rectangles that may change, in fractions from top left",
      {
        x: required(FRACTION),
        y: required(FRACTION),
        width: required(FRACTION),
        height: required(FRACTION),
      },
      { maxItems: 16 },
    ),
    invert: flag("The mask or regions stay, the rest may change"),
    preserve_outside: flag("Puts the base's pixels back outside the mask (default true)"),
    strength: number("0 keeps the base, 1 forgets it, such as 0.6", 0, 1),
    provider: text(""),
    model: text(""),
    style: text(""),
    resolution: text(""),
    aspect_ratio: text(""),
    n: wholeNumber("", 1, 10),
    background: text(""),
    wait_seconds: { ...WAIT_SECONDS, description: "" },
    ...unlisted({
      negative_prompt: text("", { maxLength: LONGEST_PROMPT }),
      seed: wholeNumber("", 0, 4_294_967_295),
      quality: text(""),
      output_format: text(""),
      moderation: text(""),
      output_compression: wholeNumber("", 0, 100),
      options: jsonMap("", OPTIONS),
      file_prefix: text(""),
      save_as: SAVE_AS,
      template: text(""),
      variables: textMap("", VARIABLES),
    }),
  },
  annotations: DRAWS,
  hasView: true,
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;
