/** `doctor`: whether everything this server needs is there, or a running server is well. */

import { type App, createApp, loadConfiguration } from "../app.ts";
import { silentLogger } from "../log.ts";
import { VERSION } from "../version.ts";
import { settingsOnCommandLine } from "./command_line.ts";
import type { CommandContext } from "./context.ts";
import { type Finding, tableOf } from "./doctor/finding.ts";
import { checkGeneration, whatItCosts } from "./doctor/generation.ts";
import { checkInstallation } from "./doctor/installation.ts";
import { checkProtocol } from "./doctor/protocol.ts";
import { checkProviders } from "./doctor/providers.ts";

/** The exit status of a command line that cannot be understood. */
const MISUSE = 2;

/**
 * Prints one line per check, or JSON with `--json`.
 * @returns 1 when anything that was asked for is broken.
 */
export async function runDoctor(context: CommandContext): Promise<number> {
  const { flags, print, say, surroundings } = context;
  if (flags.url !== undefined && !/^https?:\/\/./.test(flags.url)) {
    say("mcp-image-server: --url needs an absolute http or https address");
    return MISUSE;
  }
  const commandLine = settingsOnCommandLine(flags);
  const configuration = loadConfiguration(surroundings, commandLine);
  const app = createApp(configuration, surroundings, commandLine, { log: silentLogger });
  try {
    const findings = await examine(app, context);
    const ok = findings.every(({ state }) => state !== "broken");
    if (flags.json) print(JSON.stringify({ ok, version: VERSION, findings }, null, 2));
    else for (const line of tableOf(findings)) print(line);
    return ok ? 0 : 1;
  } finally {
    await app.close({ graceSeconds: 0 });
  }
}

async function examine(app: App, context: CommandContext): Promise<readonly Finding[]> {
  const { flags, surroundings, say } = context;
  const { environment } = surroundings;
  const findings = flags.url !== undefined ? await checkProtocol(flags.url, flags.token) : [
    ...await checkInstallation(app),
    ...await checkProviders(app, { offline: flags.offline !== undefined, environment }),
  ];
  if (flags.generate === undefined) return findings;
  say(whatItCosts(app));
  return [...findings, ...await checkGeneration(app, new AbortController().signal)];
}
