/** The bearer tokens of MCP_AUTH_TOKEN, and whose they are. */

export interface Token {
  /** What logs, limits and sessions call its bearer. */
  readonly name: string;
  readonly token: string;
}

/**
 * Reads MCP_AUTH_TOKEN: one token, or several as `name=token,name=token`.
 * Undefined where it is neither, or holds a token no HTTP header can carry.
 */
export function parseTokens(value: string | undefined): readonly Token[] | undefined {
  if (value === undefined) return [];
  const entries = value.split(",").map((entry) => entry.trim()).filter(Boolean);
  const named = entries.map(parseNamed);
  const tokens = entries.length === 1 && named[0] === undefined
    ? [{ name: "default", token: entries[0]! }]
    : named.filter((token) => token !== undefined);
  const names = new Set(tokens.map(({ name }) => name));
  const isWhole = tokens.length === entries.length && names.size === tokens.length;
  return isWhole && tokens.length > 0 && tokens.every(({ token }) => SENDABLE.test(token))
    ? tokens
    : undefined;
}

/** The trailing = of a base64 token is no separator. */
function parseNamed(entry: string): Token | undefined {
  const [, name, token] = /^([\w.-]{1,64})=(.*[^=].*)$/.exec(entry) ?? [];
  return name === undefined || token === undefined ? undefined : { name, token: token.trim() };
}

const SENDABLE = /^[\x21-\x7e]+$/;

/** What decides who may come in. */
export interface AccessSettings {
  readonly MCP_AUTH_TOKEN: string | undefined;
  readonly MCP_OAUTH_ISSUER: string | undefined;
  readonly MCP_USERS: string | undefined;
}

/** Whether people sign in, elsewhere or here. */
export function hasSignIn({ MCP_OAUTH_ISSUER, MCP_USERS }: AccessSettings): boolean {
  return MCP_OAUTH_ISSUER !== undefined || MCP_USERS !== undefined;
}

/** Whether anybody is asked who they are. */
export function isGuarded(settings: AccessSettings): boolean {
  return settings.MCP_AUTH_TOKEN !== undefined || hasSignIn(settings);
}

/** Whether several people use this server, each with a token of their own. */
export function isShared(settings: AccessSettings): boolean {
  return hasSignIn(settings) || (parseTokens(settings.MCP_AUTH_TOKEN)?.length ?? 0) > 1;
}

/** Whether somebody may see and change what concerns everybody: of one person's server it is they. */
export function isAdmin(
  name: string,
  settings: AccessSettings & { readonly MCP_ADMINS: readonly string[] },
): boolean {
  return !isShared(settings) || settings.MCP_ADMINS.includes(name);
}
