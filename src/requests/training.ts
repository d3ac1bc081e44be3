/** A model that a person wants trained, made legal for a trainer; and requests that name it then. */

import { ImageError, oneOf, SETTINGS_FILE, shown } from "../errors.ts";
import type { ImageProvider, InputImageInfo } from "../providers/provider.ts";
import type { Trainer, TrainingKind, TrainingRules } from "../providers/training.ts";
import { type KnownProviders, modelMeant, providerMeant } from "./provider_words.ts";
import type { ParsedRequest, Plan, PlannedInput } from "./request.ts";

export interface WantedTraining {
  readonly name: string;
  readonly triggerWord: string;
  readonly kind?: TrainingKind;
  readonly steps?: number;
  /** Absent: the first that trains. */
  readonly provider?: string;
  readonly pictures: readonly InputImageInfo[];
}

export interface ProviderThatTrains extends ImageProvider {
  readonly trainer: Trainer;
}

/** A model that was trained here, as far as a request needs it. */
export interface NamedModel {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly triggerWord: string;
}

/**
 * Who trains: the provider of that name, or the first that can.
 * @throws {ImageError} where it, or nobody, trains here.
 */
export function trainerNamed(name: string | undefined, known: KnownProviders): ProviderThatTrains {
  const training = [...known.on.values()].filter(trains);
  if (name === undefined) {
    const [first] = training;
    if (first) return first;
    throw new ImageError(
      "provider_unavailable",
      `No provider that trains models is configured: set the key of one in ${SETTINGS_FILE}, then ` +
        "call reload_config. The manual's topic 'providers' says who trains",
    );
  }
  const provider = known.on.get(providerMeant(name, known)?.provider ?? "");
  if (provider && trains(provider)) return provider;
  const names = training.map((each) => each.name);
  const legal = names.length > 0 ? `Those that train are ${oneOf(names)}` : "None that is on does";
  throw new ImageError(
    "provider_unavailable",
    `Provider ${shown(name)} trains no models here. ${legal}`,
    { provider: name.slice(0, 100), available_providers: names },
  );
}

/** Whether any of these providers trains models, and draws with them. */
export function isAnyTrainer(providers: Iterable<ImageProvider>): boolean {
  return [...providers].some(trains);
}

function trains(provider: ImageProvider): provider is ProviderThatTrains {
  return provider.trainer !== undefined;
}

/** @throws {ImageError} that says which of it the trainer does not take, and what it takes. */
export function planTraining(
  { name, triggerWord, kind = "subject", steps, pictures }: WantedTraining,
  { name: provider, trainer: { rules } }: ProviderThatTrains,
  known: KnownProviders,
): Plan {
  checkName(name, known);
  checkTriggerWord(triggerWord);
  checkNumber(pictures.length, rules);
  const given = checkedSteps(steps, rules, provider);
  const prompt = `${beginningOf(name)}${pictures.length} pictures`;
  const warnings = !rules.hasKinds && kind !== "subject"
    ? [`${provider} is not told whether it learns a subject or a style, so 'kind' was left out`]
    : [];
  const common = { operation: "generate", prompt, count: 1, options: {} } as const;
  return {
    request: {
      ...common,
      inputs: pictures,
      providerNames: [{ argument: "provider", name: provider }],
      model: name,
    },
    attempts: [{
      provider,
      request: {
        ...common,
        inputs: pictures.map((picture) => fitted(picture, rules, pictures.length)),
        model: rules.trainer,
      },
      warnings,
    }],
    training: { name, triggerWord, kind, ...given === undefined ? {} : { steps: given } },
  };
}

/** What lists call the training of a model of that name, up to the number of its pictures. */
export function beginningOf(name: string): string {
  return `Train the model '${name}' on `;
}

/**
 * The request as its provider knows the model that it names: the vendor's id, what was learned, and
 * the trigger word before the prompt where that lacks it.
 */
export function withTrainedModel(request: ParsedRequest, trained: NamedModel): ParsedRequest {
  const { provider, model, options, triggerWord } = trained;
  const { prompt, modelOptions = {}, providerNames } = request;
  const all = { ...options, ...modelOptions };
  return {
    ...request,
    prompt: prompt.includes(triggerWord) ? prompt : `${triggerWord}, ${prompt}`,
    providerNames: [...providerNames, { argument: "model", name: provider }],
    model,
    ...Object.keys(all).length > 0 ? { modelOptions: all } : {},
  };
}

/** Whether a text may be the name of a model that was trained here. */
export function isModelName(text: string): boolean {
  return NAME.test(text);
}

/** @throws {ImageError} where no model may be called that, or a provider or its model is. */
export function checkName(name: string, known: KnownProviders): void {
  if (!isModelName(name)) {
    throw refusal(
      `A model cannot be called ${
        shown(name)
      }: a name has 2 to 50 small letters, digits, - and _, ` +
        "and begins with a letter, such as 'my-dog'",
    );
  }
  const isTaken = providerMeant(name, known) ?? modelMeant(name, known)[0];
  if (isTaken) {
    throw refusal(`'${name}' means a model or provider already: choose another name for yours`);
  }
}

function checkTriggerWord(word: string): void {
  if (TRIGGER_WORD.test(word)) return;
  throw refusal(
    `${shown(word)} cannot stand for the model in prompts: a trigger word has 2 to 40 letters, ` +
      "digits, - and _ and is no usual word, such as 'ZXDOG'",
  );
}

/** @throws {ImageError} where these are too few pictures for a trainer, or too many. */
export function checkNumber(
  length: number,
  { pictures: { minimum, maximum }, trainer }: TrainingRules,
): void {
  if (length >= minimum && length <= maximum) return;
  throw new ImageError(
    "invalid_parameters",
    `'${trainer}' learns from ${minimum} to ${maximum} pictures, and there are ${length}: pass them ` +
      "in 'images' or a 'folder'",
    { images: length, min_images: minimum, max_images: maximum },
  );
}

function checkedSteps(
  steps: number | undefined,
  { steps: bounds, trainer }: TrainingRules,
  provider: string,
): number | undefined {
  if (!bounds) {
    if (steps === undefined) return undefined;
    throw refusal(`'${trainer}' of ${provider} takes no steps: leave 'steps' out`);
  }
  const { minimum, maximum, default: usual } = bounds;
  if (steps === undefined) return usual;
  if (steps >= minimum && steps <= maximum) return steps;
  throw refusal(`'steps' of '${trainer}' must be from ${minimum} to ${maximum}, not ${steps}`);
}

/** The picture as one of so many that are sent together. */
function fitted(
  picture: InputImageInfo,
  { mediaTypes }: TrainingRules,
  count: number,
): PlannedInput {
  const { mediaType, width, height, sizeBytes } = picture;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const maxBytes = Math.floor(MOST_BYTES / count);
  if (scale === 1 && mediaTypes.includes(mediaType) && sizeBytes <= maxBytes) return picture;
  return {
    ...picture,
    conversion: {
      mediaTypes,
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
      maxBytes,
    },
  };
}

function refusal(message: string): ImageError {
  return new ImageError("invalid_parameters", message);
}

const NAME = /^[a-z][a-z0-9_-]{1,49}$/;
const TRIGGER_WORD = /^[\p{L}\p{N}_-]{2,40}$/u;
/** Of all pictures of a training together, since they are in memory while they are sent. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Trainers look at 512 to 1024 pixels, so that more is only longer on its way. */
const LONGEST_SIDE = 2048;
