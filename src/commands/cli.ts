/** Commands and flags as one table: parsing, help text and "did you mean" read the same. */

import type { parseArgs, ParseArgsOptionsConfig } from "node:util";
import { nodeUtil } from "../dependencies/node_util.ts";
import { nearest } from "../errors.ts";
import { inOurFlags } from "./foreign_flags.ts";

export interface Flag {
  /** What the value is called in the help; absent for a flag without one. */
  readonly value?: string;
  readonly description: string;
  /** Bounds of a value that is a whole number. */
  readonly number?: { readonly minimum: number; readonly maximum: number };
}

export interface Command {
  readonly description: string;
  /** How its words are written, after its name. */
  readonly usage: string;
  /** How many words it takes at most. */
  readonly words: number;
  /** What to say when it gets no word, unless it gets the flag `unless`. */
  readonly needs?: { readonly message: string; readonly unless: string };
  readonly flags: Readonly<Record<string, Flag>>;
}

const ENV_FILE: Flag = { value: "FILE", description: "Read this .env file (MCP_ENV_FILE)" };
const OUT: Flag = { value: "DIR", description: "Where pictures are saved (MCP_IMAGE_SAVE_DIR)" };
const JSON_FLAG: Flag = { description: "Print JSON for programs" };

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
  generate: {
    description: "Make a picture from the shell and print its path",
    usage: '"PROMPT"',
    words: 1,
    needs: { message: 'generate needs a prompt: generate "a cute cat"', unless: "resume" },
    flags: {
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
      "file-prefix": {
        value: "PREFIX",
        description: "Begins the file name; letters, digits and _",
      },
      out: OUT,
      wait: {
        value: "SECONDS",
        description: "Then leave the job, if --resume can fetch it later",
        number: { minimum: 0, maximum: 3600 },
      },
      resume: { value: "JOB", description: "Wait for a job that was interrupted" },
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
      unless: "help",
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
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof COMMANDS;

/** The commands whose flags other programs have by other names. */
const TAKES_FOREIGN_FLAGS: ReadonlySet<CommandName> = new Set(["generate", "transform"]);

/** What the person typed, taken apart. */
export type Invocation =
  | {
    readonly kind: "command";
    readonly command: CommandName;
    readonly words: readonly string[];
    /** Values by flag name; "true" for a flag without a value. */
    readonly flags: Readonly<Record<string, string>>;
  }
  | { readonly kind: "help"; readonly command?: CommandName }
  /** A part of the manual, if there is one of that name. */
  | { readonly kind: "topic"; readonly word: string }
  | { readonly kind: "version" }
  | {
    readonly kind: "mistake";
    readonly message: string;
    /** The command that was to answer in JSON, if one was. */
    readonly jsonOf?: CommandName;
  };

/** Takes the command line apart; a mistake is one line that names the nearest legal word. */
export function parseCommandLine(args: readonly string[]): Invocation {
  const [first = "", ...others] = args;
  if (first === "help") return helpAbout(others);
  if (isCommand(first)) return parseFlags(first, others, true);
  const isNamed = first !== "" && !first.startsWith("-");
  return isNamed ? unknownCommand(first) : parseFlags("serve", args, false);
}

function helpAbout(words: readonly string[]): Invocation {
  const [word, surplus] = words.filter((each) => !each.startsWith("-"));
  if (surplus !== undefined) return mistake(`'help' takes [TOPIC], found '${surplus}' too`);
  return word === undefined || isCommand(word)
    ? { kind: "help", command: word }
    : { kind: "topic", word };
}

function parseFlags(command: CommandName, args: readonly string[], isNamed: boolean): Invocation {
  if (args.length === 0) return readTokens(command, [], isNamed);
  const { flags: known } = COMMANDS[command] as Command;
  const understood = TAKES_FOREIGN_FLAGS.has(command)
    ? inOurFlags(args, Object.keys(known))
    : { args };
  const { tokens } = nodeUtil().parseArgs({
    args: [...("args" in understood ? understood.args : args)],
    options: optionsOf(known),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const invocation = "mistake" in understood
    ? mistake(understood.mistake)
    : readTokens(command, tokens, isNamed);
  const isJson = "json" in known &&
    tokens.some((token) => token.kind === "option" && token.name === "json");
  return invocation.kind === "mistake" && isJson ? { ...invocation, jsonOf: command } : invocation;
}

function readTokens(
  command: CommandName,
  tokens: readonly Token[],
  isNamed: boolean,
): Invocation {
  const { flags: known, words: allowed, usage, needs } = COMMANDS[command] as Command;
  const words: string[] = [];
  const flags: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { kind: "help", command: isNamed ? command : undefined };
    if (token.name === "version") return { kind: "version" };
    const flag = known[token.name];
    if (!flag) return unknownFlag(token.rawName, token.name, command);
    const problem = valueProblem(token, flag);
    if (problem) return mistake(problem);
    flags[token.name] = token.value ?? "true";
  }
  const surplus = words[allowed];
  if (surplus !== undefined) {
    const hint = allowed === 1 ? " (put it all in quotes)" : "";
    return mistake(`'${command}' takes ${usage || "no words"}, found '${surplus}' too${hint}`);
  }
  const isSilent = words.every((word) => word.trim() === "");
  if (needs && isSilent && flags[needs.unless] === undefined) return mistake(needs.message);
  return { kind: "command", command, words, flags };
}

function optionsOf(flags: Command["flags"]): ParseArgsOptionsConfig {
  const options: ParseArgsOptionsConfig = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
  };
  for (const [name, { value }] of Object.entries(flags)) {
    options[name] = { type: value ? "string" : "boolean" };
  }
  return options;
}

type Token = NonNullable<ReturnType<typeof parseArgs>["tokens"]>[number];

interface OptionToken {
  readonly rawName: string;
  readonly value?: string;
  readonly inlineValue?: boolean;
}

function valueProblem(
  { rawName, value, inlineValue }: OptionToken,
  flag: Flag,
): string | undefined {
  const isAnotherFlag = !inlineValue && value?.startsWith("--");
  if (flag.value && (!value || isAnotherFlag)) return `${rawName} needs a value: ${flag.value}`;
  if (!flag.value && value !== undefined) return `${rawName} takes no value`;
  if (!flag.number || value === undefined) return undefined;
  const { minimum, maximum } = flag.number;
  const isLegal = /^\d+$/.test(value) && Number(value) >= minimum && Number(value) <= maximum;
  if (isLegal) return undefined;
  return `${rawName} must be a whole number from ${minimum} to ${maximum}, ` +
    `current value is '${value}'`;
}

function unknownCommand(word: string): Invocation {
  return mistake(`Unknown command '${word}': ${advice(word, Object.keys(COMMANDS))}`);
}

function unknownFlag(rawName: string, name: string, command: CommandName): Invocation {
  const owner = Object.keys(COMMANDS).filter(isCommand)
    .find((other) => Object.hasOwn(COMMANDS[other].flags, name));
  const legal = Object.keys(COMMANDS[command].flags).map((flag) => `--${flag}`);
  return mistake(
    owner
      ? `${rawName} is a flag of '${owner}', not of '${command}' (--help shows all)`
      : `Unknown flag '${rawName}': ${advice(rawName, legal)}`,
  );
}

function advice(word: string, legal: readonly string[]): string {
  const guess = sharingAPart(word, legal) ?? nearest(word, legal);
  const hint = guess ? `did you mean '${guess}'?` : `there are ${legal.join(", ")}`;
  return `${hint} (--help shows all)`;
}

/** The only one that begins with the word, or that has it among its parts or is one of its parts. */
function sharingAPart(word: string, legal: readonly string[]): string | undefined {
  const partsOf = (name: string) => name.replace(/^--/, "").split("-");
  const [first = "", ...others] = partsOf(word);
  const isShared = (name: string) => {
    const parts = partsOf(name);
    if (others.length > 0) return parts.length === 1 && partsOf(word).includes(parts[0]!);
    return parts.includes(first) || (first.length > 2 && parts[0]!.startsWith(first));
  };
  const sharing = legal.filter(isShared);
  return sharing.length === 1 ? sharing[0] : undefined;
}

function mistake(message: string): Invocation {
  return { kind: "mistake", message };
}

export function isCommand(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}
