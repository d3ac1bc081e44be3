/** What is told of every tool, and what several of them say alike. */

import type { Toolset } from "../../config/settings.ts";
import type { ArgumentTable } from "./argument.ts";
import { number, required, text } from "./argument_kinds.ts";
import type { JsonSchema } from "./argument_schema.ts";

export interface ToolDeclaration<Input extends ArgumentTable = ArgumentTable> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  /** Given where the answer is worth a schema: every list of tools a client reads carries it. */
  readonly output?: JsonSchema;
  readonly annotations: Annotations;
  /** The group that it is shown with (MCP_TOOLSETS); "essential" where absent. */
  readonly toolset?: Toolset;
  /** Whether it is listed only where this server has an address that people can open. */
  readonly needsAddress?: boolean;
  /** Whether it is listed only where a provider trains models. */
  readonly needsTrainer?: boolean;
  /** Whether its answer is shown in a view, where a client shows views. */
  readonly hasView?: boolean;
  /** The envelope's own fields when there is nothing to answer. */
  readonly empty: Readonly<Record<string, unknown>>;
}

/** Hints a client may show or act on; every tool gives all of them that mean something. */
export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** Whether pictures are what a tool is called for. */
export function answersWithPictures({ empty }: Pick<ToolDeclaration, "empty">): boolean {
  return "images" in empty || "upload" in empty;
}

/** The longest prompt, in characters. */
export const LONGEST_PROMPT = 32_000;

export const WAIT_SECONDS = number(
  "Seconds to wait (default 50); 0: a job at once, for the background",
  0,
  3600,
);
export const JOB_ID = required(text("job_…, batch_… or last", { minLength: 1 }));

/** The longest path, in characters. */
export const LONGEST_PATH = 1_000;
/** As generate_image describes it. */
export const SAVE_AS = text("", { maxLength: LONGEST_PATH });

/** What goes into the gaps of a template. */
export const VARIABLES = { maxItems: 50, maxLength: LONGEST_PROMPT } as const;

/** Further fields of one model. */
export const OPTIONS = { maxItems: 50, maxLength: 20_000 } as const;

/** Reads what this server keeps or knows. */
export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Makes something new here each time it is called, and asks nobody elsewhere. */
export const MAKES: Annotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
};

/** Has a vendor make something new each time it is called. */
export const DRAWS: Annotations = { ...MAKES, openWorldHint: true };
