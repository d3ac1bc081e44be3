/** Which .env file a person writes a key into. */

import { placesOf, type Runtime } from "./env_files.ts";
import type { EnvironmentSnapshot } from "./environment.ts";

/** The file that was read, or where one would be, for people on this machine. */
export function settingsFileOf(
  { envFile }: Pick<EnvironmentSnapshot, "envFile">,
  runtime: Runtime,
): string {
  if (envFile !== undefined) return `'${envFile}'`;
  const { folder, personal } = placesOf(runtime);
  return `a new file '${personal ?? folder}'`;
}
