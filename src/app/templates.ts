/** Where the templates of a server lie. */

import { joinPath, type Runtime, userConfigDirectory } from "../config/env_files.ts";
import type { Logger } from "../log.ts";
import type { Announcements } from "../storage/announcements.ts";
import { IMAGE_GENERATION_PROMPT } from "../mcp/declarations/prompts.ts";
import { Templates } from "../service/templates/templates.ts";

/** Those beside the pictures go before those beside a person's settings, and both before built-in ones. */
export function openTemplates(
  saveDirectory: string,
  runtime: Runtime,
  log: Logger,
  announcements?: Announcements,
): Templates {
  const personal = userConfigDirectory(runtime);
  return new Templates({
    folders: [saveDirectory, ...personal ? [personal] : []].map((folder) =>
      joinPath(runtime.os, folder, "templates")
    ),
    reserved: { [IMAGE_GENERATION_PROMPT.name]: "the prompt of this server that is no template" },
    log,
    announcements,
  });
}
