/** Takes pictures at links, each once, and from programs that have the server's token. */

import { ImageError } from "../../errors.ts";
import { MAX_UPLOAD_BYTES, type ReceivedUpload } from "../../service/uploads.ts";
import { json, pageAnswer } from "../answers.ts";
import type { HttpDependencies, IncomingRequest } from "../dependencies.ts";
import { createRateLimits } from "../limits/rate_limit.ts";
import { createShares, ownersOf } from "../limits/shares.ts";
import { readUpload } from "./body.ts";
import { problemPage, receivedPage, uploadPage } from "./page.ts";
import script from "./page_script.js" with { type: "text" };
import style from "./page_style.css" with { type: "text" };
import { type Language, languageOf, type Problem, PROBLEMS, TEXTS } from "./texts.ts";

export interface UploadHandlers {
  /** Answers what follows "/uploads/": a link's token, or a part of its page. */
  answer(visit: IncomingRequest, name: string): Promise<Response>;
  /** Takes a picture for the person whose token came along. */
  takeOfProgram(visit: IncomingRequest): Promise<Response>;
}

/** The handlers of one server. */
export function createUploadHandlers(
  { settings, uploads, common, now = Date.now }: HttpDependencies,
): UploadHandlers {
  // The right link opens all the while: behind a proxy all visitors have one address.
  const guess = createRateLimits({ common, now })({ of: "upload links", most: MOST_GUESSES });
  const places = createShares(MOST_AT_ONCE, ownersOf(settings));

  async function answer(visit: IncomingRequest, name: string): Promise<Response> {
    const response = await respond(visit, name);
    return visit.request.method === "HEAD" ? new Response(null, response) : response;
  }

  async function respond(visit: IncomingRequest, name: string): Promise<Response> {
    const { request, url, address } = visit;
    const isGet = request.method !== "POST";
    if (isGet && Object.hasOwn(ASSETS, name)) return asset(name);
    const found = await uploads.lookUp(name);
    const language = languageOf(request, url);
    const refuse = (problem: Problem, more?: string) =>
      wantsJson(request) ? problemAsJson(problem, more) : problemAsPage(language, problem, more);
    if (found.state === "unknown") return refuse(await guess(address) > 0 ? "guesses" : "unknown");
    if (found.state !== "open") return refuse(found.state);
    const { upload } = found;
    if (isGet) {
      const minutes = Math.ceil((upload.expiresAt - now()) / 60_000);
      return asPage(uploadPage({ language, largest: MAX_UPLOAD_BYTES, minutes }), 200, language);
    }
    const taken = await take(
      visit,
      upload.owner,
      (bytes) => uploads.take(upload, bytes),
    );
    if ("problem" in taken) return refuse(taken.problem, taken.message);
    return wantsJson(request)
      ? json(described(taken), 201)
      : asPage(receivedPage(language, taken.picture), 201, language);
  }

  async function takeOfProgram(visit: IncomingRequest): Promise<Response> {
    const { client } = visit;
    const keep = (bytes: Uint8Array<ArrayBuffer>) => uploads.takeOf(client, bytes);
    const taken = await take(visit, client, keep);
    return "problem" in taken
      ? problemAsJson(taken.problem, taken.message)
      : json(described(taken), 201);
  }

  /** Reads a picture and keeps it, where there is a place. */
  async function take(
    { request }: IncomingRequest,
    owner: string,
    keep: (bytes: Uint8Array<ArrayBuffer>) => Promise<ReceivedUpload>,
  ): Promise<ReceivedUpload | { readonly problem: Problem; readonly message?: string }> {
    if (!places.hasRoom(owner)) return { problem: "busy" };
    const leave = places.take(owner);
    try {
      const bytes = await readUpload(request, TIME_LIMIT);
      return typeof bytes === "string" ? { problem: bytes } : await keep(bytes);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return { problem: PROBLEM_OF[error.code] ?? "picture", message: error.message };
    } finally {
      leave();
    }
  }

  return { answer, takeOfProgram };
}

/** What keeping a picture may fail of, as people are told. */
const PROBLEM_OF: Readonly<Record<string, Problem>> = { not_allowed: "used", busy: "full" };

function described({ id, picture }: ReceivedUpload) {
  const { mediaType, width, height, sizeBytes, changes } = picture;
  const size = { width, height, size_bytes: sizeBytes };
  return { id, mime_type: mediaType, ...size, warnings: changes };
}

function wantsJson(request: Request): boolean {
  return (request.headers.get("accept") ?? "").includes("application/json");
}

function problemAsJson(problem: Problem, message = TEXTS.en.problems[problem]): Response {
  return withWait(problem, json({ error: { code: problem, message } }, PROBLEMS[problem]));
}

/** What is wrong with a picture is known in English alone. */
function problemAsPage(language: Language, problem: Problem, message?: string): Response {
  const more = problem === "picture" && language === "en" ? message : undefined;
  const page = asPage(problemPage(language, problem, more), PROBLEMS[problem], language);
  return withWait(problem, page);
}

function withWait(problem: Problem, response: Response): Response {
  const seconds = WAITS[problem];
  if (seconds !== undefined) response.headers.set("Retry-After", seconds);
  return response;
}

const WAITS: Readonly<Partial<Record<Problem, string>>> = { busy: "5", guesses: "60" };

function asPage(html: string, status: number, language: Language): Response {
  return pageAnswer(html, { status, language, policy: POLICY, vary: "Accept, Accept-Language" });
}

function asset(name: string): Response {
  const { type, text } = ASSETS[name]!;
  return new Response(text, {
    headers: {
      "Content-Type": type,
      "Cache-Control": "public, max-age=300",
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

const ASSETS: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  "page.js": { type: "text/javascript; charset=utf-8", text: script },
  "page.css": { type: "text/css; charset=utf-8", text: style },
};

/** Nothing but the page's own script and style; the picture is shown before it is sent. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src blob: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Pictures that are read at once, of 25 MB each. */
const MOST_AT_ONCE = 4;
/** Of one address, in a minute. */
const MOST_GUESSES = 20;
/** Milliseconds a picture may take from a phone far away. */
const TIME_LIMIT = 300_000;
