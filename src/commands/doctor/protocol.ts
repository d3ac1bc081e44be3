/** Asks a running server what clients of both eras would, without making a picture. */

import { messageOf } from "../../errors.ts";
import { STATELESS_REVISION } from "../../mcp/revision.ts";
import { SessionConnection, StatelessConnection } from "./connections.ts";
import type { Finding } from "./finding.ts";
import { demand, isJson, listOf, objectOf, textOf, textsOf } from "./json.ts";
import type { RunningServer } from "./running_server.ts";

/**
 * The checks in the order a client would cause them; where nobody is there, that and `howToStart`
 * are said once.
 */
export async function checkProtocol(
  server: RunningServer,
  howToStart: string,
): Promise<readonly Finding[]> {
  const [health, ...others] = await checkAll(HEALTH, server);
  if (!server.hasAnswered) {
    return [{ ...health!, message: `${health!.message}. ${howToStart}` }, ...SKIPPED];
  }
  return [
    health!,
    ...others,
    ...await checkAll(IN_A_SESSION, new SessionConnection(server)),
    ...await checkAll(WITHOUT_SESSIONS, new StatelessConnection(server)),
  ];
}

/** What each check asks; returns what was found, or throws what is wrong. */
type Checks<Asked> = Readonly<Record<string, (asked: Asked) => Promise<string>>>;

/** Where the first check fails, the others have nothing to go by and are skipped. */
async function checkAll<Asked>(checks: Checks<Asked>, asked: Asked): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [check, run] of Object.entries(checks)) {
    const [first] = findings;
    if (first?.state === "broken") {
      findings.push({ check, state: "skipped", message: `needs the ${first.check}` });
      continue;
    }
    try {
      findings.push({ check, state: "ok", message: await run(asked) });
    } catch (error) {
      findings.push({ check, state: "broken", message: messageOf(error) });
    }
  }
  return findings;
}

const HEALTH: Checks<RunningServer> = {
  async health(server) {
    const { service, version } = await server.health();
    return `${textOf(service)} ${textOf(version)}`.trim();
  },
};

const IN_A_SESSION: Checks<SessionConnection> = {
  async handshake(connection) {
    const result = await connection.initialize();
    return `${whoIs(result.serverInfo)}, protocol ${textOf(result.protocolVersion)}`;
  },
  async tools(connection) {
    const { tools } = await connection.ask("tools/list");
    return found("tool", textsOf(tools, "name"));
  },
  async resources(connection) {
    const { resources } = await connection.ask("resources/list");
    return found("resource", textsOf(resources, "uri"));
  },
  async "reading resources"(connection) {
    const { resources } = await connection.ask("resources/list");
    const addresses = textsOf(resources, "uri").filter((uri) => uri.endsWith("://list"));
    demand(addresses.length > 0, "No resource whose address ends in ://list");
    for (const uri of addresses) {
      const { contents } = await connection.ask("resources/read", { uri });
      const [first] = listOf(contents);
      demand(isJson(textOf(first?.text)), `${uri} holds no JSON`);
    }
    return `${addresses.join(", ")} hold JSON`;
  },
  async "resource templates"(connection) {
    const { resourceTemplates } = await connection.ask("resources/templates/list");
    return found("template", textsOf(resourceTemplates, "uriTemplate"));
  },
  async prompts(connection) {
    const { prompts } = await connection.ask("prompts/list");
    return found("prompt", textsOf(prompts, "name"));
  },
  async "reading a prompt"(connection) {
    const [prompt] = listOf((await connection.ask("prompts/list")).prompts);
    demand(prompt !== undefined, "There is none");
    const needed = textsOf(listOf(prompt?.arguments).filter(({ required }) => required), "name");
    const filled = Object.fromEntries(needed.map((name) => [name, "a boat"]));
    const { messages } = await connection.ask("prompts/get", {
      name: prompt?.name,
      arguments: filled,
    });
    demand(listOf(messages).length > 0, `${textOf(prompt?.name)} has no messages`);
    return textOf(prompt?.name);
  },
  async "structured error"(connection) {
    const result = await connection.ask("tools/call", {
      name: "generate_image",
      arguments: { prompt: "a boat", provider: "no-such-provider" },
    });
    const { code, message } = objectOf(objectOf(result.structuredContent).error);
    demand(result.isError === true, "A call for an unknown provider is no error");
    demand(textOf(code) !== "" && textOf(message) !== "", "The error has no code and message");
    return `an unknown provider is told as ${textOf(code)}`;
  },
  async "session end"(connection) {
    if (!connection.hasSession) return "the server keeps no sessions";
    const ended = await connection.status({ method: "DELETE" });
    demand(ended < 300, `DELETE answers HTTP ${ended}`);
    const message = { jsonrpc: "2.0", id: 0, method: "tools/list", params: {} };
    const later = await connection.status({ method: "POST", message });
    demand(later === 404, `A request after it answers HTTP ${later}, not 404`);
    return "ended, and gone";
  },
};

const WITHOUT_SESSIONS: Checks<StatelessConnection> = {
  async [`${STATELESS_REVISION} discovery`](connection) {
    const { supportedVersions, _meta } = await connection.ask("server/discover");
    const versions = Array.isArray(supportedVersions) ? supportedVersions.map(textOf) : [];
    demand(
      versions.includes(STATELESS_REVISION),
      `The server does not offer ${STATELESS_REVISION}`,
    );
    const server = objectOf(_meta)["io.modelcontextprotocol/serverInfo"];
    return `${whoIs(server)}, protocol ${versions.join(", ")}`;
  },
  async [`${STATELESS_REVISION} tools`](connection) {
    const { tools } = await connection.ask("tools/list");
    return found("tool", textsOf(tools, "name"));
  },
  async [`${STATELESS_REVISION} tool call`](connection) {
    const { providers } = await connection.call("list_providers", {});
    const on = listOf(providers).filter(({ on }) => on === true);
    return `list_providers says on: ${found("provider that is on", textsOf(on, "name"))}`;
  },
};

/** What is not asked of a server that is not there. */
const SKIPPED: readonly Finding[] = [IN_A_SESSION, WITHOUT_SESSIONS].flatMap((checks) =>
  Object.keys(checks).map((check) => ({ check, state: "skipped", message: "needs the health" }))
);

function whoIs(serverInfo: unknown): string {
  const { name, version } = objectOf(serverInfo);
  return `${textOf(name)} ${textOf(version)}`;
}

function found(what: string, names: readonly string[]): string {
  demand(names.length > 0, `The server has no ${what}`);
  return names.join(", ");
}
