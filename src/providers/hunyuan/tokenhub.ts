/** TokenHub, Tencent's newer door to Hunyuan: a bearer key, and a picture in the same answer. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { firstOf, quote, vendorWord } from "../bounds.ts";
import { asExpired } from "../expired.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { thoseThatCame } from "../together.ts";
import { checkTotalBytes } from "../total_bytes.ts";
import { pacedFetch } from "./pace.ts";
import { promptInWords } from "./prompt.ts";
import { type Family, familyOf } from "./tokenhub_models.ts";

export interface TokenHubAccount {
  /** With or without the "/v1" that other clients want at its end. */
  readonly endpoint: string;
  readonly key: string;
  /** The model for requests that name none. */
  readonly configured: string;
}

export interface TokenHub {
  /** @throws {ImageError} */
  draw(request: ImageRequest, context: CallContext): Promise<ImageResult>;
}

export function openTokenHub(
  { endpoint, key, configured }: TokenHubAccount,
  outside: ProviderDependencies,
): TokenHub {
  const base = endpoint.replace(/\/v1$/, "");
  const client = createVendorClient({
    title: "Tencent Hunyuan",
    endpoint,
    secrets: [key],
    fetch: pacedFetch(outside, REQUESTS_PER_SECOND),
    resolve: outside.resolve,
  });

  async function fetchPicture(url: string, signal: AbortSignal) {
    try {
      return await client.download(url, signal);
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    async draw(request, { signal, onProgress }) {
      const model = request.model ?? configured;
      const family = familyOf(model);
      const prompt = promptInWords(request, family.capabilities);
      checkTotalBytes("Tencent Hunyuan", request.inputs, MAX_TOTAL_BYTES);
      onProgress({ message: "Tencent is drawing" });
      const answer = await client.send({
        url: `${base}${family.path}`,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
        json: { model, size: sizeOf(request, family), ...family.body(prompt, request) },
        signal,
        repeat: "if nothing happened",
        failure: (answer) => failureOf(answer, model),
      });
      const { pictures, usage } = readPictures(answer);
      const { items, warnings } = firstOf(request.count, pictures);
      onProgress({ message: "Tencent has drawn the picture, downloading it" });
      const { images, failures } = await thoseThatCame(
        items.map(async ({ url, revised_prompt }) => ({
          bytes: await fetchPicture(url, signal),
          revisedPrompt: revised_prompt,
        })),
      );
      const told = [...family.warnings(request), ...failures, ...warnings];
      return { images, warnings: told, model, usage };
    },
  };
}

/** Undefined lets a picture that comes in decide. */
function sizeOf({ size, inputs }: ImageRequest, { capabilities }: Family): string | undefined {
  if (size === undefined && inputs.length > 0) return undefined;
  return (size ?? capabilities.sizes.default).replace(":", "x");
}

function failureOf(answer: VendorAnswer, model: string): ImageError | undefined {
  const parsed = errorAnswer.safeParse(answer.json);
  const error = parsed.success ? parsed.data.error : undefined;
  if (error) return refusal(answer, error, model);
  if (answer.status !== 200) return refusal(answer, { message: answer.text }, model);
  if (readPictures(answer).pictures.length > 0) return undefined;
  return new ImageError(
    answer.json === undefined ? "provider_error" : "missing_content",
    `Tencent Hunyuan answered without a picture: ${quote(answer.text)}. Look in TokenHub's ` +
      "console whether it was drawn before asking again, and check HUNYUAN_TOKENHUB_ENDPOINT",
    { provider: "hunyuan", http_status: answer.status },
  );
}

function refusal(answer: VendorAnswer, error: TokenHubError, model: string): ImageError {
  const { status, headers } = answer;
  const refused = REFUSALS.find((row) =>
    row.statuses.includes(status) || row.codes?.test(`${error.code} ${error.type}`)
  );
  const { code, what, advice } = refused ?? UNKNOWN;
  const name = error.code === undefined ? `HTTP ${status}` : vendorWord(String(error.code));
  return new ImageError(
    code,
    `Tencent Hunyuan ${what.replace("{model}", model)}: ${name} ${quote(error.message)}. ${advice}`,
    {
      provider: "hunyuan",
      http_status: status,
      vendor_code: error.code,
      request_id: error.request_id,
      retry_after_seconds: retryAfterSeconds(headers),
    },
  );
}

function readPictures(answer: VendorAnswer): {
  readonly pictures: readonly z.infer<typeof picture>[];
  readonly usage?: Readonly<Record<string, unknown>>;
} {
  const parsed = pictureAnswer.safeParse(answer.json);
  if (!parsed.success) return { pictures: [] };
  const { data, choices, usage } = parsed.data;
  return { pictures: [...data, ...choices.map(({ delta }) => delta.image)], usage };
}

const REQUESTS_PER_SECOND = 20;

/** The vendor states no bound of all together; this one keeps memory bounded: 40 MB in base64. */
const MAX_TOTAL_BYTES = 30_000_000;

const EXPIRED = "Tencent drew the picture, and no longer keeps it: its links live 12 hours. Ask " +
  "for the picture again";

interface Refusal {
  readonly statuses: readonly number[];
  /** Codes and types that mean the same under any status. */
  readonly codes?: RegExp;
  readonly code: ErrorCode;
  /** Ends the sentence "Tencent Hunyuan …". */
  readonly what: string;
  readonly advice: string;
}

const UNKNOWN: Omit<Refusal, "statuses"> = {
  code: "provider_error",
  what: "answered with an error",
  advice: "Look in TokenHub's console whether the picture was drawn before asking again",
};

/** The first row that fits; a status may say less than the code beside it. */
const REFUSALS: readonly Refusal[] = [
  {
    statuses: [422, 451],
    codes: /content_filter|451001|IllegalDetected|ModerationFailed/,
    code: "content_refused",
    what: "refused the prompt or the picture in its moderation",
    advice: "Say it in other words",
  },
  {
    statuses: [404],
    codes: /400004|InterfaceNotExist|ActionOffline|model_not_found/,
    code: "model_unavailable",
    what: "does not offer the model '{model}' to this key",
    advice: "Enable it in TokenHub's console, or set HUNYUAN_MODEL to another one",
  },
  {
    statuses: [402],
    codes: /40100[78]|403004|InArrears|LowBalance/,
    code: "quota_exceeded",
    what: "wants payment first",
    advice: "Switch on paid use of the model or top up the account in TokenHub's console",
  },
  {
    statuses: [401],
    code: "authentication_failed",
    what: "does not accept the key",
    advice: "Check TENCENT_TOKENHUB_API_KEY, and that HUNYUAN_TOKENHUB_ENDPOINT is its site",
  },
  {
    statuses: [403],
    code: "authentication_failed",
    what: "does not let this key use the service",
    advice: "Check the rights and the allowed addresses of TENCENT_TOKENHUB_API_KEY in the console",
  },
  {
    statuses: [429],
    code: "rate_limited",
    what: "asks for slower requests",
    advice: "Wait a moment and try again",
  },
  {
    statuses: [503],
    code: "provider_busy",
    what: "is overloaded and did nothing",
    advice: "Try again in a minute",
  },
  {
    statuses: [400],
    code: "invalid_parameters",
    what: "does not accept a parameter",
    advice: "Change the parameter it names",
  },
];

const tokenHubError = z.object({
  code: z.union([z.string(), z.number()]).optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  message: z.string().catch("no message"),
  request_id: z.string().optional().catch(undefined),
});
type TokenHubError = z.infer<typeof tokenHubError>;

const errorAnswer = z.object({
  error: z.union([tokenHubError, z.string().transform((message) => ({ message }))]).nullish(),
});

const picture = z.object({
  url: z.string().min(1),
  revised_prompt: z.string().optional().catch(undefined),
});

/** The 3.0 models answer with `data`, the 3.5 ones with the last chunk of a chat. */
const pictureAnswer = z.object({
  data: z.array(picture).catch([]),
  choices: z.array(z.object({ delta: z.object({ image: picture }) })).catch([]),
  usage: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
