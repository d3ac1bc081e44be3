/** The request as the form that one of Stability's services wants. */

import { ImageError } from "../../errors.ts";
import type { ImageRequest, InputImage, InputRole } from "../provider.ts";
import { MAX_REQUEST_BYTES } from "./capabilities.ts";
import { marginsTo } from "./margins.ts";
import { checkedFields } from "./options.ts";
import {
  EDITING_MODEL,
  INPAINT,
  type Service,
  serviceOf,
  STYLE_GUIDE,
  STYLE_TRANSFER,
} from "./services.ts";
import { isPreset, wordsOf } from "./styles.ts";

export interface Submission {
  readonly form: FormData;
  /** What of the request the service cannot honour. */
  readonly warnings: readonly string[];
}

/** The service that a request names, or else the one that is there for what comes in with it. */
export function serviceFor(request: ImageRequest, usual: Service): Service {
  if (request.model !== undefined) return serviceOf(request.model);
  if (request.mask) return INPAINT;
  const has = (role: InputRole) => inputOf(request, role) !== undefined;
  if (has("style")) return has("base") ? STYLE_TRANSFER : STYLE_GUIDE;
  return has("base") && !usual.base ? serviceOf(EDITING_MODEL) : usual;
}

/** @throws {ImageError} where the service cannot do it. */
export function submissionOf(request: ImageRequest, service: Service): Submission {
  const form = new FormData();
  addPictures(form, request, service);
  for (const [name, value] of Object.entries(fieldsOf(request, service))) {
    if (value !== undefined) form.set(name, String(value));
  }
  return { form, warnings: warningsOf(request, service) };
}

function addPictures(form: FormData, request: ImageRequest, service: Service): void {
  const { mask } = request;
  const pictures = [
    [service.base, inputOf(request, "base")],
    [service.style, inputOf(request, "style")],
    [service.hasMask ? "mask" : undefined, mask],
  ] as const;
  let bytes = 0;
  let taken = 0;
  for (const [field, picture] of pictures) {
    if (field === undefined || picture === undefined) continue;
    if (picture !== mask) taken++;
    const { mediaType } = picture;
    form.set(
      field,
      new Blob([picture.bytes], { type: mediaType }),
      `${field}.${nameOf(mediaType)}`,
    );
    bytes += picture.bytes.length;
  }
  if (service.needsInput && bytes === 0) throw withoutPicture(service);
  if (taken < request.inputs.length) throw tooMany(service);
  if (bytes > MAX_REQUEST_BYTES) throw tooLarge(bytes);
}

type Fields = Readonly<Record<string, string | number | undefined>>;

function fieldsOf(request: ImageRequest, service: Service): Fields {
  const { negativePrompt, seed, style, options, modelOptions = {} } = request;
  const isFromBase = inputOf(request, "base") !== undefined;
  const { path, model, hasNegativePrompt, hasPresets, hasSeed, strength } = service;
  return {
    prompt: service.hasPrompt ? promptOf(request, service) : undefined,
    model,
    // Stable Diffusion wants to be told, and then takes no shape.
    mode: path === "generate/sd3" ? isFromBase ? "image-to-image" : "text-to-image" : undefined,
    negative_prompt: hasNegativePrompt ? negativePrompt : undefined,
    seed: hasSeed ? seed : undefined,
    style_preset: hasPresets && style && isPreset(style) ? style : undefined,
    aspect_ratio: service.widens ? undefined : shapeOf(request, service),
    ...checkedFields(modelOptions, service.fields ?? {}, service.id),
    ...marginsOf(request, service),
    output_format: options.output_format ?? "png",
    ...strength && isFromBase
      ? { [strength.field]: Math.max(request.strength ?? DEFAULT_STRENGTH, strength.minimum) }
      : {},
  };
}

/** The prompt, and in words what the service has no field for. */
function promptOf(
  { prompt, style, negativePrompt }: ImageRequest,
  { hasPresets, hasNegativePrompt }: Service,
): string {
  const isField = style === undefined || (hasPresets && isPreset(style));
  const styleWords = isField ? "" : wordsOf(style);
  return [
    prompt,
    styleWords && `Style: ${styleWords}.`,
    !hasNegativePrompt && negativePrompt && `Leave out of the picture: ${negativePrompt}`,
  ].filter(Boolean).join("\n\n");
}

function shapeOf(request: ImageRequest, service: Service): string | undefined {
  if (request.size === undefined || isShapeLost(request, service)) return undefined;
  return service.shapes?.choiceOf(request.size)?.shape;
}

/** Around the base picture, as its options say or else the size; a side that is left out gets none. */
function marginsOf(request: ImageRequest, { widens, shapes }: Service): Fields {
  const isTold = SIDES.some((side) => Object.hasOwn(request.modelOptions ?? {}, side));
  const base = inputOf(request, "base");
  if (!widens || !shapes || isTold || !base) return {};
  const { listed, default: usual } = shapes.rules;
  const shape = listed[request.size ?? usual] ?? listed[usual]!;
  const margins = marginsTo(shape, base, Object.values(listed));
  return { ...margins };
}

function isShapeLost(request: ImageRequest, { shapes, shapesBase }: Service): boolean {
  return !shapes || (inputOf(request, "base") !== undefined && !shapesBase);
}

function warningsOf(request: ImageRequest, service: Service): readonly string[] {
  const { id, strength, hasPrompt } = service;
  const { size } = request;
  const isSizeLost = size !== undefined && size !== "auto" && isShapeLost(request, service);
  return [
    ...hasPrompt ? [] : [`'${id}' takes no prompt, so it was left out`],
    ...isSizeLost
      ? [`'${id}' keeps the shape of the picture it changes, so size ${size} was left out`]
      : [],
    ...request.strength === undefined || strength
      ? []
      : [`'${id}' takes no strength, so strength ${request.strength} was left out`],
  ];
}

function inputOf({ inputs }: ImageRequest, wanted: InputRole): InputImage | undefined {
  return inputs.find(({ role }) => role === wanted);
}

function withoutPicture({ id }: Service): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Stability's '${id}' changes a picture or takes its style, and draws no others. Pass one, or ` +
      "leave 'model' out",
    { model: id },
  );
}

function tooMany({ id }: Service): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Stability's '${id}' takes one picture of each role. Leave the others out`,
    { model: id },
  );
}

function tooLarge(bytes: number): ImageError {
  return new ImageError(
    "invalid_parameters",
    `The pictures of this request have ${bytes} bytes together, and Stability takes requests of at ` +
      `most ${MAX_REQUEST_BYTES}. Make them smaller`,
    { size_bytes: bytes, max_bytes: MAX_REQUEST_BYTES },
  );
}

const SIDES = ["left", "right", "up", "down"];

/** "image/png" → "png". */
function nameOf(mediaType: string): string {
  return mediaType.slice(mediaType.indexOf("/") + 1);
}

/** Enough for the words to show, and for the picture to be known again; the vendor has no default. */
const DEFAULT_STRENGTH = 0.7;
