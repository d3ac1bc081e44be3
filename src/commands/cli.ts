/** The command line, taken apart as the table of commands says. */

import type { parseArgs, ParseArgsOptionsConfig } from "node:util";
import { nodeUtil } from "../dependencies/node_util.ts";
import { nearest } from "../errors.ts";
import {
  BETWEEN_VALUES,
  type Command,
  type CommandName,
  COMMANDS,
  type Flag,
  isCommand,
  TAKES_FOREIGN_FLAGS,
} from "./command_table.ts";

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
export async function parseCommandLine(args: readonly string[]): Promise<Invocation> {
  const [first = "", ...others] = args;
  if (first === "help") return helpAbout(others);
  if (isCommand(first)) return await parseFlags(first, others, true);
  const isNamed = first !== "" && !first.startsWith("-");
  return isNamed ? unknownCommand(first) : await parseFlags("serve", args, false);
}

function helpAbout(words: readonly string[]): Invocation {
  const [word, surplus] = words.filter((each) => !each.startsWith("-"));
  if (surplus !== undefined) return mistake(`'help' takes [TOPIC], found '${surplus}' too`);
  return word === undefined || isCommand(word)
    ? { kind: "help", command: word }
    : { kind: "topic", word };
}

async function parseFlags(
  command: CommandName,
  args: readonly string[],
  isNamed: boolean,
): Promise<Invocation> {
  if (args.length === 0) return readTokens(command, [], isNamed);
  const { flags: known } = COMMANDS[command] as Command;
  const understood = TAKES_FOREIGN_FLAGS.has(command)
    ? (await import("./foreign_flags.ts")).inOurFlags(args, Object.keys(known))
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
    const value = token.value ?? "true";
    const before = flag.isList ? flags[token.name] : undefined;
    flags[token.name] = before === undefined ? value : `${before}${BETWEEN_VALUES}${value}`;
  }
  const surplus = words[allowed];
  if (surplus !== undefined) {
    const hint = allowed === 1 ? " (put it all in quotes)" : "";
    return mistake(`'${command}' takes ${usage || "no words"}, found '${surplus}' too${hint}`);
  }
  const isSilent = words.every((word) => word.trim() === "");
  const isExcused = needs?.unless.some((flag) => flags[flag] !== undefined);
  if (needs && isSilent && !isExcused) return mistake(needs.message);
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
