/** What does not keep the server from starting and is surely not what a person meant. */

import type { EnvironmentSnapshot, Placeholder, UnreadableFile } from "./environment.ts";
import type { UnknownName } from "./unknown_names.ts";

export interface Notice {
  readonly level: "info" | "warning";
  readonly message: string;
}

/** A sentence for everything in the environment and the .env files that was passed over. */
export function noticesAbout(snapshot: EnvironmentSnapshot): readonly Notice[] {
  const { placeholders, unreadable, unknown, envFile } = snapshot;
  const messages = [
    ...unreadable.filter(({ isForbidden }) => !isForbidden).map(unreadMessage),
    // A copied .env.example is no slip; the same value handed over on purpose is one.
    ...placeholders.filter(({ source, kind }) => source !== envFile || kind === "reference")
      .map((placeholder) => `${placeholderMessage(placeholder)}, so it counts as unset`),
    ...unknown.map(unknownMessage),
    ...oddLinesMessage(snapshot),
  ];
  const warnings = messages.map((message): Notice => ({ level: "warning", message }));
  return [...forbiddenNotice(unreadable), ...warnings];
}

/** "OPENAI_API_KEY still holds the example's value (from the environment)". */
export function placeholderMessage({ name, source, kind }: Placeholder): string {
  const what = kind === "example"
    ? "still holds the example's value"
    : "holds a reference that was not resolved";
  return `${name} ${what} (from ${source})`;
}

function unreadMessage({ path, reason }: UnreadableFile): string {
  return `The .env file '${path}' was not read: ${reason}`;
}

function unknownMessage({ name, source, suggestion }: UnknownName): string {
  const hint = suggestion ? `; did you mean ${suggestion}?` : "";
  return `${name} (from ${source}) is no variable of this server, so it is ignored${hint}`;
}

function oddLinesMessage({ oddLines, envFile }: EnvironmentSnapshot): readonly string[] {
  if (oddLines.length === 0) return [];
  const which = oddLines.length > 1 ? `Lines ${oddLines.join(", ")}` : `Line ${oddLines[0]}`;
  const verb = oddLines.length > 1 ? "are" : "is";
  return [`${which} of '${envFile}' ${verb} no NAME=value and cannot be understood`];
}

/** Usual with a short list of permissions, where nobody can know whether there is a file at all. */
function forbiddenNotice(unreadable: readonly UnreadableFile[]): readonly Notice[] {
  const paths = unreadable.filter(({ isForbidden }) => isForbidden).map(({ path }) => path);
  if (paths.length === 0) return [];
  const message = `No .env file was looked for at ${paths.join(" and ")}: that needs ` +
    `--allow-read=${paths.join(",")}`;
  return [{ level: "info", message }];
}
