/**
 * The tools as clients see them: data alone, since it is needed before anything else is loaded.
 * What they do is in `../tools/`.
 */

import {
  choice,
  flag,
  jsonMap,
  required,
  requiredUnless,
  text,
  textListMap,
  textMap,
  unlisted,
  unreadList,
  wholeNumber,
} from "./argument_kinds.ts";
import { COMPARE_IMAGES, TRAIN_MODEL } from "./batch.ts";
import { EDIT_IMAGE } from "./edit_image.ts";
import {
  DELETE_IMAGES,
  EXPORT_IMAGES,
  IMAGE_HISTORY,
  IMPORT_IMAGES,
  READ_METADATA,
  SEARCH_IMAGES,
  UPDATE_IMAGES,
} from "./library.ts";
import { IMAGES_ENVELOPE } from "./output.ts";
import {
  DRAWS,
  JOB_ID,
  LONGEST_PATH,
  LONGEST_PROMPT,
  MAKES,
  OPTIONS,
  READS,
  SAVE_AS,
  type ToolDeclaration,
  VARIABLES,
  WAIT_SECONDS,
} from "./tool_declaration.ts";
import { RENDER_SVG, TRANSFORM_IMAGE } from "./transform_image.ts";

/** Those that come along, which a test holds to be all. */
const TEMPLATES = "avatar, character_sheet, icon_set, infographic, logo, poster, poster_zh, " +
  "product_photo, storyboard, texture, ui_mockup";
/** Of one batch, and of a list that goes into its gaps. */
const MOST_ITEMS = 200;

export const GENERATE_IMAGE = {
  name: "generate_image",
  title: "Generate image",
  description:
    "Draws new pictures, or one again with changes (based_on); saves and shows them. A wrong " +
    "provider, style, template or option is answered with the right ones. If the answer holds a job, " +
    "call get_job.",
  input: {
    prompt: requiredUnless(
      ["based_on", "template"],
      text("What to draw, in any language; not needed with based_on or template", {
        minLength: 1,
        maxLength: LONGEST_PROMPT,
      }),
    ),
    provider: text("Who draws, such as openai, 豆包 or dall-e-3 (default auto)"),
    style: text("Such as watercolor or 国画; all: list_providers"),
    resolution: text("Such as 1024x768 or 2K; the nearest is drawn"),
    aspect_ratio: text("Such as 16:9 or portrait, in place of resolution"),
    negative_prompt: text("Such as text, people", { maxLength: LONGEST_PROMPT }),
    n: wholeNumber("How many (default 1)", 1, 10),
    seed: wholeNumber(
      "Same seed, same picture, where the provider can",
      0,
      4_294_967_295,
    ),
    quality: text("low, medium, high or auto (default)"),
    model: text("Its id, or the name of one you trained"),
    file_prefix: text("Begins the file's name; no path"),
    save_as: {
      ...SAVE_AS,
      description:
        "Path of a copy, such as ~/Pictures/cat.png, in folders of MCP_SAVE_AS_DIRS; stdio only",
    },
    background: text("transparent, opaque or auto (default)"),
    output_format: text("png, jpeg or webp (default the provider's)"),
    output_compression: wholeNumber("Percent, for jpeg and webp", 0, 100),
    options: jsonMap("The model's own fields", OPTIONS),
    based_on: text(
      "Picture to draw again (id, path or last): what is not given stays, also prompt and seed; n " +
        "gives variations",
      { maxLength: LONGEST_PATH },
    ),
    template: text(`${TEMPLATES} or your own; its text comes before the prompt`),
    variables: textMap("For its gaps; the answer names those that lack", VARIABLES),
    wait_seconds: WAIT_SECONDS,
    // list_providers tells who has it.
    ...unlisted({ moderation: text("low or auto (default)") }),
  },
  output: IMAGES_ENVELOPE,
  annotations: DRAWS,
  hasView: true,
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

const { variables: _, prompt, ...THE_REST } = GENERATE_IMAGE.input;

export const GENERATE_BATCH = {
  name: "generate_batch",
  title: "Generate batch",
  description:
    "Draws up to 200 pictures in the background: items, or each combination of variables. All else, " +
    "for all of them, is as in generate_image.",
  input: {
    items: unreadList('Prompts, or as in generate_image: {"prompt": "a cat", "n": 2}', {
      maxItems: MOST_ITEMS,
      plain: "prompt",
    }),
    prompt: { ...prompt, description: "Such as a {animal}", isRequired: false },
    variables: textListMap('For the gaps: {"animal": ["cat", "fox"]}', {
      ...VARIABLES,
      maxTexts: MOST_ITEMS,
    }),
    repeat_failed: text("Instead: batch_… or last"),
    ...unlisted(THE_REST),
  },
  annotations: DRAWS,
  toolset: "batch",
  empty: { images: [], batch: null, warnings: [] },
} as const satisfies ToolDeclaration;

export const CREATE_UPLOAD_LINK = {
  name: "create_upload_link",
  title: "Create upload link",
  description: "Gives a web address where the user uploads a picture that you cannot pass.",
  input: {},
  annotations: MAKES,
  needsAddress: true,
  empty: { upload: null },
} as const satisfies ToolDeclaration;

export const GET_UPLOAD = {
  name: "get_upload",
  title: "Get upload",
  description: "Waits until the user has uploaded it, and shows it.",
  input: {
    upload_id: required(text("upload_…")),
    wait_seconds: { ...WAIT_SECONDS, description: "" },
  },
  annotations: READS,
  needsAddress: true,
  empty: { upload: null, warnings: [] },
} as const satisfies ToolDeclaration;

export const GET_JOB = {
  name: "get_job",
  title: "Get job",
  description:
    "Waits for a job or batch and returns what it made, of finished ones again. 'Is it done yet?': " +
    "wait_seconds 0.",
  input: {
    job_id: JOB_ID,
    wait_seconds: { ...WAIT_SECONDS, description: "" },
  },
  annotations: { ...READS, openWorldHint: true },
  hasView: true,
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

export const CANCEL_JOB = {
  name: "cancel_job",
  title: "Cancel job",
  description: "Stops a running job or batch and says whether it may have been charged.",
  input: { job_id: { ...JOB_ID, description: "" } },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  empty: { job: null, cancelled: false, may_be_charged: false, message: "" },
} as const satisfies ToolDeclaration;

export const JOB_STATUSES = ["running", "finished", "failed", "cancelled"] as const;

export const LIST_JOBS = {
  name: "list_jobs",
  title: "List jobs",
  description:
    "The newest jobs and batches: prompt, state, age, picture ids. To see a picture, get_image_data.",
  input: {
    limit: wholeNumber("Default 10", 1, 50),
    status: choice("", JOB_STATUSES),
  },
  annotations: READS,
  empty: { jobs: [] },
} as const satisfies ToolDeclaration;

export const GET_IMAGE_DATA = {
  name: "get_image_data",
  title: "Get image data",
  description: "Shows a picture made here before and says where its file is.",
  input: {
    image_id: required(text("img_…, or last", { minLength: 1 })),
    format: choice("preview (default), or data: all bytes as base64, where they fit", [
      "preview",
      "data",
    ]),
  },
  annotations: READS,
  hasView: true,
  empty: { images: [] },
} as const satisfies ToolDeclaration;

export const LIST_PROVIDERS = {
  name: "list_providers",
  title: "List providers",
  description:
    "Who can draw and edit here: models, styles, sizes, options; what others miss, such as a key, so " +
    "that placeholders come; how to turn on hidden tools: upload links, import, export, training.",
  input: {},
  annotations: READS,
  empty: { providers: [], default_provider: null },
} as const satisfies ToolDeclaration;

export const RELOAD_CONFIG = {
  name: "reload_config",
  title: "Reload configuration",
  description:
    "Reads .env and the environment again, after somebody changed them; it cannot set any.",
  input: {
    dotenv_override: flag(".env wins over the environment (default true)"),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  empty: { result: null },
} as const satisfies ToolDeclaration;

/** Every tool there is, in the order clients see them. */
export const TOOL_DECLARATIONS: readonly ToolDeclaration[] = [
  GENERATE_IMAGE,
  EDIT_IMAGE,
  COMPARE_IMAGES,
  GENERATE_BATCH,
  TRANSFORM_IMAGE,
  RENDER_SVG,
  CREATE_UPLOAD_LINK,
  GET_UPLOAD,
  GET_JOB,
  CANCEL_JOB,
  LIST_JOBS,
  GET_IMAGE_DATA,
  SEARCH_IMAGES,
  IMAGE_HISTORY,
  UPDATE_IMAGES,
  DELETE_IMAGES,
  EXPORT_IMAGES,
  IMPORT_IMAGES,
  READ_METADATA,
  TRAIN_MODEL,
  LIST_PROVIDERS,
  RELOAD_CONFIG,
];
