/** Which server a client is given: this program with its settings, or one that runs elsewhere. */

import { join, resolve } from "node:path";
import { type Configuration } from "../../app/configuration.ts";
import { createApp } from "../../app.ts";
import { homeDirectory } from "../../config/env_files.ts";
import { parseTokens } from "../../config/tokens.ts";
import { variablesOf } from "../../providers/registry.ts";
import { settingsOnCommandLine } from "../flags.ts";
import type { CommandContext } from "../context.ts";
import { commandOf, type HandedVariable, type Server } from "./entry.ts";

/** The server that this process would be, started by a client. */
export function localServer(
  configuration: Configuration,
  context: CommandContext,
): Server {
  const process = context.process();
  const variables = [
    ...variablesToHandOn(configuration, context),
    ...variablesOfTheRuntime(context, process.standalone),
  ];
  return { kind: "local", ...commandOf(process), variables };
}

/** The server at an address, with the first token of MCP_AUTH_TOKEN if there is one. */
export function remoteServer({ href: url }: URL, { snapshot }: Configuration): Server {
  const found = snapshot.env.get("MCP_AUTH_TOKEN");
  const [first, ...others] = parseTokens(found?.value) ?? [];
  if (!found || !first) return { kind: "remote", url };
  const { name, token: value } = first;
  const title = others.length > 0
    ? `the token of '${name}', the first of several,`
    : "the bearer token";
  const whyNoVariable = found.value !== value
    ? "MCP_AUTH_TOKEN holds more than this token, and a reference stands for all of it"
    : found.source === snapshot.envFile
    ? `it comes from ${found.source}, which clients do not read`
    : undefined;
  const variable = whyNoVariable ? undefined : "MCP_AUTH_TOKEN";
  return { kind: "remote", url, token: { value, title, variable, whyNoVariable } };
}

/**
 * The save directory, the .env file where one was read, and the providers' variables that
 * are set anywhere else; what stands in the .env file stays there.
 */
function variablesToHandOn(
  configuration: Configuration,
  { runtime, flags }: CommandContext,
): readonly HandedVariable[] {
  const { env, envFile } = configuration.snapshot;
  const home = homeDirectory(runtime);
  // A client is at home in no folder, so the default is not the folder that init happens to run in.
  const saveDirectory = configuration.settings.MCP_IMAGE_SAVE_DIR || !home
    ? createApp(configuration, runtime, settingsOnCommandLine(flags)).saveDirectory
    : join(home, "generated_images");
  const plain = (name: string, value: string) => ({ name, value, isSecret: false });
  const variables = Object.entries(variablesOf(configuration.providers.definitions));
  return [
    plain("MCP_IMAGE_SAVE_DIR", saveDirectory),
    ...(envFile ? [plain("MCP_ENV_FILE", resolve(runtime.workingDirectory, envFile))] : []),
    ...variables.flatMap(([name, { secret }]) => {
      const found = env.get(name);
      if (!found || found.source === envFile) return [];
      return [{ name, value: found.value, isSecret: secret }];
    }),
  ];
}

/** Clients start servers without most of their environment, and Deno needs these to reach anybody. */
function variablesOfTheRuntime(
  { runtime }: CommandContext,
  isStandalone: boolean,
): readonly HandedVariable[] {
  const names = isStandalone ? NETWORK_VARIABLES : [...NETWORK_VARIABLES, "DENO_DIR"];
  const handed: HandedVariable[] = [];
  for (const name of names) {
    const value = runtime.environment(name);
    // Windows finds a name in any letter case.
    const isTwin = handed.some((each) => sameName(each.name, name) && each.value === value);
    if (!value || isTwin) continue;
    handed.push({ name, value, isSecret: holdsPassword(value), isForRuntime: true });
  }
  return handed;
}

/** What Deno reads of a network's proxy and of its own certificates. */
const NETWORK_VARIABLES: readonly string[] = [
  ...["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
];

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function holdsPassword(address: string): boolean {
  return (URL.parse(address)?.password ?? "") !== "";
}
