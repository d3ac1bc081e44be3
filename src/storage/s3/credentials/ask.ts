/** Questions to whoever gives keys: short, bounded, followed nowhere, and tried again where that may help. */

import { messageOf } from "../../../errors.ts";
import { isRecord, parsedJson } from "../../../json.ts";
import { fetchAt } from "../../../providers/vendor_fetch.ts";
import { cut, printableLine } from "../../../printable.ts";
import { sleep } from "../../../sleep.ts";
import type { RoleKeys } from "./credentials.ts";

export interface Question {
  readonly url: URL;
  readonly method?: "GET" | "PUT" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  readonly attempts?: number;
}

/**
 * The text of an answer of status 200. Plain HTTP goes to the address itself, whatever proxy there is.
 * @throws {Refused} for another status. @throws where nothing answers.
 */
export async function ask(question: Question): Promise<string> {
  const { attempts = 3 } = question;
  for (let attempt = 1;; attempt++) {
    try {
      return await askOnce(question);
    } catch (error) {
      const isFinal = error instanceof Refused && error.status < 500 && error.status !== 429;
      if (isFinal || attempt === attempts) throw error;
      await sleep(PAUSE * attempt);
    }
  }
}

/** Whoever was asked said no. */
export class Refused extends Error {
  readonly status: number;

  constructor(host: string, status: number, words: string) {
    super(`${host} answered ${[status, words].filter(Boolean).join(" ")}`);
    this.status = status;
  }
}

async function askOnce({ url, method = "GET", headers, body }: Question): Promise<string> {
  const send = url.protocol === "http:" ? fetchAt(url.href) : fetch;
  let response: Response;
  let text: string;
  try {
    response = await send(url, {
      ...{ method, headers, body },
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_TIME),
    });
    text = await beginningOf(response);
  } catch (error) {
    throw new Error(`${url.host} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
  if (response.status === 200) return text;
  throw new Refused(url.host, response.status, reasonIn(text));
}

async function beginningOf(response: Response): Promise<string> {
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.length > LONGEST_ANSWER) throw new Error("its answer is too long");
  }
  return text;
}

/** What a refusal says, in JSON or XML; no other text of an answer is ever repeated. */
function reasonIn(text: string): string {
  const json = parsedJson(text);
  const member = (name: string) => {
    const value = isRecord(json) ? json[name] ?? json[name.toLowerCase()] : memberOf(text, name);
    return typeof value === "string" ? value : undefined;
  };
  const words = [member("Code"), member("Message")].filter(Boolean).join(": ");
  return cut(printableLine(words), LONGEST_REASON);
}

/** The text of an element without others in it. */
export function memberOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** Keys by the names that all give them. @throws where one is missing. */
export function keysIn(found: Readonly<Record<string, unknown>>): RoleKeys {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = found;
  const texts = [AccessKeyId, SecretAccessKey, Token];
  const expiresAt = Date.parse(String(Expiration));
  if (!texts.every((text) => typeof text === "string" && text) || Number.isNaN(expiresAt)) {
    throw new Error(
      "the answer does not hold AccessKeyId, SecretAccessKey, a token and its expiration",
    );
  }
  return {
    accessKeyId: String(AccessKeyId),
    secretAccessKey: String(SecretAccessKey),
    sessionToken: String(Token),
    expiresAt,
  };
}

/** Milliseconds for an answer as a whole. */
const ANSWER_TIME = 5_000;
/** Milliseconds, times the number of attempts. */
const PAUSE = 200;
/** Characters. */
const LONGEST_ANSWER = 64_000;
const LONGEST_REASON = 300;
