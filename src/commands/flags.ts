/** The flags that several commands share. */

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
    value: "PERCENT",
    description: "0 to 100, for jpeg and webp, where supported",
    number: { minimum: 0, maximum: 100 },
  },
  background: {
    value: "BACKGROUND",
    description: "transparent, opaque or auto, where supported",
  },
  moderation: { value: "LEVEL", description: "low or auto, where supported" },
  option: {
    value: "NAME=VALUE",
    description: "A further field of the model itself; may be repeated",
    isList: true,
  },
  "file-prefix": {
    value: "PREFIX",
    description: "Begins the file name; letters, digits and _",
  },
  "save-as": {
    value: "PATH",
    description: "Also puts a copy there, never over another file",
  },
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
