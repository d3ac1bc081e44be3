/** What the doctor found, for people and for programs. */

export type State = "ok" | "note" | "warning" | "off" | "skipped" | "broken";

export interface Finding {
  /** What was looked at, such as "save directory" or "openai". */
  readonly check: string;
  readonly state: State;
  /** What was found and, where something is wrong, what to do about it. */
  readonly message: string;
}

/** One line per finding, with the states in a column that the eye can run down. */
export function tableOf(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.map(({ check, state, message }) =>
    `${MARKS[state].padEnd(8)} ${check.padEnd(width)}  ${message}`
  );
}

const MARKS: Readonly<Record<State, string>> = {
  ok: "ok",
  note: "note",
  warning: "WARNING",
  off: "off",
  skipped: "skipped",
  broken: "BROKEN",
};
