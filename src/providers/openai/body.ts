/** A request in the words of the images API. */

import type {
  ImageEditParamsNonStreaming,
  ImageGenerateParamsNonStreaming,
} from "../../dependencies/openai.ts";
import { ImageError } from "../../errors.ts";
import { asAlphaMask } from "../../images/mask.ts";
import type { ImageRequest, InputImage, Size } from "../provider.ts";
import { promptWithRoles } from "../style_words.ts";
import type { Server } from "./client.ts";
import { familyOf } from "./models.ts";
import { sizeLike } from "./size.ts";

/** What is sent where: `/images/generations` takes JSON, `/images/edits` a form with files. */
export type Body =
  | { readonly operation: "generate"; readonly fields: ImageGenerateParamsNonStreaming & Named }
  | { readonly operation: "edit"; readonly fields: ImageEditParamsNonStreaming & Named };

interface Named {
  readonly model: string;
}

/**
 * Exactly the fields that `model`'s family knows, and sentences about what was left out.
 * @throws {ImageError} where two options contradict, or a picture is more than the API takes.
 */
export async function bodyOf(
  request: ImageRequest,
  model: string,
  server: Server,
  signal: AbortSignal,
): Promise<{ readonly body: Body; readonly warnings: readonly string[] }> {
  const { isGptImage, capabilities, inputFidelity, needsMask } = familyOf(model);
  checkFormat(request.options);
  const inputs = baseFirst(request.inputs);
  const common = {
    // "" leaves it to a server that has one of its own.
    ...(model === "" ? {} as { model: string } : { model }),
    prompt: promptWithRoles({ ...request, inputs }, capabilities.styles),
    n: request.count,
    ...sizeField(request, model),
    ...(isGptImage ? {} : { response_format: "b64_json" as const }),
  };
  if (inputs.length === 0) {
    return {
      body: { operation: "generate", fields: { ...common, ...request.options } },
      warnings: [],
    };
  }
  if (needsMask && !request.mask) throw withoutMask(model);
  const { moderation, ...options } = request.options;
  const files = inputs.map(fileOf);
  const fields = {
    ...common,
    // One alone goes by the name that every compatible server reads.
    image: files.length === 1 ? files[0]! : files,
    ...(request.mask ? { mask: await maskOf(request.mask, server, signal) } : {}),
    ...(inputFidelity ? { input_fidelity: inputFidelity } : {}),
    ...options,
  };
  return { body: { operation: "edit", fields }, warnings: moderationWarnings(moderation, server) };
}

function moderationWarnings(moderation: string | number | undefined, { title }: Server) {
  if (moderation === undefined || moderation === "auto") return [];
  return [
    `${title} has no moderation setting for edits, so moderation '${moderation}' was left out`,
  ];
}

/** The picture that is changed comes first: the mask is for it. */
function baseFirst(inputs: readonly InputImage[]): readonly InputImage[] {
  const isBase = ({ role }: InputImage) => role === "base";
  return [...inputs.filter(isBase), ...inputs.filter((input) => !isBase(input))];
}

function fileOf({ bytes, mediaType }: InputImage, index: number): File {
  return new File([bytes], `image-${index + 1}.${mediaType.split("/")[1]}`, { type: mediaType });
}

/** Transparent where the picture may change. @throws {ImageError} where it is over the limit. */
async function maskOf(mask: InputImage, server: Server, signal: AbortSignal): Promise<File> {
  const bytes = await asAlphaMask(mask.bytes, { signal });
  if (bytes.length < MAX_MASK_BYTES) return new File([bytes], "mask.png", { type: "image/png" });
  throw new ImageError(
    "invalid_parameters",
    `${server.title} takes masks under ${
      MAX_MASK_BYTES / 1e6
    } MB, and as a PNG with transparency ` +
      `this one has ${bytes.length} bytes: use one with plain edges, or 'mask_region'`,
    { mask_bytes: bytes.length, max_bytes: MAX_MASK_BYTES },
  );
}

/** "less than 4MB" (openai 7.57.0 of 2026-11-13, `ImageEditParams.mask`). */
const MAX_MASK_BYTES = 4_000_000;

function withoutMask(model: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `'${model}' changes nothing but what a mask marks: pass 'mask' or 'mask_region', or name ` +
      "another model",
    { model },
  );
}

/** Left to the server where it is not asked for and no picture tells. */
function sizeField(
  { size, inputs }: ImageRequest,
  model: string,
): { size?: Size } {
  const { isGptImage, capabilities: { sizes } } = familyOf(model);
  const base = inputs.find(({ role }) => role === "base");
  // Said in any case, since the model may answer in another shape where it is left to it.
  const wanted = size ?? (base ? sizeLike(base, sizes) : sizes.default as Size);
  // Only GPT Image knows the word: elsewhere silence lets the server choose.
  return wanted === "auto" && !isGptImage ? {} : { size: wanted };
}

function checkFormat({ output_format, output_compression, background }: ImageRequest["options"]) {
  const format = output_format ?? "png";
  if (output_compression !== undefined && format !== "jpeg" && format !== "webp") {
    throw new ImageError(
      "invalid_parameters",
      "output_compression requires output_format to be 'jpeg' or 'webp', current value is " +
        `'${format}'`,
      { output_compression, output_format: format },
    );
  }
  if (background === "transparent" && format === "jpeg") {
    throw new ImageError(
      "invalid_parameters",
      "background 'transparent' requires output_format to be 'png' or 'webp', current value is " +
        "'jpeg'",
      { background, output_format: format },
    );
  }
}
