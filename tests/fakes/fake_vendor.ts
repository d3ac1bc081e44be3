/** What every strict little vendor in this folder offers to tests. */

/** One request as the vendor received it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The parsed JSON body, or undefined. */
  readonly json: unknown;
}

/** How a vendor can misbehave; each vendor answers it in its own documented form. */
export type Fault =
  | "wrong key"
  | "refused by moderation"
  | "no quota"
  | "rate limited"
  | "retired model"
  | "server error"
  | "nonsense JSON"
  | "dead socket"
  | "hangs"
  | "cut download";

export interface FakeVendor extends AsyncDisposable {
  /** Base address, such as http://127.0.0.1:40123. */
  readonly url: string;
  /** The environment that points this project at the fake, its good key included. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every secret in `environment`. */
  readonly secrets: readonly string[];
  /** Everything asked of the API so far, oldest first; downloads are in `downloads`. */
  readonly requests: readonly SeenRequest[];
  /** Everything asked for at the paths of pictures, which are no place for a key. */
  readonly downloads: readonly SeenRequest[];
  /** The pictures handed out so far, as the exact bytes. */
  readonly pictures: readonly Uint8Array<ArrayBuffer>[];
  /** The next `times` (default: all) API calls, or downloads for "cut download", meet this fault. */
  misbehave(fault: Fault, times?: number): void;
}

/** Takes a request apart for `requests`. */
export async function seen(request: Request): Promise<SeenRequest> {
  const url = new URL(request.url);
  const body = await request.text();
  return {
    method: request.method,
    path: url.pathname + url.search,
    headers: Object.fromEntries(request.headers),
    body,
    json: parse(body),
  };
}

/** The same with its form as JSON, since the line between its parts is another each time. */
export async function seenWithForm(
  request: Request,
): Promise<{ readonly asked: SeenRequest; readonly form?: FormData }> {
  if (!request.headers.get("content-type")?.startsWith("multipart/form-data;")) {
    return { asked: await seen(request) };
  }
  const form = await request.formData();
  const fields = await Promise.all([...form].map(async ([name, value]) => [
    name,
    typeof value === "string" ? value : (await value.bytes()).toBase64(),
  ]));
  const json = Object.fromEntries(fields);
  const { pathname, search } = new URL(request.url);
  const asked = {
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries(request.headers),
    body: JSON.stringify(json),
    json,
  };
  return { asked, form };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
