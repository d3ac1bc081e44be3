/** Request bodies: JSON, of bounded size, within a bounded time. */

import { isJsonContentType } from "../../dependencies/mcp_server.ts";
import { parsedJson } from "../../json.ts";
import {
  lengthProblem,
  longestMessage,
  memberProblem,
  MOST_MORE_TEXT,
  namesPictureTool,
  StructureCheck,
  structureProblem,
} from "../../mcp/message_bounds.ts";
import { readJsonWithPictures } from "../../mcp/json_with_pictures.ts";
import { SentPictures } from "../../mcp/sent_pictures.ts";
import { refusal } from "../answers.ts";
import { withTimeout } from "../limits/time_limit.ts";

export interface BodyLimits {
  /** For messages without pictures. */
  readonly maxBytes: number;
  /** Waits for room for a longer one of so many bytes, as a `Room` gives it to one client. */
  readonly takeRoom: (bytes: number) => Promise<(() => void) | undefined>;
  /** Milliseconds the whole body may take to arrive. */
  readonly timeout: number;
}

export type Body =
  | {
    readonly value: unknown;
    /** Those that were taken out of it; to be dropped when it has been answered. */
    readonly pictures?: SentPictures;
  }
  | { readonly refused: Response };

/**
 * The parsed JSON body, with a `PictureText` in place of each picture of a long one, or the answer that
 * says why there is none.
 */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<Body> {
  const { maxBytes: usual, timeout, takeRoom } = limits;
  if (!isJsonContentType(request.headers.get("content-type"))) {
    return { refused: refusal(415, "Content-Type must be application/json") };
  }
  const length = announcedLength(request);
  const most = longestMessage(usual);
  if (length > most) return tooLarge(most);
  const reading = length <= Math.min(SHORT, usual)
    ? wholeBody(request, usual)
    : longBody(request, usual, takeRoom);
  const inTime = await withTimeout(timeout, reading.body, undefined);
  if (inTime !== undefined) return inTime;
  const waited = reading.waited();
  const late = waited > 0 ? await withTimeout(waited, reading.body, undefined) : undefined;
  if (late !== undefined) return late;
  reading.stop();
  const message = `The request body did not arrive within ${timeout / 1000} seconds`;
  return { refused: refusal(408, message, { headers: CLOSE }) };
}

function checked(value: unknown, length: number, usual: number): Body {
  if (lengthProblem(value, length, usual)) return tooLarge(usual);
  const messages = Array.isArray(value) ? value : [value];
  const [problem] = messages.values().map(memberProblem).filter((each) => each !== undefined);
  return problem ? { refused: refusal(400, problem.message, problem) } : { value };
}

/** In bytes; NaN where none is announced, or it is announced twice. */
function announcedLength({ headers }: Request): number {
  return Number(headers.get("content-length") ?? NaN);
}

interface Reading {
  readonly body: Promise<Body>;
  readonly stop: () => void;
  /** Milliseconds that it has waited for room. */
  readonly waited: () => number;
}

/**
 * A short body: the connection brings no more than was announced, so that it needs no counting. Deno lets
 * nobody stop this; it ends with the connection, and holds all that was announced until then.
 */
function wholeBody(request: Request, usual: number): Reading {
  const read = async () => {
    const text = await request.text();
    const problem = structureProblem(text);
    if (problem) return { refused: refusal(400, problem.message, problem) };
    const value = parsedJson(text);
    return value === undefined ? noJson() : checked(value, text.length, usual);
  };
  return { body: read().catch(noJson), stop() {}, waited: () => 0 };
}

/**
 * Reads on beyond `usual` only where what has come names a tool that takes pictures, and takes those out
 * of the text as they come. That is looked through part by part, so that nobody else waits for it,
 * and nothing is read beyond what is wrong with it, nor before there is room for it.
 */
function longBody(request: Request, usual: number, takeRoom: BodyLimits["takeRoom"]): Reading {
  const reader = request.body?.getReader();
  const announced = announcedLength(request);
  const most = longestMessage(usual);
  const structure = new StructureCheck();
  let bytes = 0;
  let length = 0;
  let beginning = "";
  let mayHavePictures = false;
  let waitsSince: number | undefined;
  let waited = 0;
  let giveRoom: (() => void) | undefined;
  const pictures = new SentPictures(() => giveRoom?.());

  async function* chunks() {
    for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
      bytes += next.value.length;
      yield next.value;
      if (mayHavePictures && !giveRoom) await enter();
    }
  }

  async function enter() {
    waitsSince = performance.now();
    giveRoom = await takeRoom(announced || most);
    waited = performance.now() - waitsSince;
    waitsSince = undefined;
    if (!giveRoom) throw new Refusal(refusal(503, NO_ROOM, { headers: { ...CLOSE, ...LATER } }));
  }

  function onText(part: string) {
    const problem = structure.read(part);
    if (problem) {
      throw new Refusal(refusal(400, problem.message, { ...problem, headers: CLOSE }));
    }
    length += part.length;
    if (!mayHavePictures) beginning += part;
    if (bytes > usual || announced > usual) mayHavePictures ||= namesPictureTool(beginning);
    const isTooMuch = bytes > (mayHavePictures ? most : usual) || length > usual + MOST_MORE_TEXT;
    if (isTooMuch) throw new Refusal(tooLarge(usual).refused);
  }

  const read = async () => {
    const take = pictures.take.bind(pictures);
    const value = await readJsonWithPictures(chunks(), { onText, take });
    const body = value === undefined ? noJson() : checked(value, length, usual);
    return "refused" in body ? body : { ...body, pictures };
  };
  const waitedSoFar = () => waitsSince === undefined ? waited : performance.now() - waitsSince;
  const stop = () => {
    reader?.releaseLock();
    pictures.drop();
    giveRoom?.();
  };
  const otherwise = (error: unknown) =>
    error instanceof Refusal ? { refused: error.refused } : noJson();
  const ended = (body: Body) => {
    if ("refused" in body) stop();
    else reader?.releaseLock();
    pictures.close();
    return body;
  };
  return { body: read().catch(otherwise).then(ended), stop, waited: waitedSoFar };
}

/** Ends the reading of a body that will not be used. */
class Refusal extends Error {
  constructor(readonly refused: Response) {
    super();
  }
}

/** Whether a body could go on for longer than this server would read it. */
export function mayBeEndless(request: Request, maxBytes: number): boolean {
  return !(announcedLength(request) <= maxBytes);
}

/**
 * Ends the connection whose body nobody reads on, once the answer has had time to arrive: Deno
 * would take the rest, however long, of a body that was let go before. `answered` is absent where
 * there is no connection.
 */
export function cutOff({ body }: Request, answered: Promise<void> | undefined): void {
  if (!body || body.locked) return;
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  if (!answered) return cancel();
  const linger = () => {
    const timer = setTimeout(cancel, LINGER);
    Deno.unrefTimer(timer);
    const rest = () => clearTimeout(timer);
    reader.closed.then(rest, rest);
  };
  answered.then(linger, cancel);
}

/** Also of a client that broke off, and waits for no answer. */
function noJson(): Body {
  return { refused: refusal(400, "The request body is not valid JSON", { code: -32700 }) };
}

function tooLarge(maxBytes: number): { readonly refused: Response } {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return { refused: refusal(413, message, { headers: CLOSE }) };
}

/** In bytes. Of a longer body memory is taken as it comes, since a client may announce and never send it. */
const SHORT = 32_768;
const NO_ROOM = "Too many pictures are on their way here; try again when they have come";
const LATER = { "Retry-After": "5" };
/** The rest of such a body is not waited for. */
const CLOSE = { Connection: "close" };
/** Milliseconds an answer has to arrive at a client that may still be sending. */
const LINGER = 1_000;
