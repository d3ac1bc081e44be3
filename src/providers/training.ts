/** The contract between this server and vendors who train models on pictures of a person's. */

import type { CallContext, Cost } from "./call_context.ts";
import type { InputImage } from "./image_request.ts";

/** What the pictures have in common: one thing or person, or one way of drawing. */
export type TrainingKind = "subject" | "style";

/** A checked training: every field is legal for the trainer that gets it. */
export interface TrainingRequest {
  /** The person's name for the model: small letters, digits, "-" and "_", at most 50. */
  readonly name: string;
  /** A word without blanks that stands in prompts for what is learned. */
  readonly triggerWord: string;
  readonly kind: TrainingKind;
  /** Absent where the trainer takes none. */
  readonly steps?: number;
  /** As many as the rules allow. */
  readonly pictures: readonly InputImage[];
}

/** What a trainer takes, as data. */
export interface TrainingRules {
  /** The vendor's id of the trainer, for people. */
  readonly trainer: string;
  /** How many pictures. */
  readonly pictures: { readonly minimum: number; readonly maximum: number };
  /** Absent where it takes none. */
  readonly steps?: { readonly minimum: number; readonly maximum: number; readonly default: number };
  /** Whether it is told the kind of what it learns. */
  readonly hasKinds: boolean;
  /** The types of the pictures; others are converted before. */
  readonly mediaTypes: readonly string[];
}

/** What a training will cost, as far as it can be said before. */
export interface TrainingCost {
  readonly estimate?: Cost;
  /** Where the figure comes from, as a sentence without its full stop. */
  readonly note: string;
}

export interface TrainedModel {
  /** What `model` of a request to the same provider names it by. */
  readonly model: string;
  /** What `modelOptions` of such a request must hold, such as the address of what was learned. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** What of the request could not be honoured, as sentences. */
  readonly warnings: readonly string[];
}

/** What is known of a trainer before anything of it is loaded. */
export interface TrainerFacts {
  readonly rules: TrainingRules;
  /** `steps` as of the rules. */
  costOf(steps: number | undefined): TrainingCost;
}

export interface TrainerCalls {
  /**
   * Trains a model, which takes minutes to hours; `context.onAccepted` is told the ticket.
   * @throws {ImageError} whose message a person can act on.
   */
  train(request: TrainingRequest, context: CallContext): Promise<TrainedModel>;
  /** Waits for an accepted training, after a restart. */
  resume(ticket: string, context: CallContext): Promise<TrainedModel>;
  /** Asks the vendor to stop an accepted training. */
  cancel(ticket: string, signal: AbortSignal): Promise<void>;
}

export interface Trainer extends TrainerFacts, TrainerCalls {}

/** The longest pause between two questions how far a training is, in milliseconds. */
export const TRAINING_PAUSE = 15_000;

/** A trainer whose calls are loaded by the first one. */
export function lazyTrainer(facts: TrainerFacts, open: () => Promise<TrainerCalls>): Trainer {
  let opened: Promise<TrainerCalls> | undefined;
  const calls = () => opened ??= open();
  return {
    ...facts,
    train: async (request, context) => await (await calls()).train(request, context),
    resume: async (ticket, context) => await (await calls()).resume(ticket, context),
    cancel: async (ticket, signal) => await (await calls()).cancel(ticket, signal),
  };
}
