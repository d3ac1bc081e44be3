/** Tencent Cloud's API 3.0: signed POSTs of JSON, and business errors inside an HTTP 200. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { quote } from "../bounds.ts";
import {
  createVendorClient,
  type VendorAnswer,
  type VendorClient,
  type VendorRequest,
} from "../http.ts";
import { pictureBody } from "../picture_body.ts";
import { retryAfterSeconds } from "../retries.ts";
import type { ProviderDependencies } from "../provider.ts";
import { tc3Headers, type Tc3Keys } from "../tc3.ts";
import type { JobActions } from "./actions.ts";
import { refusedRequest } from "./errors.ts";
import { pacedFetch } from "./pace.ts";

export interface CloudAccount {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: Tc3Keys;
}

export interface CloudCall {
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly repeat: VendorRequest["repeat"];
  /** Reads a failure out of a good answer, such as a job that failed. */
  readonly failure?: (response: CloudResponse) => ImageError | undefined;
}

export interface CloudApi {
  /**
   * The "Response" of one action. A full house (`isFull`) is such an answer, not an error.
   * @throws {ImageError}
   */
  call(call: CloudCall): Promise<CloudResponse>;
  readonly download: VendorClient["download"];
}

/** Whether Tencent did nothing because the account's other jobs take all its slots. */
export function isFull(response: CloudResponse): boolean {
  return response.Error?.Code === "RequestLimitExceeded.JobNumExceed";
}

export function createCloudApi(
  { service, version }: Pick<JobActions, "service" | "version">,
  { endpoint, region, keys }: CloudAccount,
  outside: ProviderDependencies,
): CloudApi {
  const client = createVendorClient({
    title: "Tencent Hunyuan",
    endpoint,
    secrets: [keys.secretId, keys.secretKey, keys.sessionToken ?? ""],
    fetch: pacedFetch(outside, REQUESTS_PER_SECOND),
    resolve: outside.resolve,
  });
  return {
    download: client.download,
    async call({ action, parameters, signal, repeat, failure }) {
      const written = pictureBody(parameters);
      // Signed as a whole, so that it is made before it is sent.
      const body = typeof written === "string" ? written : await written.bytes();
      const timestamp = Math.floor(outside.now() / 1000);
      const answer = await client.send({
        url: `${endpoint}/`,
        headers: await tc3Headers(
          { endpoint, service, action, version, region, body, keys, timestamp },
        ),
        body,
        signal,
        repeat,
        failure: (answer) => failureOf(answer) ?? failure?.(responseOf(answer)),
      });
      return responseOf(answer);
    },
  };
}

function responseOf(answer: VendorAnswer): CloudResponse {
  return envelope.parse(answer.json).Response;
}

function failureOf(answer: VendorAnswer): ImageError | undefined {
  const parsed = envelope.safeParse(answer.json);
  if (!parsed.success) return notTheApi(answer);
  const { Error: error, RequestId: requestId } = parsed.data.Response;
  if (error === undefined || isFull(parsed.data.Response)) return undefined;
  return refusedRequest({ code: error.Code, message: error.Message, requestId });
}

/** Something between here and the API answered instead of it. */
function notTheApi({ status, headers, text }: VendorAnswer): ImageError {
  const details = {
    provider: "hunyuan",
    http_status: status,
    retry_after_seconds: retryAfterSeconds(headers),
  };
  if (status === 429) {
    return new ImageError("rate_limited", "Tencent Hunyuan asks for slower requests", details);
  }
  if (status === 503) {
    return new ImageError("provider_busy", "Tencent Hunyuan is overloaded; try again", details);
  }
  return new ImageError(
    "provider_error",
    `Tencent Hunyuan answered HTTP ${status} without the JSON of its API: ${quote(text)}. ` +
      "Try again; if it stays, check HUNYUAN_ENDPOINT and any proxy on the way",
    { ...details, passing: status === 200 },
  );
}

/** Tencent's limit per action; kept for all of them together. */
const REQUESTS_PER_SECOND = 20;

const strings = z.union([z.string().transform((text) => [text]), z.array(z.string())]).catch([]);

const envelope = z.object({
  Response: z.object({
    RequestId: z.string().optional(),
    Error: z.object({ Code: z.string(), Message: z.string().catch("") }).optional(),
    JobId: z.string().optional(),
    JobStatusCode: z.union([z.string(), z.number().transform(String)]).optional(),
    JobStatusMsg: z.string().catch(""),
    JobErrorCode: z.string().catch(""),
    JobErrorMsg: z.string().catch(""),
    ResultImage: strings,
    ResultDetails: strings,
    RevisedPrompt: strings,
  }),
});

/** The fields of every action this project calls; each action fills its own. */
export type CloudResponse = z.infer<typeof envelope>["Response"];
