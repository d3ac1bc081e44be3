/** Tencent Cloud's request signature, TC3-HMAC-SHA256, for a POST of JSON to the path "/". */

export interface Tc3Keys {
  readonly secretId: string;
  readonly secretKey: string;
  /** Comes with temporary keys; sent and not signed. */
  readonly sessionToken?: string;
}

export interface Tc3Call {
  /** The address that will be fetched; its host is signed, port included. */
  readonly endpoint: string;
  /** The product's name in the signature, such as "aiart"; not taken from the host. */
  readonly service: string;
  readonly action: string;
  readonly version: string;
  readonly region?: string;
  /** Exactly what will be sent. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly keys: Tc3Keys;
  /** Seconds since 1970, UTC. */
  readonly timestamp: number;
  readonly contentType?: string;
  /** Signs the action's name as well, as newer editions of the documentation do; both are accepted. */
  readonly signsAction?: boolean;
}

/** The signature, and the two texts it was made of, to compare with a refusal. */
export interface Tc3Signature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly authorization: string;
}

/** Every header of the signed request but Host, which fetch sets from the address. */
export async function tc3Headers(call: Tc3Call): Promise<Record<string, string>> {
  const { authorization } = await tc3Signature(call);
  return {
    "Content-Type": call.contentType ?? JSON_TYPE,
    "X-TC-Action": call.action,
    "X-TC-Version": call.version,
    "X-TC-Timestamp": String(call.timestamp),
    ...(call.region === undefined ? {} : { "X-TC-Region": call.region }),
    ...(call.keys.sessionToken === undefined ? {} : { "X-TC-Token": call.keys.sessionToken }),
    Authorization: authorization,
  };
}

export async function tc3Signature(call: Tc3Call): Promise<Tc3Signature> {
  const date = new Date(call.timestamp * 1000).toISOString().slice(0, "YYYY-MM-DD".length);
  const scope = `${date}/${call.service}/tc3_request`;
  const headers = signedHeaders(call);
  const names = headers.map(([name]) => name).join(";");
  const canonicalRequest = [
    "POST",
    "/",
    "", // no query
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    await sha256(call.body),
  ].join("\n");
  const stringToSign = [ALGORITHM, call.timestamp, scope, await sha256(canonicalRequest)].join(
    "\n",
  );
  const key = await signingKey(call.keys.secretKey, date, call.service);
  const signature = hex(await hmac(key, stringToSign));
  const authorization = `${ALGORITHM} Credential=${call.keys.secretId}/${scope}, ` +
    `SignedHeaders=${names}, Signature=${signature}`;
  return { canonicalRequest, stringToSign, signature, authorization };
}

function signedHeaders(call: Tc3Call): readonly (readonly [string, string])[] {
  return [
    ["content-type", call.contentType ?? JSON_TYPE],
    ["host", new URL(call.endpoint).host],
    ...(call.signsAction ? [["x-tc-action", call.action.toLowerCase()] as const] : []),
  ];
}

async function signingKey(secretKey: string, date: string, service: string): Promise<Bytes> {
  const dateKey = await hmac(encoder.encode(`TC3${secretKey}`), date);
  const serviceKey = await hmac(dateKey, service);
  return await hmac(serviceKey, "tc3_request");
}

async function hmac(key: Bytes, text: string): Promise<Bytes> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}

async function sha256(content: string | Bytes): Promise<string> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function hex(bytes: Bytes): string {
  return bytes.toHex();
}

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const ALGORITHM = "TC3-HMAC-SHA256";
const JSON_TYPE = "application/json";
