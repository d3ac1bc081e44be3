/** A session of an older client with nothing but `fetch`, so that the bench measures the server. */

export interface RawSession {
  /** Calls a tool; the answer as it came, an event stream or JSON. */
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
  /** Any request without parameters, such as "ping". */
  request(method: string): Promise<string>;
}

export async function openSession(url: string): Promise<RawSession> {
  const headers = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
  };
  let sessionId: string | null = null;
  let lastId = 0;
  const post = async (method: string, params: unknown, id?: number) => {
    const response = await fetch(`${url}/mcp`, {
      method: "POST",
      headers: sessionId ? { ...headers, "Mcp-Session-Id": sessionId } : headers,
      body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
    sessionId ??= response.headers.get("mcp-session-id");
    return text;
  };
  await post("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  }, ++lastId);
  await post("notifications/initialized", undefined);
  return {
    call: (name, args) => post("tools/call", { name, arguments: args }, ++lastId),
    request: (method) => post(method, undefined, ++lastId),
  };
}

/** The same call in the stateless revision. */
export async function callStateless(
  url: string,
  name: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const response = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "tools/call",
      "Mcp-Name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: args, _meta },
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
  return text;
}
