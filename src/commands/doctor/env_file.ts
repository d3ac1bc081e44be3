/** Which .env file was read, and which one could not be. */

import type { EnvironmentSnapshot, Surroundings } from "../../config.ts";
import { messageOf } from "../../errors.ts";
import type { Finding } from "./finding.ts";

const CHECK = ".env";

export function checkEnvFile(
  snapshot: EnvironmentSnapshot,
  surroundings: Surroundings,
): readonly Finding[] {
  return [...unreadable(snapshot, surroundings), whatWasRead(snapshot)];
}

function whatWasRead({ envFile, searched, env }: EnvironmentSnapshot): Finding {
  if (!envFile) {
    return { check: CHECK, state: "note", message: `none; looked for ${searched.join(" and ")}` };
  }
  const names = [...env].filter(([, { source }]) => source === envFile).map(([name]) => name);
  const used = names.length > 0 ? names.join(", ") : "nothing in it is used";
  return { check: CHECK, state: "ok", message: `${envFile} (${used})` };
}

/** What stands before the file that was read, and would have been read instead. */
function unreadable(
  { envFile, searched }: EnvironmentSnapshot,
  { readTextFile }: Surroundings,
): readonly Finding[] {
  const passedOver = envFile ? searched.slice(0, searched.indexOf(envFile)) : searched;
  return passedOver.flatMap((path): Finding[] => {
    try {
      readTextFile(path);
      return [];
    } catch (error) {
      return whyNotRead(path, error);
    }
  });
}

/** A process that may not look cannot tell whether there is anything to see. */
function whyNotRead(path: string, error: unknown): Finding[] {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
    return [];
  }
  if (error instanceof Deno.errors.NotCapable) {
    const message = `this process may not look for ${path}; if it exists, start with ` +
      `--allow-read=${path}`;
    return [{ check: CHECK, state: "note", message }];
  }
  const message = `${path} exists but cannot be read: ${messageOf(error)}`;
  return [{ check: CHECK, state: "broken", message }];
}
