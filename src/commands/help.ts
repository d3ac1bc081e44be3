/** What the program says of itself: its commands and flags, and the topics of the manual. */

import { nearest } from "../errors.ts";
import { TOPIC_NAMES, topicNamed, TOPICS, topicText } from "../manual/topics.ts";
import { type Command, type CommandName, COMMANDS, isCommand, MISUSE } from "./command_table.ts";

/** Where help goes. */
export interface HelpOutput {
  readonly print: (text: string) => void;
  readonly say: (line: string) => void;
  /** The width of the terminal a person reads it in; undefined where a program or file takes it. */
  readonly columns?: number;
  readonly hasColour?: boolean;
}

/** The help of everything, or of one command; `program` is what the person types for this one. */
export function helpText(version: string, program: string, command?: CommandName): string {
  const names = command ? [command] : Object.keys(COMMANDS).filter(isCommand);
  const sections = names.map((name) => {
    const { description, flags } = COMMANDS[name] as Command;
    const rows = Object.entries(flags).map(([flag, { value, description }]) =>
      `    --${`${flag} ${value ?? ""}`.padEnd(24)} ${description}`
    );
    return [`  ${called(name)}`, `    ${description}`, ...rows].join("\n");
  });
  return [
    `mcp-image-server ${version}: image generation for AI clients over the Model Context Protocol`,
    "",
    `Usage: ${program} ${command ? called(command) : "[COMMAND]"} [FLAGS]`,
    "",
    sections.join("\n\n"),
    "",
    ...(command ? [] : topicLines()),
    "  --help, -h                   Show this; after a command, only its part",
    "  --version, -V                Show the version",
    "",
    "Settings are environment variables or lines of a .env file; 'help settings' lists them all.",
    "Exit status: 0 all is well, 1 the work failed, 2 the command line is wrong, 130 Ctrl-C.",
  ].join("\n");
}

/**
 * Prints a topic of the manual: as its Markdown, or set for a terminal's width.
 * @returns the exit status; `MISUSE` for a topic that is none, after naming the nearest word.
 */
export async function printTopic(word: string, output: HelpOutput): Promise<number> {
  const topic = topicNamed(word);
  if (topic === undefined) {
    output.say(`mcp-image-server: No help about '${word}': ${advice(word)}`);
    return MISUSE;
  }
  const text = await topicText(topic, (words, name) => `${words} ('help ${name}')`);
  if (output.columns === undefined) output.print(text.trimEnd());
  else {
    const { markdownToText } = await import("../manual/text.ts");
    output.print(markdownToText(text, { columns: output.columns, hasColour: output.hasColour }));
  }
  return 0;
}

function topicLines(): readonly string[] {
  const width = Math.max(...TOPIC_NAMES.map((name) => name.length));
  const rows = TOPICS.map(({ name, summary }) => `    ${name.padEnd(width)}  ${summary}`);
  return ["  help TOPIC", "    Show a part of the manual", ...rows, ""];
}

/** A command as it is written: 'generate "PROMPT"'. */
function called(command: CommandName): string {
  return `${command} ${COMMANDS[command].usage}`.trim();
}

function advice(word: string): string {
  const words = [...Object.keys(COMMANDS), ...TOPIC_NAMES];
  const guess = nearest(word.slice(0, LONGEST_WORD), words);
  return guess ? `did you mean '${guess}'? ('help' shows all)` : `there are ${words.join(", ")}`;
}

const LONGEST_WORD = 40;
