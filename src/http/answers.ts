/** The two forms of answer that are not a stream and not a file. */

export function json(value: unknown, status = 200, headers = {}): Response {
  return Response.json(value, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

/** A refusal as MCP clients read one: a JSON-RPC error, of the request whose id is given or of none. */
export function refusal(
  status: number,
  message: string,
  { code = -32000, headers = {}, id = null }: {
    code?: number;
    headers?: Record<string, string>;
    id?: string | number | null;
  } = {},
): Response {
  return Response.json(
    { jsonrpc: "2.0", error: { code, message }, id },
    { status, headers: { "Cache-Control": "no-store", ...headers } },
  );
}
