import type { Runtime } from "../config/env_files.ts";
import type { Screen } from "./preview/screen.ts";
import type { Process } from "./program.ts";

/** What every command gets: the words and flags it was called with, and the world around it. */
export interface CommandContext {
  readonly words: readonly string[];
  /** Values by flag name; "true" for a flag without a value. */
  readonly flags: Readonly<Record<string, string>>;
  readonly runtime: Runtime;
  /** How this program was started. */
  readonly process: () => Process;
  /** What a person types to start it, for sentences that say what to run. */
  readonly program: () => string;
  /** One line on stdout. */
  readonly print: (line: string) => void;
  /** One line on stderr. */
  readonly say: (line: string) => void;
  /** Text on stderr as it is, without a line end. */
  readonly write: (text: string) => void;
  /** Whether a person sees stderr. */
  readonly isTerminal: boolean;
  /** The terminal that stdin, stdout and stderr all belong to; undefined where one does not. */
  readonly screen: () => Promise<Screen | undefined>;
}
