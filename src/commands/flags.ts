/** The flags of the commands, by what they are about. */

import type { Env, EnvValue } from "../config/variables.ts";

export interface Flag {
  /** What the value is called in the help; absent for a flag without one. */
  readonly value?: string;
  readonly description: string;
  /** Bounds of a value that is a whole number. */
  readonly number?: { readonly minimum: number; readonly maximum: number };
  /** Whether it may be given several times: the values are joined by `BETWEEN_VALUES`. */
  readonly isList?: boolean;
}

/** Stands between the values of a flag that is given several times: no word of a command line holds it. */
export const BETWEEN_VALUES = "\0";

export const ENV_FILE: Flag = { value: "FILE", description: "Read this .env file (MCP_ENV_FILE)" };
export const OUT: Flag = {
  value: "DIR",
  description: "Where pictures are saved (MCP_IMAGE_SAVE_DIR)",
};
export const JSON_FLAG: Flag = { description: "Print JSON for programs" };

const SAVE_AS: Flag = {
  value: "PATH",
  description: "Also puts a copy there, never over another file",
};

const OPTION: Flag = {
  value: "NAME=VALUE",
  description: "A further field of the model itself; may be repeated",
  isList: true,
};

/** How a model is trained. */
export const TRAINING = {
  trigger: { value: "WORD", description: "Stands for what is learned in prompts, such as ZXDOG" },
  kind: { value: "subject|style", description: "What the pictures have in common" },
  steps: {
    value: "NUMBER",
    description: "How long it learns; the trainer's own number where none is given",
    number: { minimum: 1, maximum: 100_000 },
  },
  provider: { value: "NAME", description: "Who trains it" },
  confirm: { description: "Send the pictures and pay; without it only the cost is told" },
  rename: { value: "NAME", description: "Call the trained model that from now on" },
  forget: { description: "Forget the trained model; what its vendor keeps stays there" },
} as const satisfies Readonly<Record<string, Flag>>;

/** What a picture may be asked to be. */
export const DRAWING = {
  provider: { value: "NAME", description: "Who draws it" },
  style: {
    value: "STYLE",
    description: "One of the provider's styles; a wrong one names them",
  },
  resolution: { value: "SIZE", description: "Such as 1024x768" },
  "aspect-ratio": { value: "RATIO", description: "Such as 16:9" },
  "negative-prompt": { value: "TEXT", description: "What should not be there" },
  model: { value: "MODEL", description: "Another model of the provider" },
  quality: {
    value: "QUALITY",
    description: "As the provider names it",
  },
  seed: {
    value: "NUMBER",
    description: "The same seed gives the same picture, where supported",
    number: { minimum: 0, maximum: 4_294_967_295 },
  },
  count: {
    value: "N",
    description: "How many pictures, 1 to 10",
    number: { minimum: 1, maximum: 10 },
  },
  "output-format": { value: "FORMAT", description: "png, jpeg or webp, where supported" },
  "output-compression": {
    value: "N",
    description: "0 to 100, for jpeg and webp, where supported",
    number: { minimum: 0, maximum: 100 },
  },
  background: {
    value: "BACKGROUND",
    description: "transparent, opaque or auto, where supported",
  },
  moderation: { value: "LEVEL", description: "low or auto, where supported" },
  option: OPTION,
  "file-prefix": {
    value: "PREFIX",
    description: "Begins the file name; letters, digits and _",
  },
  "save-as": SAVE_AS,
  template: { value: "NAME", description: "Its prompt, as 'templates' lists them" },
  var: {
    value: "NAME=VALUE",
    description: "What goes into a gap of the template; may be repeated",
    isList: true,
  },
} as const satisfies Readonly<Record<string, Flag>>;

export const WAITING = {
  wait: {
    value: "SECONDS",
    description: "Then leave the job, if --resume can fetch it later",
    number: { minimum: 0, maximum: 3600 },
  },
  resume: { value: "JOB", description: "Wait for a job that was interrupted" },
} as const satisfies Readonly<Record<string, Flag>>;

export const LOOKING = {
  open: { description: "Open it with the system's program" },
  "no-preview": { description: "Do not show it in the terminal" },
} as const satisfies Readonly<Record<string, Flag>>;

/** What can be done to a picture here. */
export const TRANSFORMING = {
  width: {
    value: "PIXELS",
    description: "Its width, or that of the box it gets into",
    number: { minimum: 1, maximum: 16_384 },
  },
  height: {
    value: "PIXELS",
    description: "Its height, or that of the box",
    number: { minimum: 1, maximum: 16_384 },
  },
  fit: {
    value: "FIT",
    description: "Into the box: inside (default), cover, contain or fill",
  },
  crop: { value: "X,Y,W,H", description: "What is kept, in fractions of the sides or pixels" },
  "aspect-ratio": { value: "RATIO", description: "Crops the middle to it, such as 16:9" },
  rotate: {
    value: "DEGREES",
    description: "90, 180 or 270, clockwise",
    number: { minimum: 0, maximum: 360 },
  },
  flip: { value: "WAY", description: "horizontal or vertical" },
  grayscale: { description: "Without colour" },
  background: { value: "COLOUR", description: "Under what is transparent, such as #ffffff" },
  format: { value: "FORMAT", description: "png, jpeg or webp" },
  quality: {
    value: "QUALITY",
    description: "1 to 100, of jpeg and webp",
    number: { minimum: 1, maximum: 100 },
  },
  "max-bytes": { value: "SIZE", description: "The best quality within it, such as 200k" },
  "save-as": SAVE_AS,
} as const satisfies Readonly<Record<string, Flag>>;

/** How an SVG becomes a picture. */
export const RENDERING = {
  width: {
    value: "PIXELS",
    description: "Up to 4096; the SVG's own where none is given",
    number: { minimum: 1, maximum: 4096 },
  },
  height: {
    value: "PIXELS",
    description: "The same; one alone keeps the shape",
    number: { minimum: 1, maximum: 4096 },
  },
  background: { value: "COLOUR", description: "Under the drawing, such as #ffffff" },
  format: { value: "FORMAT", description: "png (default), jpeg or webp" },
  quality: {
    value: "QUALITY",
    description: "1 to 100, of jpeg and webp",
    number: { minimum: 1, maximum: 100 },
  },
  "file-prefix": {
    value: "PREFIX",
    description: "Begins the file name in place of the SVG's own",
  },
  "save-as": SAVE_AS,
} as const satisfies Readonly<Record<string, Flag>>;

/** What a picture that is looked for may be. */
export const FINDING = {
  provider: { value: "NAME", description: "Who drew it" },
  model: { value: "MODEL", description: "The model that drew it" },
  style: { value: "STYLE", description: "The style it was asked for in" },
  tag: { value: "TAG", description: "A tag that it has" },
  favorite: { description: "Favourites" },
  "no-favorite": { description: "All but favourites" },
  after: { value: "TIME", description: "Made then or later: 2026-11-20, 7d or 12h" },
  before: { value: "TIME", description: "Made before: the same" },
  parent: { value: "IMAGE", description: "What was made from that picture" },
  trash: { description: "Those in the trash, and no others" },
  limit: {
    value: "N",
    description: "How many, 1 to 50 (default 10)",
    number: { minimum: 1, maximum: 50 },
  },
  cursor: { value: "CURSOR", description: "Where the page before ended, as it says" },
} as const satisfies Readonly<Record<string, Flag>>;

/** What may differ in a comparison. */
export const COMPARING = {
  providers: { value: "A,B", description: "Who draws it" },
  models: { value: "A,B", description: "Models" },
  styles: { value: "A,B", description: "Styles" },
  seeds: { value: "1,2", description: "Seeds" },
  resolution: { value: "SIZE", description: "Such as 1024x768, for all" },
  "aspect-ratio": { value: "RATIO", description: "Such as 16:9, for all" },
  option: OPTION,
  image: {
    value: "IMAGE",
    description: "In place of a prompt, two or more pictures",
    isList: true,
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** What is noted of a picture. */
export const NOTING = {
  title: { value: "TITLE", description: "What it is called" },
  "add-tag": { value: "TAG", description: "A tag to give; may be repeated", isList: true },
  "remove-tag": { value: "TAG", description: "A tag to take away", isList: true },
  favorite: { description: "Make it a favourite" },
  "no-favorite": { description: "Make it one no more" },
} as const satisfies Readonly<Record<string, Flag>>;

/** What the doctor looks at. */
export const EXAMINING = {
  offline: { description: "Do not try to reach the providers" },
  url: { value: "URL", description: "Check the server running there" },
  token: { value: "TOKEN", description: "Its bearer token" },
  generate: { description: "Make one small real picture per provider (may cost money)" },
} as const satisfies Readonly<Record<string, Flag>>;

/** Two places, each by its records and its pictures. */
export const MIGRATING = {
  from: { value: "PLACE", description: "A save folder or postgres://…; else what is set" },
  "from-images": { value: "PLACE", description: "Its pictures: a folder or s3://bucket/prefix" },
  to: { value: "PLACE", description: "As --from; what is set where it is left out" },
  "to-images": { value: "PLACE", description: "As --from-images" },
  "dry-run": { description: "Only say what would be copied" },
} as const satisfies Readonly<Record<string, Flag>>;

/** The flags that stand for a variable. */
const VARIABLE_OF_FLAG: Readonly<Record<string, string>> = {
  transport: "MCP_TRANSPORT",
  host: "MCP_HOST",
  port: "MCP_PORT",
  "env-file": "MCP_ENV_FILE",
  out: "MCP_IMAGE_SAVE_DIR",
};

/** The settings given as flags, which win over every other source. */
export function settingsOnCommandLine(flags: Readonly<Record<string, string>>): Env {
  const env = new Map<string, EnvValue>();
  for (const [flag, value] of Object.entries(flags)) {
    const variable = VARIABLE_OF_FLAG[flag];
    if (variable) env.set(variable, { value, source: `--${flag}` });
  }
  return env;
}
