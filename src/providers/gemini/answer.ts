/** Gemini's answers: pictures, or an answer that is no error and holds none. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import type { PictureData } from "../picture_json.ts";
import { type Call, toldFailure, untoldFailure } from "./errors.ts";

export interface ReadAnswer {
  /** At least one where `failureOf` found nothing wrong. */
  readonly pictures: readonly PictureData[];
  readonly usage?: Readonly<Record<string, unknown>>;
  /** The model that drew, where the answer tells. */
  readonly modelVersion?: string;
}

/** Reads an answer that `failureOf` found nothing wrong with. */
export function readAnswer(json: unknown): ReadAnswer {
  const answer = ANSWER.parse(json);
  return {
    pictures: picturesOf(answer),
    usage: answer.usageMetadata,
    modelVersion: answer.modelVersion,
  };
}

/** The error in an answer, or undefined where it holds a picture. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const isGood = answer.status >= 200 && answer.status < 300;
  if (!isGood) return toldFailure(answer, call) ?? untoldFailure(answer);
  const parsed = ANSWER.safeParse(answer.json).data;
  if (parsed === undefined) return notGemini(answer);
  return picturesOf(parsed).length > 0 ? undefined : pictureless(parsed);
}

/** Parts marked as thoughts are drafts on the way, not what was asked for. */
function picturesOf({ candidates }: Answer): readonly PictureData[] {
  return candidates.flatMap(({ content }) => content?.parts ?? [])
    .filter(({ thought }) => !thought)
    .flatMap(({ inlineData }) => inlineData?.data ? [inlineData.data] : []);
}

function pictureless({ candidates, promptFeedback }: Answer): ImageError {
  const [candidate] = candidates;
  const reason = vendorWord(promptFeedback?.blockReason ?? candidate?.finishReason ?? "");
  const row = promptFeedback?.blockReason
    ? BLOCKED
    : ENDINGS.find(({ reasons }) => reasons.test(reason)) ?? WITHOUT_REASON;
  const told = promptFeedback?.blockReasonMessage ?? candidate?.finishMessage ??
    wordsOf(candidate);
  return new ImageError(
    row.code,
    `${row.happened}${reason && ` (${reason})`}${told ? `: ${quote(told)}` : ""}. ${row.advice}`,
    { provider: "gemini", reason, ...(row.stage ? { stage: row.stage } : {}) },
  );
}

function wordsOf(candidate: Answer["candidates"][number] | undefined): string {
  return (candidate?.content?.parts ?? []).slice(0, MOST_PARTS)
    .flatMap(({ text, thought }) => text && !thought ? [text] : []).join(" ");
}

function notGemini({ status, text }: VendorAnswer): ImageError {
  return new ImageError(
    "provider_error",
    `Gemini's answer is not one of its API: ${quote(text.slice(0, 120))}. ` +
      "Check that GEMINI_ENDPOINT is the address of the Gemini API or of a gateway to it",
    { provider: "gemini", http_status: status },
  );
}

/** An answer without a picture, by the vendor's reason. */
interface Ending {
  readonly reasons: RegExp;
  readonly code: ErrorCode;
  readonly happened: string;
  readonly advice: string;
  /** What moderation looked at. */
  readonly stage?: "input" | "output";
}

const BLOCKED: Ending = {
  reasons: /./,
  code: "content_refused",
  happened: "Gemini's safety check refused the prompt or a picture that came with it",
  advice: "Describe the picture in other words; the same ones will be refused again",
  stage: "input",
};

const WITHOUT_REASON: Ending = {
  reasons: /./,
  code: "missing_content",
  happened: "Gemini answered without a picture",
  advice: "Ask again, and say plainly that a picture is wanted and what it shows",
};

/** By `finishReason` (vendor's SDK 3.3.0 of 2026-11-12); the first match counts. */
const ENDINGS: readonly Ending[] = [
  {
    reasons: /RECITATION/,
    code: "content_refused",
    happened: "Gemini refused a picture that came too near to an existing work",
    advice: "Ask for something of your own, or describe it in other words",
    stage: "output",
  },
  {
    reasons: /SAFETY|PROHIBITED_CONTENT|BLOCKLIST|SPII/,
    code: "content_refused",
    happened: "Gemini's safety check refused the picture",
    advice: "Ask again, or describe the picture in other words",
    stage: "output",
  },
  {
    reasons: /^LANGUAGE$/,
    code: "invalid_parameters",
    happened: "Gemini does not read the language of the prompt",
    advice: "Write it in English or another large language",
  },
  {
    reasons: /^MAX_TOKENS$/,
    code: "missing_content",
    happened: "Gemini used up its tokens before it drew",
    advice: "Shorten the prompt, or pass fewer pictures",
  },
];

/** Parts of an answer that are read for words. */
const MOST_PARTS = 20;

const PART = z.object({
  text: z.string().optional().catch(undefined),
  thought: z.boolean().optional().catch(undefined),
  inlineData: z.object({ data: z.union([z.string(), z.instanceof(Uint8Array<ArrayBuffer>)]) })
    .optional().catch(undefined),
});

const ANSWER = z.object({
  candidates: z.array(z.object({
    content: z.object({ parts: z.array(PART).optional().catch(undefined) }).optional()
      .catch(undefined),
    finishReason: z.string().optional().catch(undefined),
    finishMessage: z.string().optional().catch(undefined),
  })).nullish().transform((candidates) => candidates ?? []),
  promptFeedback: z.object({
    blockReason: z.string().optional().catch(undefined),
    blockReasonMessage: z.string().optional().catch(undefined),
  }).optional().catch(undefined),
  usageMetadata: z.record(z.string(), z.unknown()).optional().catch(undefined),
  modelVersion: z.string().min(1).optional().catch(undefined),
});
type Answer = z.infer<typeof ANSWER>;
