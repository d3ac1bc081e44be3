/** What the adaptation of every argument shares: whom it is for, and what it has to say. */

import { type ErrorCode, ImageError, oneOf } from "../errors.ts";
import type { Capabilities, ImageProvider } from "../providers/provider.ts";

/** Where a request leaves something out or comes only near it. */
export interface Departure {
  readonly argument: string;
  readonly kind: "left out" | "approximated";
  readonly sentence: string;
}

/** An argument that one provider cannot honour and another perhaps can. */
export class CannotAdapt extends ImageError {
  constructor(
    code: ErrorCode,
    readonly argument: string,
    /** The reason, to follow the provider's name: "has no style 'watercolour'". */
    readonly reason: string,
    readonly provider: string,
    advice: readonly (string | undefined)[],
    details: Readonly<Record<string, unknown>>,
  ) {
    const sentences = [`Provider '${provider}' ${reason}`, ...advice.filter(Boolean)];
    super(code, sentences.join(". "), { provider, ...details });
  }
}

/** What the adaptation of each argument reads, and where it notes its departures. */
export interface AdaptContext {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly others: readonly ImageProvider[];
  readonly isSizeExact: boolean;
  readonly departures: Departure[];
}

/** Who has what a provider lacks, as a sentence. */
export function whoHas(providers: readonly ImageProvider[]): string {
  return providers.length > 0
    ? `Provider ${namesOf(providers)} has it`
    : "No configured provider has it";
}

export function namesOf(providers: readonly ImageProvider[]): string {
  return oneOf(providers.map(({ name }) => name));
}

export function sentencesOf(departures: readonly Departure[]): readonly string[] {
  return departures.map(({ sentence }) => sentence);
}
