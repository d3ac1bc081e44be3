/** `doctor`: whether everything this server needs is there, or a running server is well. */

import { createApp } from "../app.ts";
import { loadConfiguration } from "../app/configuration.ts";
import { serverVariables } from "../config/settings.ts";
import { messageOf } from "../errors.ts";
import { parseTokens } from "../config/tokens.ts";
import { silentLogger } from "../log.ts";
import type { Env } from "../config/variables.ts";
import { VERSION } from "../version.ts";
import { settingsOnCommandLine } from "./flags.ts";
import type { CommandContext } from "./context.ts";
import { type Finding, tableOf } from "./doctor/finding.ts";
import { checkGeneration, type Generator, whatItCosts } from "./doctor/generation.ts";
import { checkInstallation } from "./doctor/installation.ts";
import { checkProtocol } from "./doctor/protocol.ts";
import { checkProviders } from "./doctor/providers.ts";
import { type BearerToken, RunningServer } from "./doctor/running_server.ts";
import { checkSignIn } from "./doctor/sign_in.ts";
import { localGenerator, remoteGenerator } from "./doctor/generators.ts";
import { readServerAddress } from "./server_address.ts";

/** The exit status of a command line that cannot be understood. */
const MISUSE = 2;

/**
 * Prints one line per check, or JSON with `--json`. Changes nothing, unless a picture is asked for.
 * @returns 1 when anything that was asked for is broken.
 */
export async function runDoctor(context: CommandContext): Promise<number> {
  const { flags, print, say } = context;
  const address = flags.url === undefined ? undefined : readServerAddress("--url", flags.url);
  const mistake = address && "mistake" in address ? address.mistake : mistakeIn(flags);
  if (mistake) {
    say(`mcp-image-server: ${mistake}`);
    return MISUSE;
  }
  const findings = address && "url" in address
    ? await examineServer(address.url, context)
    : await examineThisOne(context);
  const ok = findings.every(({ state }) => state !== "broken");
  if (flags.json) print(JSON.stringify({ ok, version: VERSION, findings }, null, 2));
  else for (const line of tableOf(findings)) print(line);
  return ok ? 0 : 1;
}

/** Flags that would be ignored, or contradict each other. */
function mistakeIn({ url, token, offline, generate }: CommandContext["flags"]): string | undefined {
  if (token !== undefined && url === undefined) {
    return "--token is for a running server: name it with --url URL";
  }
  if (token !== undefined && serverVariables.MCP_AUTH_TOKEN.parse(token) === undefined) {
    return `--token must be ${serverVariables.MCP_AUTH_TOKEN.legal}`;
  }
  if (offline !== undefined && url !== undefined) {
    return "--offline leaves out the providers, which --url does not look at: give one of them";
  }
  if (offline !== undefined && generate !== undefined) {
    return "--generate asks the providers, which --offline forbids: give one of them";
  }
}

async function examineThisOne(context: CommandContext): Promise<readonly Finding[]> {
  const { flags, runtime } = context;
  const { environment } = runtime;
  const commandLine = settingsOnCommandLine(flags);
  const configuration = loadConfiguration(runtime, commandLine);
  const app = createApp(configuration, runtime, commandLine, { log: silentLogger });
  try {
    const offline = flags.offline !== undefined;
    return [
      ...await checkInstallation(app),
      ...await checkSignIn(app, { offline }),
      ...await checkProviders(app, { offline, environment }),
      ...await draw(() => localGenerator(app), context),
    ];
  } finally {
    await app.close({ graceSeconds: 0 });
  }
}

async function examineServer(url: URL, context: CommandContext): Promise<readonly Finding[]> {
  const { flags, runtime } = context;
  const { snapshot } = loadConfiguration(runtime, settingsOnCommandLine(flags));
  const server = new RunningServer(url, tokenFor(flags.token, snapshot.env));
  const findings = await checkProtocol(server, howToStart(url, context));
  if (!server.hasAnswered) return findings;
  return [...findings, ...await draw(() => remoteGenerator(server), context)];
}

function howToStart({ port }: URL, { program }: CommandContext): string {
  const where = port === "" ? "" : ` --port ${port}`;
  return `A server is started there with: ${program()} serve --transport http${where}`;
}

/** The token given, else the first one of MCP_AUTH_TOKEN, so that none need stand in the list of processes. */
function tokenFor(given: string | undefined, env: Env): BearerToken | undefined {
  if (given !== undefined) return { value: given, source: "--token" };
  const found = env.get("MCP_AUTH_TOKEN");
  const [first] = parseTokens(found?.value) ?? [];
  if (!found || !first) return undefined;
  const whose = found.value === first.token ? "" : ` of '${first.name}'`;
  return { value: first.token, source: `MCP_AUTH_TOKEN${whose} from ${found.source}` };
}

/** One small picture per provider, if that was asked for, with a word on its cost first. */
async function draw(
  open: () => Generator | Promise<Generator>,
  { flags, say }: CommandContext,
): Promise<readonly Finding[]> {
  if (flags.generate === undefined) return [];
  try {
    const generator = await open();
    if (generator.providers.length === 0) return []; // another check has told already
    say(whatItCosts(generator));
    return await checkGeneration(generator);
  } catch (error) {
    return [{ check: "pictures", state: "broken", message: messageOf(error) }];
  }
}
