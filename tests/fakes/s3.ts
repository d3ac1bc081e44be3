/**
 * A store that speaks Amazon's S3 and truly checks who asks: Signature Version 4 in the header or
 * in the address, its time, the digest of the body; nobody reads or writes without one. From the
 * S3 API Reference, "Authenticating requests", read 2026-11.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface FakeS3Options {
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface FakeS3 extends AsyncDisposable {
  /** "http://127.0.0.1:PORT" */
  readonly endpoint: string;
  readonly objects: Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly at: Date }>;
  /** The methods and keys of what was asked, refused ones too. */
  readonly requests: string[];
  /** What the next requests are answered with before anything is looked at. */
  readonly faults: ((request: Request) => Response | Promise<Response> | undefined)[];
  /** Takes the bucket away with what it holds, as who removes it does, until it is given back. */
  lose(): void;
  giveBack(): void;
}

export function startFakeS3(options: FakeS3Options): FakeS3 {
  const objects: FakeS3["objects"] = new Map();
  const requests: string[] = [];
  let isLost = false;
  const faults: FakeS3["faults"] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [bucket, ...parts] = url.pathname.slice(1).split("/").map(decodeURIComponent);
    const key = parts.join("/");
    requests.push(`${request.method} ${key}`);
    const body = await request.bytes();
    const fault = await faults.shift()?.(request);
    if (fault) return fault;
    const refused = refusalOf(request, url, body, options);
    if (refused) return error(403, refused);
    if (bucket !== options.bucket || isLost) {
      return request.method === "HEAD"
        ? new Response(null, { status: 404 })
        : error(404, "NoSuchBucket");
    }
    return HANDLERS[request.method]?.(key, request, body) ?? error(405, "MethodNotAllowed");
  }

  const HANDLERS: Record<
    string,
    (key: string, request: Request, body: Uint8Array<ArrayBuffer>) => Response
  > = {
    PUT(key, _request, bytes) {
      objects.set(key, { bytes, at: new Date() });
      return new Response(null, { status: 200, headers: { etag: etagOf(bytes) } });
    },
    DELETE(key) {
      objects.delete(key);
      return new Response(null, { status: 204 });
    },
    GET: read,
    HEAD: read,
  };

  function read(key: string, request: Request): Response {
    const found = objects.get(key);
    if (!found) return error(404, "NoSuchKey");
    const { bytes, at } = found;
    const etag = etagOf(bytes);
    const wanted = request.headers.get("if-match");
    if (wanted !== null && wanted !== etag) return error(412, "PreconditionFailed");
    const asked = new URL(request.url).searchParams.get("response-content-type");
    const headers = {
      etag,
      "last-modified": at.toUTCString(),
      "accept-ranges": "bytes",
      "content-type": asked ?? "binary/octet-stream",
    };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
    if (!range) {
      const length = { "content-length": String(bytes.length) };
      const isHead = request.method === "HEAD";
      return new Response(isHead ? null : bytes, { headers: { ...headers, ...length } });
    }
    const [start, end] = [Number(range[1]), Number(range[2])];
    if (start >= bytes.length) return error(416, "InvalidRange");
    const part = bytes.slice(start, end + 1);
    const place = `bytes ${start}-${start + part.length - 1}/${bytes.length}`;
    return new Response(part, { status: 206, headers: { ...headers, "content-range": place } });
  }

  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    objects,
    requests,
    faults,
    lose: () => void (isLost = true),
    giveBack: () => void (isLost = false),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** An answer as the store words its refusals. */
export function error(status: number, code: string, more = ""): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>` +
    `<Message>The fake says ${code}</Message>${more}</Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml" } });
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** The code of the refusal, or undefined for a good signature. */
function refusalOf(
  request: Request,
  url: URL,
  body: Uint8Array,
  options: FakeS3Options,
): string | undefined {
  const query = url.searchParams;
  const isPresigned = query.has("X-Amz-Signature");
  const signed = isPresigned ? presigned(query) : inHeader(request.headers);
  if (!signed) return "AccessDenied";
  const { keyId, date, region, service, ending, names, signature, time, expires } = signed;
  const { accessKeyId, secretAccessKey, sessionToken, now = Date.now } = options;
  if (keyId !== accessKeyId) return "InvalidAccessKeyId";
  const token = isPresigned
    ? query.get("X-Amz-Security-Token")
    : request.headers.get("x-amz-security-token");
  if ((token ?? undefined) !== sessionToken) return "InvalidToken";
  if (service !== "s3" || ending !== "aws4_request" || !time.startsWith(date)) {
    return "AuthorizationHeaderMalformed";
  }
  if (region !== (options.region ?? "us-east-1")) return "AuthorizationHeaderMalformed";
  const age = now() - Date.parse(time.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  ));
  if (!(Math.abs(age) < 900_000 || isPresigned && age > 0)) return "RequestTimeTooSkewed";
  if (isPresigned && (!(expires > 0 && expires <= 604_800) || age > expires * 1000)) {
    return "AccessDenied";
  }
  const mustBeSigned = [...request.headers.keys()].filter((name) => name.startsWith("x-amz-"));
  if (!names.includes("host") || mustBeSigned.some((name) => !names.includes(name))) {
    return "AccessDenied";
  }
  const hash = isPresigned ? "UNSIGNED-PAYLOAD" : request.headers.get("x-amz-content-sha256");
  const digest = createHash("sha256").update(body).digest("hex");
  if (!isPresigned && hash !== digest) return "XAmzContentSHA256Mismatch";
  const canonical = [
    request.method,
    url.pathname.split("/").map((part) => strictly(decodeURIComponent(part))).join("/"),
    [...query].filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${strictly(name)}=${strictly(value)}`).sort().join("&"),
    ...names.map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
    "",
    names.join(";"),
    hash,
  ].join("\n");
  const scope = [date, region, service, ending];
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), hex(canonical)].join("\n");
  const key = scope.reduce<Uint8Array | string>(hmac, `AWS4${secretAccessKey}`);
  const expected = hmac(key, text);
  const given = /^[0-9a-f]{64}$/.test(signature)
    ? Uint8Array.fromHex(signature)
    : new Uint8Array(32);
  return timingSafeEqual(expected, given) ? undefined : "SignatureDoesNotMatch";
}

function inHeader(headers: Headers) {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/([^,]+), *SignedHeaders=([^,]+), *Signature=(\w+)$/;
  const match = form.exec(headers.get("authorization") ?? "");
  if (!match) return undefined;
  const [, keyId, date, region, service, ending, names, signature] = match as unknown as string[];
  return {
    ...{ keyId, date: date!, region, service, ending, signature: signature! },
    names: names!.split(";"),
    time: headers.get("x-amz-date") ?? "",
    expires: 0,
  };
}

function presigned(query: URLSearchParams) {
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") return undefined;
  const [keyId, date = "", region, service, ending] = (query.get("X-Amz-Credential") ?? "").split(
    "/",
  );
  return {
    ...{ keyId, date, region, service, ending },
    names: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature")!,
    time: query.get("X-Amz-Date") ?? "",
    expires: Number(query.get("X-Amz-Expires")),
  };
}

/** RFC 3986, which leaves fewer characters than JavaScript does. */
function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Uint8Array | string, text: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(text).digest());
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
