/** The forms of answer that are not a stream and not a file. */

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

/**
 * A message of the protocol as an answer, whose length is known without reading it again. It stays a
 * text, of which Deno makes bytes sooner than this program would. Set further headers later: Deno
 * keeps several that an answer is made with in a form that the next one set undoes, which takes a
 * sixth of a small call.
 */
export function messageAnswer(message: unknown): Response {
  const text = JSON.stringify(message);
  const response = new Response(text, { headers: { "Content-Type": "application/json" } });
  lengths.set(response, text.length);
  return response;
}

/**
 * An answer and its length: of a message in characters, most of which are a byte; anything else is read
 * whole to be measured, in bytes. The body of a message is not looked at: it would be sent in pieces then.
 */
export async function measured(
  answer: Response,
): Promise<{ readonly answer: Response; readonly length: number }> {
  const length = lengths.get(answer);
  if (length !== undefined) return { answer, length };
  if (answer.body === null) return { answer, length: 0 };
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { answer: new Response(bytes, answer), length: bytes.length };
}

const lengths = new WeakMap<Response, number>();
