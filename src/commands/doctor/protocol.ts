/** Asks a running server everything a client would, over plain HTTP, without making a picture. */

import { messageOf } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import type { Finding } from "./finding.ts";

/** Milliseconds one answer may take. */
const ANSWER_TIMEOUT = 15_000;
const PROTOCOL_VERSION = "2025-11-25";

/** The checks in the order a client would cause them. Without a handshake the later ones are skipped. */
export async function checkProtocol(
  address: string,
  token: string | undefined,
): Promise<readonly Finding[]> {
  const server = new RunningServer(address, token);
  const findings: Finding[] = [];
  let canGoOn = true;
  for (const [check, run] of Object.entries(CHECKS)) {
    if (!canGoOn) {
      findings.push({ check, state: "skipped", message: "needs the handshake" });
      continue;
    }
    try {
      findings.push({ check, state: "ok", message: await run(server) });
    } catch (error) {
      findings.push({ check, state: "broken", message: messageOf(error) });
      if (check === "handshake") canGoOn = false;
    }
  }
  return findings;
}

type Json = Readonly<Record<string, unknown>>;

/** What each check asks; returns what was found, or throws what is wrong. */
const CHECKS: Readonly<Record<string, (server: RunningServer) => Promise<string>>> = {
  async health(server) {
    const response = await server.fetch(server.healthAddress);
    const health = parse(await response.text());
    demand(response.ok, `${server.healthAddress} answers HTTP ${response.status}`);
    demand(textOf(health.status) === "healthy", `${server.healthAddress} does not say "healthy"`);
    return `${textOf(health.service)} ${textOf(health.version)}`.trim();
  },
  async handshake(server) {
    const result = await server.initialize();
    const { name, version } = tableOf(result.serverInfo);
    return `${textOf(name)} ${textOf(version)}, protocol ${textOf(result.protocolVersion)}`;
  },
  async tools(server) {
    const { tools } = await server.ask("tools/list");
    return found("tool", namesOf(tools, "name"));
  },
  async resources(server) {
    const { resources } = await server.ask("resources/list");
    return found("resource", namesOf(resources, "uri"));
  },
  async "reading resources"(server) {
    const { resources } = await server.ask("resources/list");
    const addresses = namesOf(resources, "uri").filter((uri) => uri.endsWith("://list"));
    demand(addresses.length > 0, "No resource whose address ends in ://list");
    for (const uri of addresses) {
      const { contents } = await server.ask("resources/read", { uri });
      const [first] = listOf(contents);
      const text = textOf(first?.text);
      demand(isJson(text), `${uri} holds no JSON`);
    }
    return `${addresses.join(", ")} hold JSON`;
  },
  async "resource templates"(server) {
    const { resourceTemplates } = await server.ask("resources/templates/list");
    return found("template", namesOf(resourceTemplates, "uriTemplate"));
  },
  async prompts(server) {
    const { prompts } = await server.ask("prompts/list");
    return found("prompt", namesOf(prompts, "name"));
  },
  async "reading a prompt"(server) {
    const [prompt] = listOf((await server.ask("prompts/list")).prompts);
    demand(prompt !== undefined, "There is none");
    const needed = namesOf(listOf(prompt?.arguments).filter(({ required }) => required), "name");
    const filled = Object.fromEntries(needed.map((name) => [name, "a lighthouse"]));
    const { messages } = await server.ask("prompts/get", { name: prompt?.name, arguments: filled });
    demand(listOf(messages).length > 0, `${textOf(prompt?.name)} has no messages`);
    return textOf(prompt?.name);
  },
  async "structured error"(server) {
    const result = await server.ask("tools/call", {
      name: "generate_image",
      arguments: { prompt: "a lighthouse", provider: "no-such-provider" },
    });
    const { code, message } = tableOf(tableOf(result.structuredContent).error);
    demand(result.isError === true, "A call for an unknown provider is no error");
    demand(textOf(code) !== "" && textOf(message) !== "", "The error has no code and message");
    return `an unknown provider is told as ${textOf(code)}`;
  },
  async "session end"(server) {
    if (!server.session) return "the server keeps no sessions";
    const ended = await server.fetch(server.endpoint, { method: "DELETE" });
    await ended.body?.cancel();
    demand(ended.ok, `DELETE answers HTTP ${ended.status}`);
    const later = await server.post({ jsonrpc: "2.0", id: 0, method: "tools/list", params: {} });
    await later.body?.cancel();
    demand(later.status === 404, `A request after it answers HTTP ${later.status}, not 404`);
    return "ended, and gone";
  },
};

class RunningServer {
  readonly endpoint: string;
  readonly healthAddress: string;
  readonly #token: string | undefined;
  #session: string | undefined;
  #version: string | undefined;
  #lastId = 0;

  constructor(address: string, token: string | undefined) {
    const url = new URL(address);
    if (url.pathname === "/") url.pathname = "/mcp";
    this.endpoint = url.href;
    url.pathname = url.pathname.replace(/\/mcp(\/v1\/messages)?\/?$/, "") + "/health";
    this.healthAddress = url.href;
    this.#token = token;
  }

  get session(): string | undefined {
    return this.#session;
  }

  async initialize(): Promise<Json> {
    const response = await this.#request("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      capabilities: {},
      clientInfo: { name: "mcp-image-server-doctor", version: VERSION },
    });
    this.#session = response.headers.get("mcp-session-id") ?? undefined;
    const result = await resultOf(response, this.#lastId);
    this.#version = textOf(result.protocolVersion);
    const initialized = await this.post({ jsonrpc: "2.0", method: "notifications/initialized" });
    await initialized.body?.cancel();
    demand(initialized.ok, `notifications/initialized answers HTTP ${initialized.status}`);
    return result;
  }

  /** The result of one request. @throws what the server says instead. */
  async ask(method: string, params: Json = {}): Promise<Json> {
    const response = await this.#request(method, params);
    return await resultOf(response, this.#lastId);
  }

  async post(message: Json): Promise<Response> {
    return await this.fetch(this.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(message),
    });
  }

  async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json, text/event-stream");
    if (this.#token && address !== this.healthAddress) {
      headers.set("Authorization", `Bearer ${this.#token}`);
    }
    if (this.#session) headers.set("Mcp-Session-Id", this.#session);
    if (this.#version) headers.set("MCP-Protocol-Version", this.#version);
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT);
    try {
      return await fetch(address, { redirect: "manual", signal, ...init, headers });
    } catch (error) {
      const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : "";
      throw new Error(`${address} does not answer: ${messageOf(error)}${cause}`, { cause: error });
    }
  }

  async #request(method: string, params: Json): Promise<Response> {
    const response = await this.post({ jsonrpc: "2.0", id: ++this.#lastId, method, params });
    if (response.ok) return response;
    const words = (await response.text()).slice(0, 300);
    if (response.status === 401) throw new Error("The server wants a token: --token TOKEN");
    throw new Error(`${this.endpoint} answers HTTP ${response.status} to ${method}: ${words}`);
  }
}

/** The result with this id, out of a JSON body or a stream of events. */
async function resultOf(response: Response, id: number): Promise<Json> {
  const message = await messageOfBody(response, id);
  const error = tableOf(message.error);
  if (message.error) throw new Error(`${textOf(error.message)} (${String(error.code)})`);
  return tableOf(message.result);
}

async function messageOfBody(response: Response, id: number): Promise<Json> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (!isStream) return parse(await response.text());
  let text = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part.replaceAll("\r\n", "\n");
    for (const event of text.split("\n\n").slice(0, -1)) {
      const lines = event.split("\n").filter((line) => line.startsWith("data:"));
      const message = parse(lines.map((line) => line.slice(5).trimStart()).join("\n"));
      if (message.id === id) return message;
    }
  }
  throw new Error("The stream ended without an answer");
}

function found(what: string, names: readonly string[]): string {
  demand(names.length > 0, `The server has no ${what}`);
  return names.join(", ");
}

function namesOf(list: unknown, key: string): readonly string[] {
  return listOf(list).map((item) => textOf(item[key])).filter(Boolean);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(tableOf) : [];
}

function tableOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): Json {
  return isJson(text) ? tableOf(JSON.parse(text)) : {};
}

function demand(isMet: boolean, complaint: string): void {
  if (!isMet) throw new Error(complaint);
}
