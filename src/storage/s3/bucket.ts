/**
 * One bucket of a store that speaks Amazon's S3: requests that are signed (Signature Version 4),
 * bounded in time, tried again where the store asks for it, and refused in words for people.
 * Requests, error codes and limits: Amazon S3 API Reference, read 2026-11.
 */

import type { AwsClient } from "../../dependencies/aws4fetch.ts";
import { hashOf } from "../../bytes.ts";
import { messageOf } from "../../errors.ts";
import { cut, printableLine } from "../../printable.ts";
import { resultWithin } from "../../result_within.ts";
import { sleep } from "../../sleep.ts";
import { StorageAway } from "../storage_away.ts";
import type { Credentials, Keys } from "./credentials/credentials.ts";

export interface BucketOptions {
  readonly bucket: string;
  readonly region: string;
  /** Where the store is, such as "http://127.0.0.1:9000"; unset: Amazon's own of the region. */
  readonly endpoint?: string;
  /** Whether the bucket stands in the path or before the host's name. */
  readonly addressing: "path" | "virtual";
  readonly credentials: Credentials;
  /** Milliseconds in which an answer must begin, and in which more of its body must come. */
  readonly longestSilence?: number;
  /** Waits so many milliseconds before the next attempt. */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

export interface ObjectRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

export class Bucket {
  readonly #options: BucketOptions;
  readonly #base: URL;
  /** What signs, with the keys that it signs with. */
  #signer: { readonly client: AwsClient; readonly keys: Keys } | undefined;

  constructor(options: BucketOptions) {
    this.#options = options;
    const { bucket, region, endpoint = `https://s3.${region}.amazonaws.com`, addressing } = options;
    const base = new URL(endpoint);
    if (addressing === "virtual") base.hostname = `${bucket}.${base.hostname}`;
    else base.pathname = `${base.pathname.replace(/\/+$/, "")}/${bucket}`;
    this.#base = base;
  }

  /**
   * The answer to a request for one object: of status 200, 204 or 206, or of one of `expected`.
   * What fails on the way or for a passing reason is tried again: every request here may be sent
   * twice. @throws {StorageAway} that says what is wrong, and what to do.
   */
  async request(request: ObjectRequest, expected: readonly number[] = []): Promise<Response> {
    for (let attempt = 1;; attempt++) {
      const { client, keys } = await this.#signed();
      const outcome = await this.#send(request, client).catch((error: unknown) => ({ error }));
      const isLast = attempt === MAX_ATTEMPTS;
      if ("error" in outcome) {
        const reason = () => `${this.#store} cannot be reached: ${messageOf(outcome.error)}`;
        if (isLast) throw new StorageAway(reason(), { cause: outcome.error });
      } else {
        if (outcome.ok) return outcome;
        const refused = await readRefusal(outcome);
        if (expected.includes(outcome.status) && refused.code !== "NoSuchBucket") {
          return new Response(null, outcome);
        }
        const isOfOldKeys = refused.code !== undefined && OLD_KEYS.has(refused.code);
        const mayPass = isPassing(refused) ||
          isOfOldKeys && this.#options.credentials.renew(keys);
        if (isLast || !mayPass) throw new StorageAway(this.#wordsOf(refused));
      }
      await (this.#options.pause ?? sleep)(
        FIRST_PAUSE * 3 ** (attempt - 1) * (0.5 + Math.random()),
      );
    }
  }

  /** Where the keys come from, for people. */
  get keyOrigin(): string {
    return this.#options.credentials.origin;
  }

  /**
   * An address at which anybody may read an object for `seconds`, at most a week, and at most as long
   * as the keys are good.
   */
  async temporaryAddress(key: string, seconds: number, mediaType: string): Promise<string> {
    const url = this.#addressOf(key);
    url.searchParams.set("X-Amz-Expires", String(seconds));
    url.searchParams.set("response-content-type", mediaType);
    const { client } = await this.#signed();
    const signed = await client.sign(url, { aws: { signQuery: true } });
    return signed.url;
  }

  /** The host that requests are sent to, and its port where that is not the usual one. */
  get host(): string {
    return this.#base.host;
  }

  get #store(): string {
    return `The image store at ${this.host}`;
  }

  #addressOf(key: string): URL {
    const url = new URL(this.#base);
    const path = key.split("/").map(encodeURIComponent).join("/");
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
    return url;
  }

  /** An answer that must begin in time, more where much is sent, and whose body may not stall. */
  async #send(
    { method, key, headers, body }: ObjectRequest,
    client: AwsClient,
  ): Promise<Response> {
    const hash = body ? await hashOf(body) : EMPTY_HASH;
    const signed = await client.sign(this.#addressOf(key), {
      method,
      headers: { ...headers, "x-amz-content-sha256": hash },
      body,
    });
    const { longestSilence = LONGEST_SILENCE } = this.#options;
    const limit = longestSilence + (body?.length ?? 0) / SLOWEST_BYTES_A_MILLISECOND;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`it has not answered for ${Math.round(limit / 1000)} s`)),
      limit,
    );
    try {
      const response = await fetch(signed, { redirect: "manual", signal: late.signal });
      return response.body
        ? new Response(unstalled(response.body, longestSilence), response)
        : response;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws where there are no keys. */
  async #signed(): Promise<{ readonly client: AwsClient; readonly keys: Keys }> {
    const { credentials, region } = this.#options;
    const keys = await credentials.keys();
    if (this.#signer?.keys !== keys) {
      const { AwsClient } = await import("../../dependencies/aws4fetch.ts");
      this.#signer = { client: new AwsClient({ ...keys, region, service: "s3" }), keys };
    }
    return this.#signer;
  }

  #wordsOf({ status, code, message, region }: Refusal): string {
    const { bucket, credentials: { origin } } = this.#options;
    const advice = code && ADVICE[code];
    if (status === 301 || region && region !== this.#options.region) {
      return `${this.#store} says that the bucket '${bucket}' is elsewhere: set AWS_REGION to ` +
        `${region ?? "the bucket's"}, or the endpoint in AWS_ENDPOINT_URL_S3`;
    }
    if (advice) return `${this.#store} refused: ${advice(bucket, origin)} (${code})`;
    const said = [status, code, message].filter(Boolean).join(" ");
    return `${this.#store} answered ${said || "nothing that can be read"}`;
  }
}

/** The same bytes, which fail where their reader waits longer than `limit` milliseconds for the next. */
function unstalled(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const next = await resultWithin(limit, reader.read(), undefined);
      if (!next) {
        controller.error(new Error(`it has sent nothing for ${Math.round(limit / 1000)} s`));
        reader.cancel().catch(() => {}); // the connection is lost with it
      } else if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  /** Where the bucket is, as the store says it. */
  readonly region?: string;
}

/** Errors are small XML documents, those to HEAD empty. */
async function readRefusal(response: Response): Promise<Refusal> {
  const text = await beginningOf(response);
  const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const shown = (words: string | undefined) => words && cut(printableLine(words), LONGEST_MESSAGE);
  return {
    status: response.status,
    code: shown(member("Code")),
    message: shown(member("Message")),
    region: response.headers.get("x-amz-bucket-region") ?? shown(member("Region")),
  };
}

async function beginningOf(response: Response): Promise<string> {
  let text = "";
  try {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.length > LONGEST_REFUSAL) break;
    }
  } catch { /* what has come is enough */ }
  return text;
}

function isPassing({ status, code }: Refusal): boolean {
  return PASSING_STATUSES.has(status) || (code !== undefined && PASSING_CODES.has(code));
}

/** What to do about what a store refuses for good, by its code; `origin` is where the keys come from. */
const ADVICE: Readonly<Record<string, (bucket: string, origin: string) => string>> = {
  NoSuchBucket: (bucket) => `there is no bucket '${bucket}'; make it, or mend MCP_IMAGE_STORE`,
  AccessDenied: (bucket, origin) =>
    `the key of ${origin} may not do this in '${bucket}'; it needs s3:PutObject, s3:GetObject, ` +
    "s3:DeleteObject and s3:ListBucket",
  SignatureDoesNotMatch: () => "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID",
  InvalidAccessKeyId: (_bucket, origin) => `it does not know the key of ${origin}`,
  ExpiredToken: (_bucket, origin) =>
    `the keys of ${origin} have expired; with AWS_SESSION_TOKEN, set a new one and start the ` +
    "server again",
  InvalidToken: (_bucket, origin) =>
    `the session token (AWS_SESSION_TOKEN, where it is set) does not belong to the key of ${origin}`,
  RequestTimeTooSkewed: () => "the clock of this machine is wrong by more than 15 minutes",
  QuotaExceeded: (bucket) => `the bucket '${bucket}' is full`,
};

/** What a store says of keys that were good before. */
const OLD_KEYS: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "InvalidToken",
  "InvalidAccessKeyId",
]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const PASSING_CODES: ReadonlySet<string> = new Set(["RequestTimeout", "SlowDown", "InternalError"]);
const MAX_ATTEMPTS = 4;
/** Milliseconds. */
const FIRST_PAUSE = 150;
const LONGEST_SILENCE = 20_000;
const SLOWEST_BYTES_A_MILLISECOND = 500;
/** Characters. */
const LONGEST_REFUSAL = 4_000;
const LONGEST_MESSAGE = 200;
/** SHA-256 of nothing. */
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
