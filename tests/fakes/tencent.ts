/**
 * A small Tencent Cloud with one product: it recomputes every signature with
 * node:crypto, knows each field and its bounds, keeps a table of jobs and draws
 * one at a time. Business errors come inside an HTTP 200, as they do there.
 */

import { createHash, createHmac } from "node:crypto";

import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import {
  APIS,
  aText,
  checkMask,
  checkParameters,
  editOf,
  type Fields,
  type Parameters,
  Refusal,
  required,
} from "./tencent_fields.ts";
import { FaultPlan, plainFault, startGallery, startServer } from "./vendor_parts.ts";

export interface TencentOptions {
  /** Which of the two APIs; default "aiart". */
  readonly backend?: "aiart" | "legacy";
  /** How long a job takes, in milliseconds: a third waiting, the rest drawing; default 0. */
  readonly drawingTime?: number;
  /** Jobs drawn at once; default 1. */
  readonly concurrency?: number;
  /** Whether the keys are temporary and need their token; default false. */
  readonly temporaryKeys?: boolean;
}

export interface TencentFake extends EditingVendor {
  /** The next `times` (default: all) calls of `action` (default: any) are refused with this code. */
  refuse(
    code: string,
    options?: {
      readonly message?: string;
      readonly action?: "submit" | "query";
      readonly times?: number;
    },
  ): void;
  /** The next job is taken and fails with this code. */
  failNextJob(code: string, message: string): void;
  /** Takes all slots, as another program of the same account would, until `release`. */
  occupy(): void;
  release(): void;
  hold(): void;
  finish(): void;
  expire(): void;
  forget(): void;
  /** Loses the picture of this number, counted from 0, before or after it is drawn. */
  losePicture(number: number): void;
}

export function startTencent(options: TencentOptions = {}): Promise<TencentFake> {
  const { backend = "aiart", drawingTime = 0, concurrency = 1, temporaryKeys = false } = options;
  const api = APIS[backend];
  const keys: Keys = {
    id: `AKID${crypto.randomUUID().replaceAll("-", "")}`,
    secret: crypto.randomUUID().replaceAll("-", ""),
    token: temporaryKeys ? `token/${crypto.randomUUID()}==` : undefined,
  };
  const requests: SeenRequest[] = [];
  const edits: SeenEdit[] = [];
  const jobs = new Map<string, Job>();
  const gallery = startGallery();
  const faults = new FaultPlan<Fault>();
  const refusals = { submit: new FaultPlan<Refusal>(), query: new FaultPlan<Refusal>() };
  const failures: Refusal[] = [];
  const closing = new AbortController();
  let isOccupied = false;
  let isHeld = false;

  const server = startServer(gallery, async (request) => {
    const asked = await seen(request);
    requests.push(asked);
    const fault = faults.next();
    const plain = fault && await plainFault(fault, request.signal, closing.signal);
    if (plain) return plain;
    try {
      if (fault) throw faultOf(fault, asked);
      return answer(call(asked));
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return answer({ Error: { Code: refusal.code, Message: refusal.message } });
    }
  });

  function call(asked: SeenRequest): Record<string, unknown> {
    checkSignature(asked, api.service, keys);
    if (asked.headers["x-tc-version"] !== api.version) {
      throw new Refusal("NoSuchVersion", "The API version does not exist.");
    }
    if (asked.headers["x-tc-region"] !== "ap-guangzhou") {
      throw new Refusal("UnsupportedRegion", "The region is not supported.");
    }
    if (asked.body.length > 10_000_000) {
      throw new Refusal("RequestSizeLimitExceeded", "The request is larger than 10 MB.");
    }
    const parameters = parametersOf(asked);
    const action = asked.headers["x-tc-action"] ?? "";
    if (action === api.submit) return submit(parameters);
    if (action === api.query) return query(parameters);
    const fields = api.pictureActions[action];
    if (fields) return change(parameters, fields);
    throw new Refusal("InvalidAction", "The action does not exist.");
  }

  /** Changes one picture and answers with it. */
  function change(parameters: Parameters, fields: Fields): Record<string, unknown> {
    const refusal = refusals.submit.next();
    if (refusal) throw refusal;
    checkParameters(parameters, fields);
    checkSlots();
    const edit = editOf(parameters);
    edits.push(edit);
    checkMask(edit);
    return { ResultImage: gallery.add(64, 64) };
  }

  function checkSlots(): void {
    const running = [...jobs.values()].filter((job) => stateOf(job) < DONE).length;
    if (!isOccupied && running < concurrency) return;
    throw new Refusal("RequestLimitExceeded.JobNumExceed", "同时处理的任务数过多，请稍后重试。");
  }

  function submit(parameters: Parameters): Record<string, unknown> {
    const refusal = refusals.submit.next();
    if (refusal) throw refusal;
    checkParameters(parameters, api.fields);
    checkSlots();
    const edit = editOf(parameters);
    if (edit.images.length > 0) edits.push(edit);
    const id = `1259388371-${Math.floor(Date.now() / 1000)}-${crypto.randomUUID()}-0`;
    jobs.set(id, { parameters, start: performance.now(), failure: failures.shift() });
    return { JobId: id };
  }

  function query(parameters: Parameters): Record<string, unknown> {
    const refusal = refusals.query.next();
    if (refusal) throw refusal;
    checkParameters(parameters, { JobId: required(aText(200)) });
    const job = jobs.get(String(parameters.JobId));
    if (job === undefined) throw new Refusal("FailedOperation.JobNotExist", "任务不存在。");
    const state = stateOf(job);
    if (state < DONE) return unfinished(state);
    if (job.failure) return failed(job.failure);
    job.result ??= resultOf(job.parameters);
    return { ...unfinished(DONE), ...job.result };
  }

  function stateOf({ start }: Job): number {
    if (isHeld) return DRAWING;
    const elapsed = performance.now() - start;
    if (elapsed >= drawingTime) return DONE;
    return elapsed < drawingTime / 3 ? WAITING : DRAWING;
  }

  function resultOf({ Prompt, Resolution, Num, Revise }: Parameters): Record<string, unknown> {
    const [width = 1024, height = 1024] = String(Resolution ?? "1024:1024").split(":").map(Number);
    const urls = Array.from({ length: Number(Num ?? 1) }, () => gallery.add(width, height));
    const prompt = Revise === 0 ? String(Prompt) : `${Prompt}，画面精致`;
    return {
      ResultImage: urls,
      ResultDetails: urls.map(() => "Success"),
      RevisedPrompt: urls.map(() => prompt),
    };
  }

  return Promise.resolve({
    url: server.url,
    environment: {
      HUNYUAN_BACKEND: backend,
      HUNYUAN_ENDPOINT: server.url,
      TENCENT_SECRET_ID: keys.id,
      TENCENT_SECRET_KEY: keys.secret,
      ...(keys.token === undefined ? {} : { TENCENT_SESSION_TOKEN: keys.token }),
    },
    secrets: [keys.id, keys.secret, ...(keys.token === undefined ? [] : [keys.token])],
    requests,
    edits,
    downloads: gallery.downloads,
    pictures: gallery.pictures,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    refuse(code, { message = "请求被拒绝。", action, times = Infinity } = {}) {
      const refusal = new Refusal(code, message);
      if (action !== "query") refusals.submit.set(refusal, times);
      if (action !== "submit") refusals.query.set(refusal, times);
    },
    failNextJob: (code, message) => void failures.push(new Refusal(code, message)),
    occupy: () => void (isOccupied = true),
    release: () => void (isOccupied = false),
    hold: () => void (isHeld = true),
    finish: () => void (isHeld = false),
    expire: gallery.expire,
    forget: () => jobs.clear(),
    losePicture: (number) => void gallery.lost.add(number),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
      gallery.close();
    },
  });
}

interface Keys {
  readonly id: string;
  readonly secret: string;
  readonly token: string | undefined;
}

interface Job {
  readonly parameters: Parameters;
  readonly start: number;
  readonly failure: Refusal | undefined;
  result?: Record<string, unknown>;
}

const WAITING = 1;
const DRAWING = 2;
const FAILED = 4;
const DONE = 5;

function answer(response: Record<string, unknown>): Response {
  return Response.json({ Response: { ...response, RequestId: crypto.randomUUID() } });
}

function unfinished(state: number): Record<string, unknown> {
  return {
    JobStatusCode: String(state),
    JobStatusMsg: { [WAITING]: "等待中", [DRAWING]: "运行中", [FAILED]: "处理失败" }[state] ??
      "处理完成",
    JobErrorCode: "",
    JobErrorMsg: "",
    ResultImage: [],
    ResultDetails: [],
    RevisedPrompt: [],
  };
}

function failed({ code, message }: Refusal): Record<string, unknown> {
  return { ...unfinished(FAILED), JobErrorCode: code, JobErrorMsg: message };
}

/** @throws {Refusal} unless the request is signed with these keys, now, for this service and host. */
function checkSignature({ method, path, headers, body }: SeenRequest, service: string, keys: Keys) {
  if (method !== "POST" || path !== "/") throw new Refusal("InvalidRequest", "POST / is wanted.");
  if (headers["content-type"] !== "application/json") {
    throw new Refusal("InvalidRequest", "The Content-Type must be application/json.");
  }
  const given = headers.authorization?.match(AUTHORIZATION)?.groups;
  if (given === undefined) throw new Refusal("AuthFailure", "The Authorization header is invalid.");
  const timestamp = Number(headers["x-tc-timestamp"]);
  if (!(Math.abs(timestamp - Date.now() / 1000) <= 300)) {
    throw new Refusal("AuthFailure.SignatureExpire", "The signature has expired.");
  }
  if (given.id !== keys.id) {
    throw new Refusal("AuthFailure.SecretIdNotFound", "The SecretId is not found.");
  }
  if (headers["x-tc-token"] !== keys.token) {
    throw new Refusal("AuthFailure.TokenFailure", "The token is invalid.");
  }
  const names = (given.names ?? "").split(";");
  const hashed = [
    "POST",
    "/",
    "",
    names.map((name) => `${name}:${headers[name]?.trim().toLowerCase()}\n`).join(""),
    given.names,
    sha256(body),
  ].join("\n");
  const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
  const scope = `${date}/${service}/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(hashed)}`;
  const signingKey = [date, service, "tc3_request"].reduce<string | Uint8Array>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    `TC3${keys.secret}`,
  );
  const signature = createHmac("sha256", signingKey).update(text).digest("hex");
  const coversHost = names.includes("content-type") && names.includes("host");
  if (!coversHost || given.scope !== scope || given.signature !== signature) throw WRONG_SIGNATURE;
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<scope>[^,]+), SignedHeaders=(?<names>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;

function parametersOf({ json }: SeenRequest): Parameters {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Refusal("InvalidParameter", "The body is not a JSON object.");
  }
  return { ...json };
}

/** What the gateway says in each fault; the careless ones show what they were sent. */
function faultOf(fault: Fault, { headers }: SeenRequest): Refusal {
  switch (fault) {
    case "refused by moderation":
      return new Refusal(
        "OperationDenied.TextIllegalDetected",
        "文本包含违法违规信息，审核不通过。",
      );
    case "no quota":
      return new Refusal("ResourceUnavailable.InArrears", "账号已欠费。");
    case "rate limited":
      return new Refusal("RequestLimitExceeded", "请求的次数超过了频率限制。");
    case "retired model":
      return new Refusal("ActionOffline", "接口已下线。");
    case "server error":
      return new Refusal("InternalError", `内部错误 ${JSON.stringify(headers)}`);
    default:
      return WRONG_SIGNATURE;
  }
}

const WRONG_SIGNATURE = new Refusal(
  "AuthFailure.SignatureFailure",
  "The provided credentials could not be validated. Please check your signature is correct.",
);
