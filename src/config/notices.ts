/** What does not keep the server from starting and is surely not what a person meant. */

import type { UnreadableFile } from "./env_files.ts";
import type { EnvironmentSnapshot } from "./environment.ts";
import type { Placeholder, PlaceholderKind } from "./placeholders.ts";
import { reasonOf, REASONS } from "./trust.ts";
import type { UnknownName } from "./unknown_names.ts";

export interface Notice {
  readonly level: "info" | "warning";
  readonly message: string;
}

/** A sentence for everything in the environment and the .env files that was passed over. */
export function noticesAbout(snapshot: EnvironmentSnapshot): readonly Notice[] {
  const { placeholders, unreadable, unknown, envFile } = snapshot;
  const messages = [
    ...leftOutMessage(snapshot),
    ...unreadable.filter(({ isForbidden }) => !isForbidden).map(unreadMessage),
    // A copied .env.example is no slip; the same value handed over on purpose is one.
    ...placeholders.filter(({ source, kind }) => source !== envFile || kind !== "example")
      .map((placeholder) => `${placeholderMessage(placeholder)}, so it counts as unset`),
    ...unknown.map(unknownMessage),
    ...oddLinesMessage(snapshot),
  ];
  const warnings = messages.map((message): Notice => ({ level: "warning", message }));
  return [...forbiddenNotice(unreadable), ...warnings];
}

/**
 * Why variables of `names` that somebody wrote down count as unset, as sentences; what a copied
 * .env.example holds is no surprise to anybody.
 */
export function whyUnset(
  snapshot: EnvironmentSnapshot,
  names: ReadonlySet<string>,
): readonly string[] {
  const { placeholders, leftOut } = snapshot;
  const unresolved = placeholders
    .filter(({ name, kind }) => kind !== "example" && names.has(name))
    .map((placeholder) => `${placeholderMessage(placeholder)}, so it counts as unset`);
  const isLeftOut = leftOut.some((name) => names.has(name));
  return [...unresolved, ...isLeftOut ? leftOutMessage(snapshot) : []];
}

/** The .env files that were read, as a sentence; undefined where there were none. */
export function whatWasRead({ envFile, foreignFile }: EnvironmentSnapshot): string | undefined {
  const read = [envFile, foreignFile && `${foreignFile} (harmless settings only)`]
    .filter((path) => path !== undefined);
  return read.length === 0 ? undefined : `Settings were read from ${read.join(" and ")}`;
}

/** Names alone: a value in such a file is nobody's business here. */
function leftOutMessage({ leftOut, foreignFile }: EnvironmentSnapshot): readonly string[] {
  if (leftOut.length === 0) return [];
  const groups = Map.groupBy(leftOut, reasonOf);
  const listed = [...groups].map(([reason, names]) => `${names.join(", ")} (${REASONS[reason]})`);
  return [
    `Left out of '${foreignFile}': ${listed.join("; ")}. A client started this server in that ` +
    `folder, and anybody may have written the file. If it is yours, set MCP_ENV_FILE=${foreignFile}`,
  ];
}

/** "OPENAI_API_KEY still holds the example's value (from the environment)". */
export function placeholderMessage({ name, source, kind }: Placeholder): string {
  return `${name} ${PLACEHOLDER_WORDS[kind]} (from ${source})`;
}

const PLACEHOLDER_WORDS: Readonly<Record<PlaceholderKind, string>> = {
  example: "still holds the example's value",
  reference: "holds a reference that was not resolved",
  name: "holds its own name",
};

function unreadMessage({ path, reason }: UnreadableFile): string {
  return `The .env file '${path}' was not read: ${reason}`;
}

function unknownMessage({ name, source, suggestion }: UnknownName): string {
  const hint = suggestion ? `; did you mean ${suggestion}?` : "";
  return `${name} (from ${source}) is no variable of this server, so it is ignored${hint}`;
}

function oddLinesMessage(snapshot: EnvironmentSnapshot): readonly string[] {
  const { oddLines, envFile, foreignFile } = snapshot;
  if (oddLines.length === 0) return [];
  const which = oddLines.length > 1 ? `Lines ${oddLines.join(", ")}` : `Line ${oddLines[0]}`;
  const verb = oddLines.length > 1 ? "are" : "is";
  return [`${which} of '${envFile ?? foreignFile}' ${verb} no NAME=value and cannot be understood`];
}

/** Usual with a short list of permissions, where nobody can know whether there is a file at all. */
function forbiddenNotice(unreadable: readonly UnreadableFile[]): readonly Notice[] {
  const paths = unreadable.filter(({ isForbidden }) => isForbidden).map(({ path }) => path);
  if (paths.length === 0) return [];
  const message = `No .env file was looked for at ${paths.join(" and ")}: that needs ` +
    `--allow-read=${paths.join(",")}`;
  return [{ level: "info", message }];
}
