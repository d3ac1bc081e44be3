/** `inspect`: what a picture's file tells of where it came from. */

import { readMetadata } from "../service/read_metadata.ts";
import type { CommandContext } from "./context.ts";
import { fieldLines } from "./field_lines.ts";
import { runForAnswer } from "./generate.ts";
import { namedPicture } from "./named_picture.ts";

/** Whose pictures the shell sees. */
const OWNER = "";

export async function runInspect(context: CommandContext): Promise<number> {
  const { flags, words: [text = ""], runtime, print, say } = context;
  return await runForAnswer(context, async (app) => {
    const access = app.serverDependencies({ transport: "stdio" }).inputAccess();
    const reader = { owner: OWNER, signal: NEVER, access };
    const named = namedPicture(text, runtime.workingDirectory);
    using found = await app.imageService.holdPicture(named, reader);
    const { metadata, warnings } = await readMetadata(found, OWNER, app.images);
    if (flags.json) return { metadata, warnings };
    for (const line of fieldLines(metadata)) print(line);
    for (const warning of warnings) say(`Note: ${warning}`);
  });
}

const NEVER = new AbortController().signal;
