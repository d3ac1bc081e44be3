/** How clients of each era talk with a server: in a session, or in requests that stand alone. */

import { STATELESS_REVISION } from "../../mcp/revision.ts";
import { VERSION } from "../../version.ts";
import { demand, type Json, objectOf, textOf } from "./json.ts";
import type { RunningServer, Send } from "./running_server.ts";

const CLIENT = { name: "mcp-image-server-doctor", version: VERSION };

/** As clients up to 2025-11-25 do: a handshake, then requests in its session. */
export class SessionConnection {
  readonly #server: RunningServer;
  readonly #headers: Record<string, string> = {};

  constructor(server: RunningServer) {
    this.#server = server;
  }

  /** Whether the server gave this connection a session. */
  get hasSession(): boolean {
    return "Mcp-Session-Id" in this.#headers;
  }

  /** The handshake; what the server says of itself. */
  async initialize(): Promise<Json> {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT };
    const { result, headers } = await this.#server.ask("initialize", params, {});
    const session = headers.get("mcp-session-id");
    if (session) this.#headers["Mcp-Session-Id"] = session;
    this.#headers["MCP-Protocol-Version"] = textOf(result.protocolVersion);
    const method = "notifications/initialized";
    const status = await this.status({ method: "POST", message: { jsonrpc: "2.0", method } });
    demand(status < 300, `${method} answers HTTP ${status}`);
    return result;
  }

  /** The result of one request. @throws what the server says instead. */
  async ask(method: string, params: Json = {}): Promise<Json> {
    return (await this.#server.ask(method, params, { headers: this.#headers })).result;
  }

  /** The HTTP status of anything sent in this session. */
  async status(request: Send): Promise<number> {
    const response = await this.#server.send({ ...request, headers: this.#headers });
    await response.body?.cancel();
    return response.status;
  }
}

/** As clients of 2026-07-28 do: every request says all there is to know. */
export class StatelessConnection {
  readonly #server: RunningServer;

  constructor(server: RunningServer) {
    this.#server = server;
  }

  /** The result of one request; `timeout` in milliseconds. @throws what the server says instead. */
  async ask(method: string, params: Json = {}, timeout?: number): Promise<Json> {
    const headers = {
      "MCP-Protocol-Version": STATELESS_REVISION,
      "Mcp-Method": method,
      ...(typeof params.name === "string" ? { "Mcp-Name": params.name } : {}),
    };
    const whole = { ...params, _meta: META };
    const { result } = await this.#server.ask(method, whole, { headers, timeout });
    demand(result.resultType === "complete", `The result of ${method} is not marked as complete`);
    return result;
  }

  /** The structured answer of a tool; `timeout` in milliseconds. @throws the error it answers with. */
  async call(tool: string, input: Json, timeout?: number): Promise<Json> {
    const result = await this.ask("tools/call", { name: tool, arguments: input }, timeout);
    const answer = objectOf(result.structuredContent);
    if (result.isError !== true) return answer;
    const { code, message } = objectOf(answer.error);
    throw new Error(`${textOf(message)} (${textOf(code)})`);
  }
}

const META: Json = {
  "io.modelcontextprotocol/protocolVersion": STATELESS_REVISION,
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": CLIENT,
};
