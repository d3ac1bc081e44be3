/** What a person should know of an entry: what stands in it, what it takes from elsewhere, what is next. */

import { join } from "node:path";
import type { Configuration } from "../../app/configuration.ts";
import { userConfigDirectory } from "../../config/env_files.ts";
import { howToEnableVendors } from "../../providers/registry.ts";
import type { CommandContext } from "../context.ts";
import type { Client } from "./clients.ts";
import { type LocalServer, type RemoteServer, secretsInClear, type Server } from "./entry.ts";

/** Says it on stderr, one line a matter. */
export function explain(
  client: Client,
  server: Server,
  configuration: Configuration,
  { say, runtime }: CommandContext,
): void {
  const lines = [
    ...warningOfClearSecrets(client, server),
    ...server.kind === "local"
      ? [
        ...whereKeysComeFrom(client, server),
        ...whatIsHandedOn(server),
        ...wherePicturesGo(server, configuration),
        ...whyOnlyPlaceholders(configuration, runtime),
      ]
      : [...whereTheTokenComesFrom(client, server), ...noteOf(client)],
    `Next: ${client.next}`,
  ];
  for (const line of lines) say(line);
}

type Lines = readonly string[];

function warningOfClearSecrets(client: Client, server: Server): Lines {
  const clear = secretsInClear(server, client);
  if (!clear) return [];
  const { names, reason } = clear;
  const stand = names.length > 1 ? "stand" : "stands";
  const isTokenOfMany = server.kind === "remote" && client.reference;
  const way = WAYS_OUT[isTokenOfMany ? "tokenOfMany" : server.kind];
  return [
    `Warning: ${names.join(", ")} ${stand} in clear, because ${reason}. Share the file with ` +
    `nobody${way}`,
  ];
}

/** How to keep secrets out of a client's file, by what stands in the way. */
const WAYS_OUT = {
  tokenOfMany: ", or set MCP_AUTH_TOKEN to that token alone in the environment and run init again",
  local: ", or keep keys in a .env file and name it with --env-file",
  remote: "",
};

function whereKeysComeFrom({ title, reference }: Client, { variables }: LocalServer): Lines {
  const names = variables.filter(({ name, isSecret }) => isSecret && reference?.(name))
    .map(({ name }) => name);
  return names.length > 0 ? [takenFrom(names.join(", "), title)] : [];
}

function whatIsHandedOn({ variables }: LocalServer): Lines {
  const names = variables.filter(({ isForRuntime }) => isForRuntime).map(({ name }) => name);
  return names.length > 0 ? [`Handed on as set here: ${names.join(", ")}`] : [];
}

function wherePicturesGo({ variables }: LocalServer, { settings }: Configuration): Lines {
  const folder = variables.find(({ name }) => name === "MCP_IMAGE_SAVE_DIR")?.value;
  const other = settings.MCP_IMAGE_SAVE_DIR
    ? ""
    : " (--out DIR names another; 'generate' saves to generated_images where it is run)";
  return [`Pictures go to ${folder}${other}`];
}

function whyOnlyPlaceholders(
  { providers, snapshot }: Configuration,
  runtime: CommandContext["runtime"],
): Lines {
  const isVendor = (name: string) =>
    providers.definitions.some((each) =>
      each.name === name && Object.keys(each.variables).length > 0
    );
  if ([...providers.on.keys()].some(isVendor)) return [];
  const folder = userConfigDirectory(runtime);
  const file = snapshot.envFile ?? (folder ? join(folder, ".env") : "a .env file");
  const then = snapshot.envFile ? "; the server reads it when it starts" : " and run init again";
  return [
    `Note: no provider has a key, so pictures will be placeholders. Write a key into ${file}` +
    `${then}: ${howToEnableVendors()}`,
  ];
}

function whereTheTokenComesFrom({ title, reference }: Client, { token }: RemoteServer): Lines {
  if (!token) {
    return [
      "No token is written down, since MCP_AUTH_TOKEN is not set here. If the server wants one, " +
      "set MCP_AUTH_TOKEN to it and run init again",
    ];
  }
  const isReference = token.variable !== undefined && reference?.(token.variable) !== undefined;
  return isReference ? [takenFrom(token.variable, title)] : [];
}

function noteOf({ remoteNote }: Client): Lines {
  return remoteNote ? [`Note: ${remoteNote}`] : [];
}

function takenFrom(names: string, title: string): string {
  return `${names}: taken from the environment that ${title} is started in`;
}
