/** The one door to the vendors: time limits, retries, size limits and errors in our words. */

import { ImageError } from "../errors.ts";
import { checkImage } from "../images/check.ts";
import { identifyImage } from "../images/media_type.ts";
import { sleep } from "../sleep.ts";
import { answerLimit, boundedError, MAX_PICTURE_BYTES } from "./bounds.ts";
import { asImageError } from "./network_error.ts";
import { checkDownloadAddress, type Resolve } from "./download_address.ts";
import { pictureBody } from "./picture_body.ts";
import { readPictureJson, readPlainJson } from "./picture_json.ts";
import { readBody } from "./read_body.ts";
import { withReceiveLimit } from "./receive_limit.ts";
import { didNothing, isPassing, withRetries } from "./retries.ts";
import { Silence } from "./silence.ts";
import { busyError, downloadRefusal } from "./statuses.ts";

export interface VendorRequest {
  readonly url: string;
  /** Default POST. */
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent exactly as given; a form as multipart/form-data. */
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData;
  /** A document to send in place of a body, with its pictures as of `picture_body.ts`. */
  readonly json?: unknown;
  readonly signal: AbortSignal;
  /**
   * "freely": asking again costs nothing (a poll), so any passing fault is tried again.
   * "if nothing happened": asking again could be paid twice (a submit), so only a refusal
   * (rate limit, overload) or a connection that was never made is.
   */
  readonly repeat: "freely" | "if nothing happened";
  /** How many pictures the answer itself may hold, which bounds its length; default 0. */
  readonly pictures?: number;
  /** Whether they come as bytes in the answer's `json`, as of `picture_json.ts`; default as text. */
  readonly decodesPictures?: boolean;
  /** Takes the bytes of a good answer as they come, before the whole is read. */
  readonly onBytes?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** Reads a vendor's error out of an answer; undefined means the answer is good. */
  readonly failure: (answer: VendorAnswer) => ImageError | undefined;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON, or undefined where the text is none. */
  readonly json: unknown;
}

export interface VendorClient {
  /** The answer that `failure` found nothing wrong with. @throws {ImageError} */
  send(request: VendorRequest): Promise<VendorAnswer>;
  /**
   * The bytes at an address out of a vendor's answer, fetched without any key; a picture that
   * comes cut or damaged is fetched up to three times. @throws {ImageError}
   */
  download(url: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

export interface VendorClientOptions {
  /** The vendor's name for people, to begin messages with. */
  readonly title: string;
  /** The configured base address; its origin is trusted, with plain http and inside a network too. */
  readonly endpoint: string;
  /** Texts that must never appear in a message. */
  readonly secrets: readonly string[];
  readonly fetch?: typeof fetch;
  /** The addresses of a host, so that a download goes to no private one; not looked at where absent. */
  readonly resolve?: Resolve;
  /** Sent along with downloads from the endpoint's own origin, where a gateway guards it all. */
  readonly ownHeaders?: Readonly<Record<string, string>>;
  /** The first pause before trying again, in milliseconds; doubles each time, up to 8 s. */
  readonly pause?: number;
  /** How long a poll or a download may bring nothing before it is tried again, in milliseconds. */
  readonly longestSilence?: number;
}

/** A picture is paid for by then, so its download gets about a minute. */
const MAX_DOWNLOAD_ATTEMPTS = 12;
/** One that is damaged each time is so at the vendor: better half a picture than none. */
const MAX_DAMAGED = 3;
const MAX_REDIRECTS = 5;
/** What is read of the words that come in a picture's place, in bytes. */
const LONGEST_REFUSAL = 65_536;

export function createVendorClient(options: VendorClientOptions): VendorClient {
  const { title, endpoint, fetch = globalThis.fetch, pause = 500, longestSilence = 30_000 } =
    options;
  const clean = (error: ImageError) => boundedError(error, options.secrets);

  async function attempt(request: VendorRequest): Promise<VendorAnswer> {
    const { url, method = "POST", headers, json: sent, repeat, pictures = 0 } = request;
    const body = sent === undefined ? request.body : pictureBody(sent);
    const read = request.decodesPictures ? readPictureJson : readPlainJson;
    // A submit may be silent for as long as the vendor draws.
    using silence = new Silence(repeat === "freely" ? longestSilence : Infinity, title);
    const signal = AbortSignal.any([request.signal, silence.signal]);
    const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
    const limit = answerLimit(response.ok ? pictures : 0);
    const onChunk = (chunk?: Uint8Array<ArrayBuffer>) => {
      silence.restart();
      if (chunk && response.ok) request.onBytes?.(chunk);
    };
    const bytes = await readBody(response, { title, limit, onChunk });
    const { text, document: json } = read(bytes);
    const answer = { status: response.status, headers: response.headers, text, json };
    const failure = request.failure(answer);
    if (failure) throw asBusy(failure, answer.status, title);
    return answer;
  }

  async function downloadOnce(url: string, caller: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    using silence = new Silence(longestSilence, title);
    const signal = AbortSignal.any([caller, silence.signal]);
    let next = url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      await checkDownloadAddress(next, endpoint, title, options.resolve);
      const isOwn = URL.parse(next)?.origin === new URL(endpoint).origin;
      const headers = isOwn ? options.ownHeaders : undefined;
      const response = await fetch(next, { headers, signal, redirect: "manual" });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location) {
        await response.body?.cancel();
        next = targetOf(location, next, title);
        continue;
      }
      if (response.ok) {
        const onChunk = () => silence.restart();
        const bytes = await withReceiveLimit(() =>
          readBody(response, { title, limit: MAX_PICTURE_BYTES, onChunk })
        );
        // A picture is kept for a while, so it keeps no room for more.
        return bytes.length < bytes.buffer.byteLength ? bytes.slice() : bytes;
      }
      const words = await readBody(response, { title, limit: LONGEST_REFUSAL }).catch(() => {});
      throw downloadRefusal(title, response, new TextDecoder().decode(words ?? undefined));
    }
    throw new ImageError("missing_content", `${title}'s picture is behind too many redirects`);
  }

  /** A picture that came damaged may have lost its end on the way, so it is fetched again. */
  async function downloadWhole(url: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    for (let attempt = 1;; attempt++) {
      const bytes = await downloadOnce(url, signal);
      const isDamaged = identifyImage(bytes) && checkImage(bytes) !== undefined;
      if (!isDamaged || attempt === MAX_DAMAGED) return bytes;
      await sleep(pause, signal);
    }
  }

  return {
    send: (request) =>
      withRetries(() => attempt(request), {
        signal: request.signal,
        pause,
        mayRepeat: request.repeat === "freely" ? isPassing : didNothing,
        toImageError: (error) => clean(asImageError(error, title, request.signal, request.url)),
      }),
    download: (url, signal) =>
      withRetries(() => downloadWhole(url, signal), {
        attempts: MAX_DOWNLOAD_ATTEMPTS,
        signal,
        pause,
        mayRepeat: isPassing,
        toImageError: (error) => clean(asDownloadError(asImageError(error, title, signal, url))),
      }),
  };
}

/** Where a redirect leads. @throws {ImageError} where that is no address, which no second try mends. */
function targetOf(location: string, from: string, title: string): string {
  const target = URL.parse(location, from);
  if (target) return target.href;
  throw new ImageError(
    "missing_content",
    `${title} drew the picture, but its download is redirected to what is no address`,
    { drawn: true },
  );
}

/** A failure that the vendor itself has no word for, where the status tells that nothing was drawn. */
function asBusy(failure: ImageError, status: number, title: string): ImageError {
  return failure.code === "provider_error" ? busyError(title, status) ?? failure : failure;
}

/** What fails in a download has been drawn and paid for: nobody may take it for a request that never arrived. */
function asDownloadError(error: ImageError): ImageError {
  if (error.code !== "network_error" || error.details.drawn) return error;
  const message = `The picture was drawn, but its download failed. ${error.message}`;
  return new ImageError(error.code, message, { ...error.details, drawn: true }, {
    cause: error.cause,
  });
}
