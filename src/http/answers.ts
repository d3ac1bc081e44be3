/** The forms of answer that are not a stream and not a file. */

export function json(value: unknown, status = 200, headers = {}): Response {
  return Response.json(value, { status, headers: { "Cache-Control": "no-store", ...headers } });
}

/** A page for people that is of its own origin alone; `html` is null where only its head is asked for. */
export function pageAnswer(
  html: string | null,
  { status = 200, language, policy, vary }: {
    readonly status?: number;
    readonly language: string;
    /** Its Content-Security-Policy. */
    readonly policy: string;
    /** The headers of the request that it depends on. */
    readonly vary: string;
  },
): Response {
  return new Response(html, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Language": language,
      "Content-Security-Policy": policy,
      "Cache-Control": "no-store",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
      "Vary": vary,
      "X-Content-Type-Options": "nosniff",
    },
  });
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
