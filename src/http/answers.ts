/** The two forms of answer that are not a stream and not a file. */

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "Cache-Control": "no-store" } });
}

/** A refusal as MCP clients read one: a JSON-RPC error that belongs to no request, or to that of `id`. */
export function refusal(
  status: number,
  message: string,
  { code = -32000, headers = {} }: { code?: number; headers?: Record<string, string> } = {},
  id: string | number | null = null,
): Response {
  return Response.json(
    { jsonrpc: "2.0", error: { code, message }, id },
    { status, headers: { "Cache-Control": "no-store", ...headers } },
  );
}
