/** A request on its way: as it was read, and as the providers that may honour it get it. */

import type { ImageRequest, InputImageInfo, Operation } from "../providers/provider.ts";
import type { TrainingRequest } from "../providers/training.ts";
import type { PixelSize } from "./size.ts";

/** What a person wants, in no vendor's terms: read and checked as far as no provider is needed. */
export interface ParsedRequest {
  readonly operation: Operation;
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly inputs: readonly InputImageInfo[];
  readonly mask?: InputImageInfo;
  /** False where what the vendor changed outside the mask stays. */
  readonly preservesOutside?: boolean;
  readonly strength?: number;
  /** The providers that arguments name; a request that can be honoured names at most one. */
  readonly providerNames: readonly ProviderName[];
  readonly model?: string;
  readonly style?: string;
  readonly resolution?: Resolution;
  readonly aspectRatio?: AspectRatio;
  readonly count: number;
  readonly seed?: number;
  readonly filePrefix?: string;
  /** Where a copy of each picture is wanted. */
  readonly saveAs?: CopyPlace;
  readonly options: Options;
  /** As of `ImageRequest`, before any schema was asked. */
  readonly modelOptions?: Readonly<Record<string, unknown>>;
}

/** A place for copies that was found to be allowed. */
export interface CopyPlace {
  /** An absolute path, without links but in its last part. */
  readonly path: string;
  /** Whether `path` is a folder, in which a copy keeps the file's own name. */
  readonly isFolder: boolean;
  /** The allowed folder around it, without links. */
  readonly within: string;
}

/** A provider's name and the argument it stands in. */
export interface ProviderName {
  readonly argument: string;
  readonly name: string;
}

/** Neither a size nor a tier where nobody can read the text. */
export interface Resolution {
  readonly text: string;
  readonly size?: PixelSize | "auto";
  /** As of `parseTier`. */
  readonly tier?: number;
}

export interface AspectRatio {
  readonly text: string;
  /** Width over height. */
  readonly value: number;
}

export type Options = Readonly<Record<string, string | number>>;

/** What must be done to a picture that came in before a provider takes it. */
export interface InputConversion {
  /** The formats that it may have then. */
  readonly mediaTypes: readonly string[];
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Null stands for no bound. */
  readonly maxBytes: number | null;
}

/** A picture that came in, and what this provider needs done to it. */
export interface PlannedInput extends InputImageInfo {
  readonly conversion?: InputConversion;
}

/** A provider's request before the bytes of its inputs are read. */
export type PlannedRequest = ImageRequest<PlannedInput>;

/** What is done with a provider's pictures, so that they are as asked for. Kept with the job. */
export interface Conversion {
  readonly format?: "png" | "jpeg" | "webp";
  /** As `output_compression`: 0 to 99. */
  readonly quality?: number;
  readonly background?: "opaque";
}

/** One way to honour a request: every field is legal for this provider and model. */
export interface Attempt {
  readonly provider: string;
  /** `count` is all the pictures asked for and may exceed `capabilities.maxCount`. */
  readonly request: PlannedRequest;
  /** Absent where the vendor gives the output as it is wanted; plans of older servers have none. */
  readonly conversion?: Conversion;
  /** Where it departs from what was asked for, as sentences. */
  readonly warnings: readonly string[];
}

/** All the ways, the first choice first; only one where the person named the provider. Kept with the job. */
export interface Plan {
  readonly request: ParsedRequest;
  readonly attempts: readonly [Attempt, ...Attempt[]];
  /** Where a model is trained in place of pictures that are drawn: by the one attempt, on its inputs. */
  readonly training?: PlannedTraining;
}

/** What is asked of a trainer, but for the pictures. */
export type PlannedTraining = Omit<TrainingRequest, "pictures">;

/** In place of a seed: leaves it to the provider. */
export const ANY_SEED = -1;

/** The same text for requests of an owner that ask the same, however they were written. */
export function fingerprintOf(request: ParsedRequest, owner: string): string {
  return JSON.stringify([owner, request]); // a parsed request has its fields in one order
}
