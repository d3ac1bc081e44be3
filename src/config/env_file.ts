/** A .env file, taken apart, with what in it a person surely meant otherwise. */

import { nodeUtil } from "../dependencies/node_util.ts";

export interface EnvFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** The lines, counted from 1, that are neither blank nor a comment nor an assignment. */
  readonly oddLines: readonly number[];
}

/** @throws {Error} for bytes that are no UTF-8 text, as some editors write them, and for too many. */
export function parseEnvFile(path: string, text: string): EnvFile {
  if (text.length > LONGEST) throw new Error(`it is longer than ${LONGEST} characters`);
  if (text.includes("\0")) throw new Error("it is not UTF-8 text: save it as UTF-8");
  const clean = text.replace(BYTE_ORDER_MARK, "").replaceAll("\r\n", "\n");
  return { path, values: nodeUtil().parseEnv(clean), oddLines: findOddLines(clean) };
}

/** No file of settings comes near it, and more would take long to take apart. */
const LONGEST = 262_144;

/** Some editors begin a file with it. */
const BYTE_ORDER_MARK = /^\uFEFF/;

function findOddLines(text: string): readonly number[] {
  return text.replace(QUOTED_VALUE, onOneLine).split("\n").flatMap((line, index) =>
    PLAIN_LINE.test(line) ? [] : [index + 1]
  );
}

/** The lines within quotes as blank ones, so that the numbers of the others stay. */
function onOneLine(assignment: string): string {
  const [first = "", ...others] = assignment.split("\n");
  return first + "\n".repeat(others.length);
}

const NAME = String.raw`[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*`;
const QUOTED_VALUE = new RegExp(String.raw`^${NAME}=[ \t]*(["'${"`"}])[^]*?\1[^\n]*`, "gm");
const PLAIN_LINE = new RegExp(String.raw`^(?:\s*(?:#.*)?|${NAME}=.*)$`);
