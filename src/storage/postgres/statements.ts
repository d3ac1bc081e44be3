/** Statements, and parts of them. */

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = string | number | boolean | null;

/** Runs one statement, whose parameters stand as $1, $2 …; whole numbers of 64 bits come as text. */
export interface Query {
  (sql: string, ...parameters: Parameter[]): Promise<readonly Row[] & { readonly count: number }>;
}

/** Conditions that must all hold; each "?" stands for the next parameter, after those `before` them. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly parameters: Parameter[];

  constructor(before: readonly Parameter[] = []) {
    this.parameters = [...before];
  }

  and(text: string, ...parameters: Parameter[]): this {
    let number = this.parameters.length;
    this.#texts.push(text.replaceAll("?", () => `$${++number}`));
    this.parameters.push(...parameters);
    return this;
  }

  toString(): string {
    return this.#texts.join(" AND ") || "true";
  }
}

/** Waits until no other transaction holds the lock of that name, and holds it until this one is over. */
export async function lock(query: Query, name: "migration" | "sessions" | "turns"): Promise<void> {
  await query(`SELECT pg_advisory_xact_lock(hashtextextended('mcp-image-server ${name}', 0))`);
}

/** PostgreSQL keeps every letter in a text but one. */
export function storable<T extends Parameter>(value: T): T {
  return (typeof value === "string" ? value.replaceAll("\0", "") : value) as T;
}
