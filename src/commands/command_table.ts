/** Commands and flags as one table: parsing, help text and "did you mean" read the same. */

import type { Env, EnvValue } from "../config/variables.ts";
import { DRAWING, ENV_FILE, type Flag, JSON_FLAG, LOOKING, OUT, WAITING } from "./flags.ts";

export { BETWEEN_VALUES, type Flag } from "./flags.ts";

export interface Command {
  readonly description: string;
  /** How its words are written, after its name. */
  readonly usage: string;
  /** How many words it takes at most. */
  readonly words: number;
  /** What to say when it gets no word, unless it gets one of the flags `unless`. */
  readonly needs?: { readonly message: string; readonly unless: readonly string[] };
  readonly flags: Readonly<Record<string, Flag>>;
}

export const COMMANDS = {
  serve: {
    description: "Start the server (the default)",
    usage: "",
    words: 0,
    flags: {
      transport: { value: "stdio|http", description: "How clients connect (MCP_TRANSPORT)" },
      host: { value: "ADDRESS", description: "The address to listen on (MCP_HOST)" },
      port: { value: "PORT", description: "The port to listen on (MCP_PORT)" },
      "env-file": ENV_FILE,
    },
  },
  studio: {
    description: "Open a page in the browser to draw and look at pictures",
    usage: "",
    words: 0,
    flags: {
      port: {
        value: "PORT",
        description: "The port of the page; any free one where none is given",
      },
      "no-open": { description: "Only print the address" },
      out: OUT,
      "env-file": ENV_FILE,
    },
  },
  generate: {
    description: "Make a picture from the shell and print its path",
    usage: '"PROMPT"',
    words: 1,
    needs: {
      message: 'generate needs a prompt: generate "a cute cat"',
      unless: ["resume", "based-on", "template"],
    },
    flags: {
      ...DRAWING,
      "based-on": {
        value: "ID",
        description: "A picture to vary, or its file: what is not given stays; or last",
      },
      out: OUT,
      ...WAITING,
      ...LOOKING,
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  batch: {
    description:
      "Draw what each line of a CSV or JSONL file asks for; run again, it draws only what is missing",
    usage: "FILE",
    words: 1,
    needs: {
      message: "batch needs a file with a column 'prompt': batch cards.csv",
      unless: [],
    },
    flags: {
      prompt: {
        value: "TEXT",
        description: 'With gaps for the columns, such as "a {animal} in {place}"',
      },
      ...DRAWING,
      out: {
        value: "DIR",
        description: "Where pictures are saved and what was drawn is remembered",
      },
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  edit: {
    description: "Change a picture, or draw by the example of others, and print its path",
    usage: 'IMAGE… "PROMPT"',
    words: 17,
    needs: {
      message: 'edit needs a picture and a prompt: edit cat.png "a red hat on its head"',
      unless: ["resume", "template"],
    },
    flags: {
      mask: { value: "IMAGE", description: "Clear, or white on black, where it may change" },
      region: { value: "X,Y,W,H", description: "What may change, in fractions; more with ;" },
      invert: { description: "What the mask or region marks stays" },
      "let-outside-change": { description: "Keep what the vendor changed outside the mask" },
      strength: { value: "NUMBER", description: "How far it may be left, from 0 to 1" },
      ...DRAWING,
      out: OUT,
      ...WAITING,
      ...LOOKING,
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  transform: {
    description: "Crop, resize, turn or convert a picture here, for free, and print its path",
    usage: "IMAGE",
    words: 1,
    needs: {
      message: "transform needs a picture: a file, an id (img_…), 'last' or an https address",
      unless: ["help"],
    },
    flags: {
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
      out: OUT,
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  render: {
    description: "Make a picture of an SVG here, for free, and print its path",
    usage: "FILE.svg",
    words: 1,
    needs: { message: "render needs a file: render logo.svg, or - to read stdin", unless: [] },
    flags: {
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
      out: OUT,
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  inspect: {
    description: "Tell what made a picture, by what its file says",
    usage: "IMAGE",
    words: 1,
    needs: {
      message: "inspect needs a picture: a file, an id (img_…), 'last' or an https address",
      unless: [],
    },
    flags: { out: OUT, json: JSON_FLAG, "env-file": ENV_FILE },
  },
  templates: {
    description: "List the prompt templates, or show one of them",
    usage: "[NAME]",
    words: 1,
    flags: { out: OUT, json: JSON_FLAG, "env-file": ENV_FILE },
  },
  init: {
    description: "Print or write the configuration of an AI client",
    usage: "[CLIENT]",
    words: 1,
    flags: {
      write: { description: "Merge it into the client's file, with a backup" },
      http: { value: "URL", description: "Connect to a server over HTTP" },
      out: OUT,
      "env-file": ENV_FILE,
    },
  },
  doctor: {
    description: "Check the settings, the folder, the providers, or a running server",
    usage: "",
    words: 0,
    flags: {
      offline: { description: "Do not try to reach the providers" },
      url: { value: "URL", description: "Check the server running there" },
      token: { value: "TOKEN", description: "Its bearer token" },
      generate: { description: "Make one small real picture per provider (may cost money)" },
      json: JSON_FLAG,
      "env-file": ENV_FILE,
    },
  },
  user: {
    description: "Make an entry of MCP_USERS, for people who sign in with a password",
    usage: "add NAME",
    words: 2,
    needs: { message: "user needs what to do and a name: user add ann", unless: [] },
    flags: {},
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** The commands whose flags other programs have by other names. */
export const TAKES_FOREIGN_FLAGS: ReadonlySet<CommandName> = new Set([
  "generate",
  "batch",
  "edit",
  "transform",
  "render",
]);

export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}

/** The exit status of a command whose work failed. */
export const FAILURE = 1;
/** The exit status of a command line that cannot be understood. */
export const MISUSE = 2;

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
