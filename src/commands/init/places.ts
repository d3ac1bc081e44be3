/** Where on this system clients keep their files, as absolute paths. */

import { posix, win32 } from "node:path";
import type { Runtime } from "../../config/env_files.ts";

/** The folders of this system and user. */
export interface Places {
  readonly os: Runtime["os"];
  readonly environment: Runtime["environment"];
  readonly home: string;
}

/** Where programs of this system keep a user's settings. */
export function applicationData(places: Places): string {
  const { os, environment } = places;
  if (os === "windows") return environment("APPDATA") ?? inHome(places, "AppData", "Roaming");
  if (os === "darwin") return inHome(places, "Library", "Application Support");
  return xdgConfigHome(places);
}

/** `~/.config`, or where the person moved it to. */
export function xdgConfigHome(places: Places): string {
  return places.environment("XDG_CONFIG_HOME") || inHome(places, ".config");
}

/** The folder that the variable `moved` names, or `parts` in the home folder. */
export function folderOf(places: Places, moved: string, ...parts: readonly string[]): string {
  return places.environment(moved) || inHome(places, ...parts);
}

export function inHome(places: Places, ...parts: readonly string[]): string {
  return join(places, places.home, ...parts);
}

export function join({ os }: Places, ...parts: readonly string[]): string {
  return (os === "windows" ? win32 : posix).join(...parts);
}
