/** Small request bodies: a form or a JSON document, within a bounded time. */

import { OAuthError } from "../../authorization/oauth_error.ts";
import { parsedJson } from "../../json.ts";
import { readBody } from "../../providers/read_body.ts";
import { withTimeout } from "../limits/time_limit.ts";

/** The fields of a form. @throws {OAuthError} `invalid_request` */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const text = await readText(request, "application/x-www-form-urlencoded");
  return new URLSearchParams(text);
}

/** A JSON document. @throws {OAuthError} `invalid_request` */
export async function readJson(request: Request): Promise<unknown> {
  const value = parsedJson(await readText(request, "application/json"));
  if (value === undefined) throw invalid("The body is no JSON");
  return value;
}

async function readText(request: Request, type: string): Promise<string> {
  const [given = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (given.trim().toLowerCase() !== type) throw invalid(`Content-Type must be ${type}`);
  const { body, headers } = request;
  const reading = readBody(new Response(body, { headers }), { title: "", limit: LONGEST })
    .then((bytes) => new TextDecoder().decode(bytes), () => undefined);
  const text = await withTimeout(TIME_LIMIT, reading, undefined);
  if (text !== undefined) return text;
  throw invalid(`The body is longer than ${LONGEST} bytes, or came too slowly`);
}

function invalid(message: string): OAuthError {
  return new OAuthError("invalid_request", message);
}

/** In bytes: a registration with twenty addresses and a key set has less. */
const LONGEST = 65_536;
/** In milliseconds. */
const TIME_LIMIT = 10_000;
