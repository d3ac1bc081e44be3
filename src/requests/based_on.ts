/** A picture made again with some things different: what is not given anew is as it was. */

import { ImageError } from "../errors.ts";
import { isRecord } from "../json.ts";
import type { RequestArguments } from "./parse.ts";

/** A picture and how it was asked for, as its record has it. */
export interface MadePicture {
  readonly id: string;
  readonly provider: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly operation: string;
  readonly prompt: string;
  /** Whether what its provider called things means nothing here. */
  readonly isForeign?: boolean;
  /** In the provider's terms; older records may have fewer. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The arguments with those of the picture where none is given. At another provider its own words
 * for style, size, model and options mean nothing, so that only prompt, seed and shape are taken.
 * A resolution or an aspect ratio that is given replaces both. Several are to differ, so that the
 * picture's seed is not theirs.
 * @throws {ImageError} for a picture that was made of others.
 */
export function basedOn(picture: MadePicture, args: RequestArguments): RequestArguments {
  if (picture.operation !== "generate") throw madeOfOthers(picture);
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => isGiven(value)));
  const isElsewhere = picture.isForeign || given.provider !== undefined &&
      String(given.provider).toLowerCase() !== picture.provider;
  const taken = isElsewhere ? everywhere(picture) : everything(picture);
  const hasShape = given.resolution !== undefined || given.aspect_ratio !== undefined;
  const { resolution, aspect_ratio, options, seed, ...others } = taken;
  const isSameModel = given.model === undefined || given.model === taken.model;
  return {
    ...others,
    ...seed === undefined || Number(given.n) > 1 ? {} : { seed },
    ...options && isSameModel ? { options } : {},
    ...hasShape ? {} : { resolution, aspect_ratio },
    ...given,
  } as RequestArguments;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(typeof value === "string" && value.trim() === "");
}

function everything({ provider, parameters, ...picture }: MadePicture): RequestArguments {
  const { style, size, model, options, modelOptions, conversion } = parameters;
  return {
    ...everywhere({ ...picture, provider, parameters }),
    ...textsOf({ provider, style, model }),
    aspect_ratio: undefined,
    ...textsOf({ resolution: size }),
    ...outputOf(conversion),
    ...isRecord(options) ? options : {},
    ...isRecord(modelOptions) ? { options: modelOptions } : {},
  };
}

function everywhere({ prompt, parameters, width, height }: MadePicture): RequestArguments {
  const { negativePrompt, seed } = parameters;
  return {
    prompt,
    ...textsOf({ negative_prompt: negativePrompt }),
    ...typeof seed === "number" ? { seed } : {},
    ...width && height ? { aspect_ratio: `${width}:${height}` } : {},
  };
}

/** What the server had to do with the vendor's picture was asked for, too. */
function outputOf(conversion: unknown): Partial<RequestArguments> {
  if (!isRecord(conversion)) return {};
  const { format, quality, background } = conversion;
  return {
    ...textsOf({ output_format: format, background }),
    ...typeof quality === "number" ? { output_compression: quality } : {},
  };
}

function textsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] =>
      typeof entry[1] === "string"
    ),
  );
}

function madeOfOthers({ id }: MadePicture): ImageError {
  return new ImageError(
    "invalid_parameters",
    `Picture '${id}' was made of another one: call edit_image with it, and say what to change, such ` +
      "as 'make a variation'",
    { image_id: id },
  );
}
