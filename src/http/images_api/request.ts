/** What a client of the image API sent, as arguments of this server. */

import { oneOf, shown, someOf } from "../../errors.ts";
import { isRecord, parsedJson } from "../../json.ts";
import { OPTIONS } from "../../mcp/declarations/tool_declaration.ts";
import type { RequestArguments } from "../../requests/parse.ts";
import { type KnownProviders, modelMeant, providerMeant } from "../../requests/provider_words.ts";
import type { NamedPictures, SentPicture } from "../../service/image_service.ts";
import type { SentFields } from "./body.ts";
import { ApiError } from "./errors.ts";

export interface ApiRequest {
  readonly args: RequestArguments;
  readonly pictures: NamedPictures;
  readonly form: "b64_json" | "url";
  readonly isStreamed: boolean;
  /** Unfinished pictures that are wanted, 0 to 3. */
  readonly partialImages: number;
  /** What was sent and does nothing here, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * `isOwnModel` tells whether `model` names one that the client has trained.
 * @throws {ApiError} that names the field and what it may be.
 */
export function readRequest(
  { values, files }: SentFields,
  isEdit: boolean,
  providers: KnownProviders,
  isOwnModel = false,
): ApiRequest {
  const text = (name: string) => textOf(values[name], name);
  const number = (name: string) => numberOf(values[name], name);
  const prompt = text("prompt");
  if (prompt === undefined) {
    throw new ApiError(400, "'prompt' is missing: say what to draw", "prompt");
  }
  const form = text("response_format") ?? "b64_json";
  if (form !== "b64_json" && form !== "url") throw illegal("response_format", form, FORMS);
  const isStreamed = flagOf(values.stream, "stream");
  if (isStreamed && form === "url") {
    throw new ApiError(400, "A stream carries pictures as b64_json only", "response_format");
  }
  const partialImages = number("partial_images") ?? 0;
  if (!PARTIAL_COUNTS.includes(partialImages)) {
    throw illegal("partial_images", String(partialImages), PARTIAL_COUNTS.map(String));
  }
  const style = text("style");
  const quality = text("quality");
  return {
    args: {
      prompt,
      ...isOwnModel ? { model: text("model") } : whoDraws(text("model"), providers),
      resolution: text("size"),
      n: number("n"),
      quality: quality !== undefined && QUALITIES.has(quality) ? QUALITIES.get(quality) : quality,
      style: style !== undefined && WORDS_OF_OLD.includes(style) ? undefined : style,
      background: unlessAuto(text("background")),
      output_format: text("output_format"),
      output_compression: text("output_format") === undefined
        ? undefined
        : number("output_compression"),
      moderation: unlessAuto(text("moderation")),
      seed: number("seed"),
      negative_prompt: text("negative_prompt"),
      options: optionsOf(values.options),
    },
    pictures: isEdit ? picturesOf({ values, files }) : { images: [] },
    form,
    isStreamed,
    partialImages,
    warnings: leftOut(values, isEdit),
  };
}

/** "provider/model", a provider, or a model that one of them has; nothing where all may draw. */
function whoDraws(
  word: string | undefined,
  providers: KnownProviders,
): Pick<RequestArguments, "provider" | "model"> {
  if (word === undefined || word.toLowerCase() === "auto") return {};
  const [, name, rest] = /^([^/]+)\/(.+)$/s.exec(word) ?? [];
  const prefix = name?.toLowerCase();
  if (prefix !== undefined && (providers.on.has(prefix) || providers.off.has(prefix))) {
    return { provider: prefix, model: rest };
  }
  const meant = providerMeant(word, providers);
  if (meant) return meant;
  if (modelMeant(word, providers).some(({ provider }) => providers.on.has(provider))) {
    return { model: word };
  }
  const known = [...providers.on].map(([name, { models }]) =>
    models[0] === undefined ? name : `${name}/${models[0]}`
  );
  const instead = known.length > 0 ? `such as ${someOf(known)}; GET /v1/models names all` : "";
  throw new ApiError(
    404,
    `There is no model ${shown(word)}: name one as provider/model, ${instead}`,
    "model",
    "model_not_found",
  );
}

/** The first picture is changed, the others are examples. */
function picturesOf({ values, files }: SentFields): NamedPictures {
  const sent = files.filter(({ name }) => name === "image");
  const [mask] = files.filter(({ name }) => name === "mask");
  const listed = Array.isArray(values.images) ? values.images : [];
  const addresses = listed.map((each) => addressOf(each, "images"));
  const images = [
    ...sent.map(({ picture }) => ({ image: picture })),
    ...addresses.map((image) => ({ image })),
  ];
  if (images.length === 0) {
    throw new ApiError(400, "'image' is missing: send the picture to change as a file", "image");
  }
  const maskAddress = values.mask === undefined || values.mask === null
    ? undefined
    : addressOf(values.mask, "mask");
  return {
    images,
    mask: mask?.picture ?? maskAddress,
  };
}

function addressOf(value: unknown, name: string): string | SentPicture {
  const address = isRecord(value) ? value.image_url : undefined;
  if (typeof address === "string") return address;
  if (typeof address === "function") return address as SentPicture; // no JSON has one
  throw new ApiError(
    400,
    `'${name}' takes {"image_url": "https://… or data:…"}; files have no ids here`,
    name,
  );
}

function leftOut(values: SentFields["values"], isEdit: boolean): readonly string[] {
  const known = isEdit ? [...FIELDS, "image", "images", "mask"] : FIELDS;
  const others = Object.keys(values).filter((name) => !known.includes(name));
  return others.length === 0 ? [] : [`Nothing here takes ${someOf(others)}, so that was left out`];
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new ApiError(400, `'${name}' must be a text`, name);
}

function numberOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw new ApiError(400, `'${name}' must be a whole number`, name);
}

function flagOf(value: unknown, name: string): boolean {
  const flag = FLAGS.get(value ?? false);
  if (flag !== undefined) return flag;
  throw new ApiError(400, `'${name}' must be true or false`, name);
}

/** The model's own fields: an object, or in a form the JSON text of one. */
function optionsOf(value: unknown): RequestArguments["options"] {
  if (value === undefined || value === null || value === "") return undefined;
  const options = typeof value === "string" ? parsedJson(value) : value;
  const { maxItems, maxLength } = OPTIONS;
  const isLegal = isRecord(options) && Object.keys(options).length <= maxItems &&
    JSON.stringify(options).length <= maxLength;
  if (isLegal) return options;
  throw new ApiError(
    400,
    `'options' must be an object of the model's own fields, at most ${maxItems} of them and ` +
      `${maxLength} characters as JSON`,
    "options",
  );
}

function unlessAuto(text: string | undefined): string | undefined {
  return text === "auto" ? undefined : text;
}

function illegal(name: string, value: string, legal: readonly string[]): ApiError {
  return new ApiError(
    400,
    `'${name}' must be ${oneOf(legal)}, current value is ${shown(value)}`,
    name,
  );
}

const FLAGS = new Map<unknown, boolean>([
  [true, true],
  ["true", true],
  [false, false],
  ["false", false],
  ["", false],
]);
const FORMS = ["b64_json", "url"];
const PARTIAL_COUNTS = [0, 1, 2, 3];
/** Words of older models for what they are called now. */
const QUALITIES = new Map([["hd", "high"], ["auto", undefined], ["standard", undefined]]);
const WORDS_OF_OLD = ["vivid", "natural"];
/** `user` is taken and means nothing: whose a picture is, the token tells. */
const FIELDS: readonly string[] = [
  "prompt",
  "model",
  "n",
  "size",
  "quality",
  "response_format",
  "output_format",
  "output_compression",
  "background",
  "moderation",
  "stream",
  "partial_images",
  "style",
  "seed",
  "negative_prompt",
  "options",
  "user",
];
