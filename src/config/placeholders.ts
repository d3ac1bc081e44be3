/** Values that stand for another value which nobody put in, and so count as unset. */

export interface Placeholder {
  readonly name: string;
  readonly source: string;
  readonly kind: PlaceholderKind;
}

/**
 * "example": what `.env.example` shows; "reference": one such as ${env:NAME} that a client did not
 * resolve; "name": the variable's own name.
 */
export type PlaceholderKind = "example" | "reference" | "name";

/** What a variable's value stands for; undefined for a value of its own. */
export function placeholderKind(name: string, value: string): PlaceholderKind | undefined {
  const text = value.trim();
  if (text === name) return "name";
  return SIGNS.find(({ sign }) => sign.test(text))?.kind;
}

/** As clients and shells write references: VS Code, Cursor, Codex, opencode, cmd, PowerShell, 1Password. */
const SIGNS: readonly { readonly sign: RegExp; readonly kind: PlaceholderKind }[] = [
  { sign: /^your_[a-z_]+$/, kind: "example" },
  { sign: /^<[^<>]*>$/, kind: "example" },
  { sign: /\$\{[^{}]*\}/, kind: "reference" },
  { sign: /\{(?:env|input|file|secret):[^{}]*\}/, kind: "reference" },
  { sign: /^\{\{.*\}\}$|^\$\{\{.*\}\}$/, kind: "reference" },
  { sign: /^\$(?:env:)?[A-Za-z_]\w*$|^%[A-Za-z_]\w*%$|^(?:env|op):[\w/. -]+$/, kind: "reference" },
];
