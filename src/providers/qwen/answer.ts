/** Model Studio's answers: pictures, a task, or how far a task is. */

import * as z from "../../dependencies/zod.ts";
import { vendorWord } from "../bounds.ts";

export interface AnsweredPicture {
  readonly url: string;
  /** The prompt that was drawn, where the vendor rewrote it and tells. */
  readonly revisedPrompt?: string;
}

export interface ReadAnswer {
  readonly pictures: readonly AnsweredPicture[];
  /** The vendor's codes for pictures that failed beside others that came. */
  readonly failures: readonly string[];
  readonly usage?: Readonly<Record<string, unknown>>;
}

/** What the vendor tells of a mistake. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

/** The vendor's words for how far a task is; others are taken for "still at work". */
export const TASK_STATUS = {
  pending: "PENDING",
  succeeded: "SUCCEEDED",
  failed: "FAILED",
  canceled: "CANCELED",
  unknown: "UNKNOWN",
} as const;

export interface Task {
  readonly id: string;
  readonly status: string;
}

/** The pictures in an answer, in either of its shapes. */
export function readPictures(json: unknown): ReadAnswer {
  const { output, usage } = ANSWER.safeParse(json).data ?? {};
  const contents = (output?.choices ?? []).flatMap(({ message }) => message?.content ?? []);
  const results = output?.results ?? [];
  return {
    pictures: [
      ...contents.flatMap(({ image }) => image ? [{ url: withTls(image) }] : []),
      ...results.flatMap(({ url, actual_prompt }) =>
        url
          ? [{ url: withTls(url), ...(actual_prompt ? { revisedPrompt: actual_prompt } : {}) }]
          : []
      ),
    ],
    failures: results.filter(({ url }) => !url).slice(0, MOST_FAILURES)
      .map(({ code, message }) => vendorWord(code || message || "no reason given")),
    usage,
  };
}

/** The words that stand where a picture should, if any do. */
export function readWords(json: unknown): string {
  const choices = ANSWER.safeParse(json).data?.output?.choices ?? [];
  return choices.flatMap(({ message }) => message?.content ?? []).slice(0, MOST_PARTS)
    .flatMap(({ text }) => text ?? []).join(" ");
}

export function readTask(json: unknown): Task | undefined {
  const { task_id: id, task_status: status } = ANSWER.safeParse(json).data?.output ?? {};
  return id && status ? { id, status } : undefined;
}

/** The error that an answer tells, at its root or, of a task, within; it may come with HTTP 200. */
export function readError(json: unknown): ToldError | undefined {
  const answer = ANSWER.safeParse(json).data;
  if (!answer) return undefined;
  const { code, message, request_id: requestId, output } = answer;
  const failed = output?.results?.find(({ url }) => !url);
  const told = [{ code, message }, { code: output?.code, message: output?.message }, failed ?? {}]
    .find(({ code, message }) => code || message);
  return told && {
    code: vendorWord(told.code ?? ""),
    message: told.message ?? "",
    requestId: vendorWord(requestId),
  };
}

/** Model Studio's store hands out plain addresses at times, and answers with TLS at the same ones. */
function withTls(address: string): string {
  return address.replace(/^http:(?=\/\/[\w.-]+\.aliyuncs\.com\/)/, "https:");
}

/** Failed pictures of one answer that are worth a sentence. */
const MOST_FAILURES = 10;
/** Parts of an answer that are read for words. */
const MOST_PARTS = 20;
/** Characters of a text that are read. */
const LONGEST_READ = 10_000;

const text = z.string().nullish().catch(undefined)
  .transform((value) => value?.slice(0, LONGEST_READ));

const CONTENT = z.object({ image: text, text });

const OUTPUT = z.object({
  task_id: text,
  task_status: text,
  code: text,
  message: text,
  choices: z.array(z.object({
    message: z.object({ content: z.array(CONTENT).catch([]) }).optional().catch(undefined),
  })).optional().catch(undefined),
  results: z.array(z.object({ url: text, actual_prompt: text, code: text, message: text }))
    .optional().catch(undefined),
});

const ANSWER = z.object({
  code: text,
  message: text,
  request_id: text,
  output: OUTPUT.nullish().catch(undefined),
  usage: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
