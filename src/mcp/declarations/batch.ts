/** The tools that make many pictures at once, or learn from many, as clients see them. */

import {
  choice,
  flag,
  jsonMap,
  numberList,
  pictureList,
  required,
  requiredUnless,
  text,
  textList,
  unlisted,
  wholeNumber,
} from "./argument_kinds.ts";
import {
  DRAWS,
  LONGEST_PATH,
  LONGEST_PROMPT,
  OPTIONS,
  type ToolDeclaration,
  WAIT_SECONDS,
} from "./tool_declaration.ts";

const LIST = { maxItems: 12, maxLength: 200 };

export const COMPARE_IMAGES = {
  name: "compare_images",
  title: "Compare images",
  description: "Draws one prompt in each combination of the lists (at most 12), and shows all on " +
    "one sheet; or shows pictures that are there. All else is as in generate_image.",
  input: {
    prompt: requiredUnless(
      ["images"],
      text("With images: only a title", { minLength: 1, maxLength: LONGEST_PROMPT }),
    ),
    providers: textList("", LIST),
    models: textList("", LIST),
    styles: textList("", LIST),
    seeds: numberList("", { maxItems: LIST.maxItems, minimum: 0, maximum: 4_294_967_295 }),
    images: textList("Ids of pictures or jobs to show; nothing is drawn", LIST),
    ...unlisted({
      resolution: text(""),
      aspect_ratio: text(""),
      negative_prompt: text("", { maxLength: LONGEST_PROMPT }),
      quality: text(""),
      background: text(""),
      output_format: text(""),
      output_compression: wholeNumber("", 0, 100),
      moderation: text(""),
      file_prefix: text(""),
      options: jsonMap("", OPTIONS),
      wait_seconds: WAIT_SECONDS,
    }),
  },
  annotations: DRAWS,
  hasView: true,
  empty: { images: [], sheet: null, compared: [], warnings: [] },
} as const satisfies ToolDeclaration;

export const TRAIN_MODEL = {
  name: "train_model",
  title: "Train model",
  description:
    "Has a vendor train a model on pictures of a subject or a style, which takes minutes " +
    "to hours and costs money. Without confirm it says what it would cost and sends nothing. " +
    "With rename_to or forget it changes one that was trained.",
  input: {
    name: required(text("What model of generate_image will name it by, such as my-dog")),
    trigger_word: requiredUnless(
      ["rename_to", "forget"],
      text("Stands for what is learned in prompts, such as ZXDOG"),
    ),
    images: pictureList("As in edit_image", { maxItems: 100 }),
    folder: text("Or a folder of pictures on this machine", { maxLength: LONGEST_PATH }),
    kind: choice("Default subject", ["subject", "style"]),
    steps: wholeNumber("Default the trainer's", 1, 100_000),
    provider: text("Default the first that trains"),
    confirm: flag("The user agrees to the cost"),
    rename_to: text("The model's new name"),
    forget: flag("Nothing is drawn by its name any more; ask the user first"),
    wait_seconds: { ...WAIT_SECONDS, description: "" },
  },
  annotations: { ...DRAWS, destructiveHint: true },
  toolset: "training",
  needsTrainer: true,
  empty: { model: null, training: null, warnings: [] },
} as const satisfies ToolDeclaration;
