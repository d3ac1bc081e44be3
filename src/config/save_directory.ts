/** Where pictures go when a person says so, and when nobody does. */

import type { Settings } from "./settings.ts";
import { homeDirectory, joinPath, type Runtime } from "./env_files.ts";

/** MCP_IMAGE_SAVE_DIR, else generated_images in the working directory, or at home where that cannot be. */
export function saveDirectoryOf(settings: Settings, runtime: Runtime): string {
  if (settings.MCP_IMAGE_SAVE_DIR) return expandHome(settings.MCP_IMAGE_SAVE_DIR, runtime);
  const here = runtime.workingDirectory;
  const home = homeDirectory(runtime);
  const isRoot = /^([a-z]:)?[\\/]?$/i.test(here);
  const folder = home && (isRoot || !runtime.isWritable(here)) ? home : here;
  return joinPath(runtime.os, folder, "generated_images");
}

/** "~/art" as a shell would read it. */
export function expandHome(path: string, runtime: Pick<Runtime, "environment">): string {
  const home = homeDirectory(runtime);
  return home ? path.replace(/^~(?=$|[\\/])/, () => home) : path;
}
