/** Why a graph that had begun gave no picture, in our words. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import type { Ending } from "./api.ts";

/** The error of a run that failed or was stopped, or undefined where it came to its end. */
export function failedRun({ status }: Ending, model: string): ImageError | undefined {
  for (const [event, data] of status?.messages ?? []) {
    if (event === "execution_interrupted") return stopped(model);
    if (event === "execution_error") return failed(FAILURE.parse(data), model);
  }
  return status?.status_str === "error" ? failed(FAILURE.parse({}), model) : undefined;
}

function stopped(model: string): ImageError {
  return new ImageError(
    "generation_failed",
    "The request was stopped at ComfyUI, by its Stop button or another program. Ask again",
    { provider: "comfyui", model },
  );
}

function failed({ node_id, node_type, ...exception }: Failure, model: string): ImageError {
  const words = `${node_type}: ${exception.exception_type}: ${exception.exception_message}`;
  const { code, happened, advice } = REASONS.find(({ pattern }) => pattern.test(words)) ?? UNKNOWN;
  const said = quote(withoutFolders(exception.exception_message));
  return new ImageError(
    code,
    `${happened}, drawing with '${vendorWord(model)}', at its node ${vendorWord(node_type)} (${
      vendorWord(node_id)
    }): ${said}. ${advice}`,
    { provider: "comfyui", model, vendor_code: vendorWord(exception.exception_type) },
  );
}

/** Where things lie on ComfyUI's computer is nobody's concern. */
function withoutFolders(text: string): string {
  return text.slice(0, 10_000).replace(/(?:[a-z]:)?(?:[\\/][^\s\\/'"<>:|]+)+[\\/]/gi, "…/");
}

interface Reason {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly happened: string;
  readonly advice: string;
}

const UNKNOWN: Reason = {
  pattern: /./,
  code: "generation_failed",
  happened: "ComfyUI took the request and could not draw it: it failed",
  advice: "Its window tells more",
};

/** The first whose pattern fits counts. Nodes that call paid services bring those services' words. */
const REASONS: readonly Reason[] = [
  {
    pattern: /out ?of ?memory|not enough memory|alloc\w* failed/i,
    code: "generation_failed",
    happened: "ComfyUI ran out of memory",
    advice: "Ask for a smaller picture, take a smaller model, or start ComfyUI with --lowvram",
  },
  {
    pattern: /payment required|add credits|insufficient (credits|balance|quota)/i,
    code: "quota_exceeded",
    happened: "A paid service that ComfyUI asked has no balance left for this account",
    advice: "Add credits to the account that ComfyUI is signed in with",
  },
  {
    pattern: /unauthorized|please log ?in|api key/i,
    code: "authentication_failed",
    happened: "A paid service that ComfyUI asked does not know who asks",
    advice: "Set COMFYUI_ACCOUNT_KEY to a key of the Comfy account that pays for it",
  },
  {
    pattern: /moderat|safety (system|filter|check)|content polic|nsfw/i,
    code: "content_refused",
    happened: "The moderation of a service that ComfyUI asked refused the prompt or the picture",
    advice: "Describe it in other words; the same ones will be refused again",
  },
  {
    pattern: /valid clip|clip input is invalid|text encoder/i,
    code: "model_unavailable",
    happened: "ComfyUI found no text encoder in the file",
    advice: "Set COMFYUI_MODEL to a file that has one, or to a workflow that loads one beside it",
  },
  {
    pattern: /valid vae|vae is invalid/i,
    code: "model_unavailable",
    happened: "ComfyUI found no VAE in the file",
    advice: "Set COMFYUI_MODEL to a file that has one, or to a workflow that loads one beside it",
  },
  {
    pattern: /^\w*(Loader|LoaderSimple):/,
    code: "model_unavailable",
    happened: "ComfyUI could not load a file of weights",
    advice: "It is damaged or of a kind that this ComfyUI does not know: set COMFYUI_MODEL to " +
      "another, or get the file again",
  },
];

const text = z.string().catch("");

const FAILURE = z.object({
  node_id: z.union([z.string(), z.number().transform(String)]).catch("?"),
  node_type: z.string().catch("?"),
  exception_type: text,
  exception_message: text,
});

type Failure = z.infer<typeof FAILURE>;
