/** Where pictures go when a person says so, and when nobody does. */

import { join } from "node:path";
import type { Settings } from "./settings.ts";
import { homeDirectory, type Surroundings } from "./environment.ts";

/** MCP_IMAGE_SAVE_DIR, else generated_images in the working directory, or at home where that cannot be. */
export function saveDirectoryOf(settings: Settings, surroundings: Surroundings): string {
  if (settings.MCP_IMAGE_SAVE_DIR) return expandHome(settings.MCP_IMAGE_SAVE_DIR, surroundings);
  const here = surroundings.workingDirectory;
  const home = homeDirectory(surroundings);
  const isRoot = /^([a-z]:)?[\\/]?$/i.test(here);
  return join(home && (isRoot || !surroundings.isWritable(here)) ? home : here, "generated_images");
}

/** "~/art" as a shell would read it. */
function expandHome(path: string, surroundings: Pick<Surroundings, "environment">): string {
  const home = homeDirectory(surroundings);
  return home ? path.replace(/^~(?=$|[\\/])/, () => home) : path;
}
