/** The contract between this server and every vendor of pictures. */

import type { SourceType } from "../images/provenance/provenance.ts";
import type { Env, Problem, Values, Variables } from "../config/variables.ts";
import { readVariables } from "../config/variables.ts";
import type { CallContext, Cost } from "./call_context.ts";
import type { ImageRequest, InputRole } from "./image_request.ts";
import type { LocalEngine } from "./local_engine.ts";
import type { Trainer } from "./training.ts";

export type * from "./call_context.ts";
export type * from "./image_request.ts";

export type { LocalEngine, Look, LookAnswer, RecognisedEngine } from "./local_engine.ts";

export interface GeneratedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The prompt the vendor really drew, where it tells. */
  readonly revisedPrompt?: string;
  readonly seed?: number;
  /** The kind of media in the IPTC's words, where no trained model made it. */
  readonly sourceType?: SourceType;
}

export interface ImageResult {
  /** At least one. */
  readonly images: readonly GeneratedImage[];
  /** What was asked for and could not be honoured, as sentences. */
  readonly warnings: readonly string[];
  /** The model that really made them. */
  readonly model: string;
  /** What the vendor says it used (tokens, …), kept in the record as it is. */
  readonly usage?: Readonly<Record<string, unknown>>;
  /** What all the pictures together cost, where the vendor tells or its prices are known. */
  readonly cost?: Cost;
}

export interface Style {
  /** The name people see, in the vendor's language and English. */
  readonly label: string;
  /** The words added to the prompt; "" where the vendor knows the style itself or none are needed. */
  readonly prompt: string;
}

export interface SizeRules {
  /** The sizes offered by name, in the vendor's notation ("1024:768", "1024x768", "2K", "auto") → a note. */
  readonly listed: Readonly<Record<string, string>>;
  /** A key of `listed`. */
  readonly default: string;
  /** Bounds of any other width and height, in pixels; absent where only the listed sizes are legal. */
  readonly range?: SizeRange;
}

export interface SizeRange {
  readonly minSide: number;
  readonly maxSide: number;
  readonly minPixels?: number;
  readonly maxPixels?: number;
  /** Both sides must be multiples of this; default 1. */
  readonly multipleOf?: number;
  /** The longer side over the shorter one; default no bound. */
  readonly maxRatio?: number;
}

/** What an option of one vendor may hold. */
export type OptionRule =
  | { readonly values: readonly string[] }
  | { readonly minimum: number; readonly maximum: number };

/** The pictures that a model takes, as bounds of each of them. */
export interface InputRules {
  /** Pictures in one request, masks not counted. */
  readonly maxImages: number;
  /** Pictures beside a mask, where they are fewer. */
  readonly maxImagesWithMask?: number;
  /**
   * Where pictures come in, one call gives more than `maxCount`: as many as make this number
   * together with those that came.
   */
  readonly maxTogether?: number;
  readonly roles: readonly InputRole[];
  readonly mediaTypes: readonly string[];
  readonly maxBytes: number;
  readonly minSide?: number;
  readonly maxSide?: number;
  readonly maxPixels?: number;
  /** The longer side over the shorter one. */
  readonly maxRatio?: number;
}

/**
 * How a vendor wants a mask: a PNG that is transparent where the picture may change, or one that
 * is white there. It gets the grey one and makes its own of it.
 */
export type MaskKind = "alpha" | "white";

/** What a provider can do with one model, as data: checking, resources, docs and tests read the same. */
export interface Capabilities {
  readonly styles: Readonly<Record<string, Style>>;
  readonly sizes: SizeRules;
  /** Pictures one call to the vendor can give; more are several calls. */
  readonly maxCount: number;
  /** In characters. */
  readonly maxPromptLength: number;
  /** Bounds of a seed; absent where the vendor takes none. */
  readonly seed?: { readonly minimum: number; readonly maximum: number };
  /** Absent where it takes no pictures. */
  readonly inputs?: InputRules;
  /** Absent where it takes no mask. */
  readonly mask?: MaskKind;
  /** Bounds of `strength`; absent where the vendor takes none. */
  readonly strength?: { readonly minimum: number; readonly maximum: number };
  /** Whether unfinished pictures come while it draws. */
  readonly partialImages?: boolean;
  /** Whether an accepted job can be fetched again by its ticket: `resume` is there. */
  readonly resume?: boolean;
  /** Whether an accepted job can be cancelled by its ticket: `cancel` is there. */
  readonly cancel?: boolean;
  /** "native": a field of the vendor's; "words": appended to the prompt; "none": left out. */
  readonly negativePrompt: "native" | "words" | "none";
  /** Names among generate_image's quality, background, output_format, output_compression, moderation. */
  readonly options: Readonly<Record<string, OptionRule>>;
  /** What further fields of the model take, in words; empty until they are known, or absent. */
  readonly modelOptions?: Readonly<Record<string, string>>;
}

export interface ImageProvider {
  readonly name: string;
  /** The address it calls, for checks of the network; absent where it calls none. */
  readonly endpoint?: string;
  /** Other addresses without which it cannot draw. */
  readonly furtherEndpoints?: readonly string[];
  /** Ids worth naming; never a closed list. The first is the configured default. */
  readonly models: readonly string[];
  /** How many calls may run at once at this vendor; absent means no bound of its own. */
  readonly concurrency?: number;
  /** For `model`, or for the configured default; unknown models get permissive rules. */
  capabilities(model?: string): Capabilities;
  /**
   * Draws `request.count` pictures.
   * @throws {ImageError} whose message a person can act on.
   */
  generate(request: ImageRequest, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted job made, after a restart. */
  resume?(ticket: string, context: CallContext): Promise<ImageResult>;
  /** Asks the vendor to stop an accepted job, which nobody wants any more. */
  cancel?(ticket: string, signal: AbortSignal): Promise<void>;
  /** Trains models on pictures of a person's; absent where it cannot. */
  readonly trainer?: Trainer;
}

/** What a provider may use of the outside world. */
export interface ProviderDependencies {
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Every address of a host name; absent where nobody looks. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

export interface ProviderDefinition {
  readonly name: string;
  /** The vendor's name for people. */
  readonly title: string;
  /** What else people call it, in lower case and without spaces or punctuation: "dalle", "豆包". */
  readonly aliases?: readonly string[];
  /** What the vendor's ids of models look like in lower case, for those that are not listed. */
  readonly modelIds?: RegExp;
  readonly variables: Variables;
  /** Engines on this machine that it draws with where nothing at all is configured. */
  readonly localEngines: readonly LocalEngine[];
  /** Whether somebody charges for its pictures. */
  readonly charges: boolean;
  /** More providers of this kind, where a variable names them. */
  readonly further?: FurtherProviders;
  /** Reads this provider's variables: on with a provider, or off with the sentences that say what is missing. */
  open(env: Env, outside: ProviderDependencies, problems: Problem[]): OpenedProvider;
}

/** Providers that a person names, each with variables of its own. */
export interface FurtherProviders {
  /** The variable, among those of its definition, that holds their names. */
  readonly variable: string;
  /** Those that `env` names; none where the variable is unset or not legal. */
  definitions(env: Env): readonly ProviderDefinition[];
}

export type OpenedProvider =
  | { readonly on: true; readonly provider: ImageProvider; readonly warnings: readonly string[] }
  | { readonly on: false; readonly missing: readonly string[] };

/** Declares a provider: its variables, when they suffice, and how to make it of their values. */
export function defineProvider<Table extends Variables>(definition: {
  readonly name: string;
  readonly title: string;
  readonly aliases?: readonly string[];
  readonly modelIds?: RegExp;
  readonly variables: Table;
  /** Absent where it draws with none. */
  readonly localEngines?: readonly LocalEngine[];
  /** Absent where there is an account to charge. */
  readonly charges?: boolean;
  /** The variables still needed, as "OPENAI_API_KEY" or "A and B"; empty when the provider is on. */
  readonly missing: (settings: Values<Table>) => readonly string[];
  /** Sentences for the start-up log about settings that work and deserve a word. */
  readonly warnings?: (settings: Values<Table>) => readonly string[];
  readonly create: (settings: Values<Table>, outside: ProviderDependencies) => ImageProvider;
  /** More providers of this kind that one of the variables names. */
  readonly further?: {
    readonly variable: keyof Table & string;
    readonly definitions: (settings: Values<Table>) => readonly ProviderDefinition[];
  };
}): ProviderDefinition {
  const { name, title, aliases, modelIds, variables, further } = definition;
  const { localEngines = [], charges = true } = definition;
  return {
    name,
    title,
    aliases,
    modelIds,
    variables,
    localEngines,
    charges,
    ...further && {
      further: {
        variable: further.variable,
        definitions: (env: Env) => further.definitions(readVariables(variables, env, [])),
      },
    },
    open(env, outside, problems) {
      const settings = readVariables(variables, env, problems);
      const missing = definition.missing(settings);
      if (missing.length > 0) return { on: false, missing };
      const warnings = definition.warnings?.(settings) ?? [];
      return { on: true, provider: definition.create(settings, outside), warnings };
    },
  };
}
