/** Commands and flags as one table: parsing, help text and "did you mean" read the same. */

import {
  COMPARING,
  DRAWING,
  ENV_FILE,
  EXAMINING,
  FINDING,
  type Flag,
  JSON_FLAG,
  LOOKING,
  MIGRATING,
  NOTING,
  OUT,
  RENDERING,
  TRAINING,
  TRANSFORMING,
  WAITING,
} from "./flags.ts";

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

/** The flags of every command that works on the pictures of a folder. */
const ON_PICTURES = { out: OUT, json: JSON_FLAG, "env-file": ENV_FILE } as const;

const A_PICTURE = "its id (img_…), its file or 'last'";
/** Of one command, as of one call of a tool. */
const MOST_PICTURES = 100;

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
      ...TRANSFORMING,
      ...ON_PICTURES,
    },
  },
  render: {
    description: "Make a picture of an SVG here, for free, and print its path",
    usage: "FILE.svg",
    words: 1,
    needs: { message: "render needs a file: render logo.svg, or - to read stdin", unless: [] },
    flags: {
      ...RENDERING,
      ...ON_PICTURES,
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
    flags: ON_PICTURES,
  },
  compare: {
    description: "Draw one prompt in several ways at once, and print the sheet that shows all",
    usage: '"PROMPT"',
    words: 1,
    needs: {
      message: 'compare needs a prompt: compare "a cute cat" --styles anime,watercolor',
      unless: ["image"],
    },
    flags: { ...COMPARING, ...ON_PICTURES },
  },
  train: {
    description:
      "Have a vendor train a model on pictures, and print its name; or rename or forget it",
    usage: "NAME [FOLDER|IMAGE…]",
    words: MOST_PICTURES + 1,
    needs: { message: "train needs a name and pictures: train my-dog photos", unless: [] },
    flags: { ...TRAINING, ...ON_PICTURES },
  },
  search: {
    description: "Find pictures that were made here, the newest first",
    usage: "[WORDS…]",
    words: 20,
    flags: { ...FINDING, ...ON_PICTURES },
  },
  history: {
    description: "Tell what a picture was made from, and what from it",
    usage: "IMAGE",
    words: 1,
    needs: { message: `history needs a picture: ${A_PICTURE}`, unless: [] },
    flags: ON_PICTURES,
  },
  update: {
    description: "Note a title, tags or a favourite, by which pictures are found",
    usage: "IMAGE…",
    words: MOST_PICTURES,
    needs: { message: `update needs a picture: ${A_PICTURE}`, unless: [] },
    flags: { ...NOTING, ...ON_PICTURES },
  },
  delete: {
    description: "Put pictures into the trash",
    usage: "IMAGE…",
    words: MOST_PICTURES,
    needs: { message: `delete needs a picture: ${A_PICTURE}`, unless: [] },
    flags: { permanent: { description: "Remove them for good, at once" }, ...ON_PICTURES },
  },
  restore: {
    description: "Take pictures out of the trash",
    usage: "IMAGE…",
    words: MOST_PICTURES,
    needs: { message: "restore needs a picture: its id (img_…) or its file", unless: [] },
    flags: ON_PICTURES,
  },
  export: {
    description: "Copy pictures into a folder or a new .zip, with speaking names",
    usage: "TO [IMAGE…]",
    words: MOST_PICTURES + 1,
    needs: { message: "export needs a folder or a new .zip file: export logos.zip", unless: [] },
    flags: {
      query: { value: "WORDS", description: "Those that are found by them" },
      tag: { value: "TAG", description: "Those that have it" },
      favorite: { description: "Favourites" },
      ...ON_PICTURES,
    },
  },
  import: {
    description: "Copy the picture files of a folder into the library",
    usage: "FROM",
    words: 1,
    needs: { message: "import needs a folder, or one file: import ~/Pictures/old", unless: [] },
    flags: {
      tag: { value: "TAG", description: "A tag for them; may be repeated", isList: true },
      ...ON_PICTURES,
    },
  },
  templates: {
    description: "List the prompt templates, or show one of them",
    usage: "[NAME]",
    words: 1,
    flags: ON_PICTURES,
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
    flags: { ...EXAMINING, json: JSON_FLAG, "env-file": ENV_FILE },
  },
  migrate: {
    description: "Copy all pictures and records to another place; run again, only what is missing",
    usage: "--from PLACE --to PLACE",
    words: 0,
    flags: { ...MIGRATING, "env-file": ENV_FILE },
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
