/** A configuration file that cannot be merged into, and where its fault is. */
export class UnusableFile extends Error {
  override readonly name = "UnusableFile";

  constructor(fault: string, { line, column }: Position) {
    super(`${fault} at line ${line}, column ${column}`);
  }
}

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place in `text` that lies `offset` UTF-16 units from its start. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
