/** What other programs call the flags of `generate`, and the short flags that people try. */

import { foreignWord } from "../mcp/arguments/foreign_words.ts";

export type InOurFlags =
  | { readonly args: readonly string[] }
  | { readonly mistake: string };

/** The command line of `generate` with its own flags in place of others' where those mean the same. */
export function inOurFlags(args: readonly string[], flags: readonly string[]): InOurFlags {
  const end = args.indexOf("--");
  const [before, after] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const ours: string[] = [];
  const words = [...after];
  for (let index = 0; index < before.length; index++) {
    const given = taken(before[index]!);
    if (given === undefined || flags.includes(given.name)) {
      ours.push(before[index]!);
      continue;
    }
    const flag = flagFor(given, flags);
    if (flag === undefined) ours.push(before[index]!);
    else if ("mistake" in flag) return flag;
    else if (flag.name !== PROMPT && flag.name !== "out") {
      ours.push(written(flag.name, given.value));
    } else {
      const value = given.value ?? before[++index];
      if (value === undefined || value.startsWith("--")) {
        return { mistake: `${given.raw} needs a value` };
      }
      if (flag.name === PROMPT) words.push(value);
      else if (IMAGE_FILE.test(value)) return { mistake: notAFile(given.raw) };
      else ours.push(written("out", value));
    }
  }
  return { args: words.length > 0 ? [...ours, "--", ...words] : ours };
}

interface Given {
  /** As it was typed, without a value. */
  readonly raw: string;
  readonly name: string;
  readonly value?: string;
}

/** "--size=1x1", "-n 2", "-n2" and "-n=2", taken apart; undefined for what is no flag. */
function taken(arg: string): Given | undefined {
  const [, raw, long, short, value, attached] =
    /^(--([^=]+)|-([a-z]))(?:=(.*)|(.+))?$/s.exec(arg) ?? [];
  const name = long ?? short;
  if (raw === undefined || name === undefined) return undefined;
  return { raw, name, value: value ?? (short === undefined ? undefined : attached) };
}

function flagFor(
  { raw, name }: Given,
  flags: readonly string[],
): { readonly name: string } | { readonly mistake: string } | undefined {
  const own = Object.hasOwn(SHELL_WORDS, name) ? SHELL_WORDS[name] : undefined;
  if (own) return { name: own };
  const known = flags.map((flag) => flag === "count" ? "n" : flag.replaceAll("-", "_"));
  const meant = name.length > 1 ? foreignWord(name, [...known, PROMPT]) : undefined;
  if (meant === undefined) return undefined;
  const { ours, take, note } = meant;
  if (ours === undefined) {
    return { mistake: `${raw} has no counterpart here${note ? `: ${note}` : ""}` };
  }
  const flag = ours === "n" ? "count" : ours.replaceAll("_", "-");
  if (take) return { name: flag };
  return { mistake: `${raw} is called --${flag} here${note ? `, ${note}` : ""}` };
}

function written(flag: string, value: string | undefined): string {
  return value === undefined ? `--${flag}` : `--${flag}=${value}`;
}

function notAFile(raw: string): string {
  return `${raw} names a folder here, as --out does: the file's name is chosen, and printed at the end`;
}

/** The argument that is a word of its own in the shell. */
const PROMPT = "prompt";

const SHELL_WORDS: Readonly<Record<string, string>> = {
  n: "count",
  o: "out",
  p: PROMPT,
  prompt: PROMPT,
  output: "out",
  outdir: "out",
  "out-dir": "out",
  "output-dir": "out",
  dir: "out",
};

const IMAGE_FILE = /\.(png|jpe?g|webp|gif|avif|bmp|tiff?)$/i;
