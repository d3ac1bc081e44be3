/**
 * The tools as clients see them: data alone, since it is needed before anything else is loaded.
 * What they do is in `../tools/`.
 */

import { choice, flag, required, requiredUnless, text, wholeNumber } from "./argument.ts";
import { EDIT_IMAGE } from "./edit_image.ts";
import { IMAGES_ENVELOPE } from "./output.ts";
import {
  JOB_ID,
  LONGEST_PROMPT,
  READS,
  type ToolDeclaration,
  WAIT_SECONDS,
} from "./tool_declaration.ts";
import { TRANSFORM_IMAGE } from "./transform_image.ts";

export const GENERATE_IMAGE = {
  name: "generate_image",
  title: "Generate image",
  description:
    "Draws pictures from a prompt, saves them and shows them. Use it whenever the user " +
    "wants a new picture. If the answer holds a job instead of images, call get_job.",
  input: {
    prompt: requiredUnless(
      "based_on",
      text("What to draw, in any language", { minLength: 1, maxLength: LONGEST_PROMPT }),
    ),
    provider: text("Who draws it, or 'auto' (default); see list_providers"),
    style: text("A style id of the provider, or 'provider:style'; none by default"),
    resolution: text("Such as 1024x768, 1024:768 or 'provider:1024x768'"),
    aspect_ratio: text("Such as 16:9, instead of resolution"),
    negative_prompt: text("What should not be in the picture", { maxLength: LONGEST_PROMPT }),
    n: wholeNumber("How many pictures (default 1)", 1, 10),
    seed: wholeNumber("Repeats a picture where the provider supports it", 0, 4_294_967_295),
    quality: text("The provider's quality, such as low, medium or high"),
    model: text("Another model of the provider"),
    file_prefix: text("Begins the file name; letters, digits and _"),
    background: text("transparent, opaque or auto, where supported"),
    output_format: text("png, jpeg or webp, where supported"),
    output_compression: wholeNumber("0 to 100, for jpeg and webp, where supported", 0, 100),
    moderation: text("low or auto, where supported"),
    based_on: text("The id of a picture to vary: what is not given is as it was"),
    wait_seconds: WAIT_SECONDS,
  },
  output: IMAGES_ENVELOPE,
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

export const CREATE_UPLOAD_LINK = {
  name: "create_upload_link",
  title: "Create upload link",
  description:
    "A web address to show the user, where they upload one picture for edit_image. Use it " +
    "where you cannot pass their picture itself.",
  input: {},
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  needsAddress: true,
  empty: { upload: null },
} as const satisfies ToolDeclaration;

export const GET_UPLOAD = {
  name: "get_upload",
  title: "Get upload",
  description: "Waits until the user has uploaded the picture, and shows it.",
  input: {
    upload_id: required(text("upload_…", { minLength: 1 })),
    wait_seconds: { ...WAIT_SECONDS, description: "" },
  },
  annotations: READS,
  needsAddress: true,
  empty: { upload: null, warnings: [] },
} as const satisfies ToolDeclaration;

export const GET_JOB = {
  name: "get_job",
  title: "Get job",
  description: "Waits for a picture that generate_image answered with a job, and returns it just " +
    "as generate_image would have.",
  input: { job_id: JOB_ID, wait_seconds: WAIT_SECONDS },
  annotations: { ...READS, openWorldHint: true },
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;

export const CANCEL_JOB = {
  name: "cancel_job",
  title: "Cancel job",
  description: "Stops a running generation on purpose and says whether it may have been charged.",
  input: { job_id: JOB_ID },
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
    "The newest pictures asked for, each with its prompt's beginning, state, age and picture ids. " +
    "Use it to find an earlier picture again.",
  input: {
    limit: wholeNumber("How many, newest first (default 10)", 1, 50),
    status: choice("Only these", JOB_STATUSES),
  },
  annotations: READS,
  empty: { jobs: [] },
} as const satisfies ToolDeclaration;

export const GET_IMAGE_DATA = {
  name: "get_image_data",
  title: "Get image data",
  description: "Shows a picture made before: a preview, and where the whole file is.",
  input: {
    image_id: required(text("img_…, or 'last' for the newest", { minLength: 1 })),
    format: choice("preview (default), or data: all its bytes as base64, where they fit", [
      "preview",
      "data",
    ]),
  },
  annotations: READS,
  empty: { images: [] },
} as const satisfies ToolDeclaration;

export const LIST_PROVIDERS = {
  name: "list_providers",
  title: "List providers",
  description: "Who can draw here: each provider's styles, sizes, models and options, or which " +
    "variable it is missing. Answers at once, without the network.",
  input: {},
  annotations: READS,
  empty: { providers: [], default_provider: null },
} as const satisfies ToolDeclaration;

export const RELOAD_CONFIG = {
  name: "reload_config",
  title: "Reload configuration",
  description:
    "Reads the .env file and environment again, for changed keys, models and limits. A " +
    "wrong configuration changes nothing.",
  input: {
    dotenv_override: flag("Whether the .env file wins over the environment (default true)"),
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
  TRANSFORM_IMAGE,
  CREATE_UPLOAD_LINK,
  GET_UPLOAD,
  GET_JOB,
  CANCEL_JOB,
  LIST_JOBS,
  GET_IMAGE_DATA,
  LIST_PROVIDERS,
  RELOAD_CONFIG,
];
