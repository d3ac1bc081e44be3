/** A row of a table, whichever database gave it. */
export type Row = Readonly<Record<string, unknown>>;
