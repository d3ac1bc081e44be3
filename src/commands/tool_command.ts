/** Commands that are tools of the server: asked as a client asks them, and told in lines. */

import { parse, resolve } from "node:path";
import type { App } from "../app.ts";
import { expandHome } from "../config/save_directory.ts";
import { settingsFileOf } from "../config/settings_file.ts";
import { ImageError } from "../errors.ts";
import type { Tool } from "../mcp/tools/tool.ts";
import { savePlaceAt } from "../storage/save_copy.ts";
import type { CommandContext } from "./context.ts";
import { runWithApp } from "./generate.ts";
import { GivenUp } from "./generate/shell.ts";
import { inShellWords } from "./generate/shell_words.ts";
import { Progress } from "./progress.ts";
import { onStopSignal } from "./serve.ts";

/** What a tool answers when all is well, with the fields of that tool. */
// deno-lint-ignore no-explicit-any
export type Envelope = Readonly<Record<string, any>>;

export interface ToolCommand {
  readonly tool: Tool;
  /** As the tool takes them; texts of numbers will do, and what is undefined is left out. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Whether pictures will be saved, for which there must be a place before anybody is asked. */
  readonly makesPictures?: boolean;
  /** What Ctrl-C leaves behind, where that is more than nothing. */
  readonly whenStopped?: string;
  /** Prints the answer in lines; the exit status, where it is not 0. */
  tell(envelope: Envelope): number | void;
}

/**
 * Runs a command that is a tool: its answer in lines, or with `--json` as the tool gives it. Who
 * types it may write wherever the system lets them. @returns the exit status.
 */
export async function runTool(context: CommandContext, command: ToolCommand): Promise<number> {
  return await runWithApp(context, async (app) => {
    const trouble = command.makesPictures ? await app.images.trouble() : undefined;
    if (trouble) throw new ImageError("invalid_config", `${trouble}: name another with --out`);
    const { ok, error, ...fields } = await ask(command, app, context);
    if (!ok) throw new ImageError(error.code, error.message, error.details);
    const { flags, print, say, runtime } = context;
    if (flags.json) {
      print(JSON.stringify({ ok, ...fields, error }, null, 2));
      return 0;
    }
    const status = command.tell(fields) ?? 0;
    const file = settingsFileOf(app.configuration.snapshot, runtime);
    for (const warning of fields.warnings ?? []) say(`Note: ${inShellWords(warning, file)}`);
    return status;
  });
}

async function ask({ tool, args, whenStopped }: ToolCommand, app: App, context: CommandContext) {
  const dependencies = app.serverDependencies({ transport: "stdio" });
  const interruption = new AbortController();
  using progress = new Progress(context);
  using _stop = onStopSignal(() => interruption.abort());
  const result = await tool.call(
    given(args),
    {
      mcpReq: {
        id: 0,
        method: "tools/call",
        signal: interruption.signal,
        notify: () => Promise.resolve(),
      },
      onProgress: (message) => progress.tell(message),
    },
    undefined,
    {
      ...dependencies,
      // Nothing is shown inline at a shell, and a client's bounds are not a person's.
      settings: () => ({ ...dependencies.settings(), MCP_INLINE_IMAGE: "never" }),
      copyPlace: (path, argument) => placeAt(path, argument, context),
    },
  );
  if (interruption.signal.aborted) throw new GivenUp(whenStopped ?? "Stopped");
  return result.structuredContent as Envelope;
}

function given(args: ToolCommand["args"]): ToolCommand["args"] {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
}

async function placeAt(path: string, argument: string | undefined, { runtime }: CommandContext) {
  const place = resolve(runtime.workingDirectory, expandHome(path, runtime));
  return await savePlaceAt(place, [parse(place).root], argument);
}
