/**
 * `text` with every one of `secrets` replaced, also where it stands inside JSON, and whatever looks
 * like a key in a header or a password in an address; texts under 4 characters are too common to
 * be hidden.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return hideKnown(hideCredentials(text), secrets);
}

/** The same without a list of secrets: `Bearer …`, `Basic …` and `https://name:password@…`. */
export function hideCredentials(text: string): string {
  if (!MAY_HOLD_CREDENTIALS.test(text)) return text;
  return text
    .replaceAll(BEARER, (whole, scheme, token) => /\d/.test(token) ? `${scheme} [hidden]` : whole)
    .replaceAll(BASIC, (whole, scheme, token) => isNamed(token) ? `${scheme} [hidden]` : whole)
    .replaceAll(USER_INFO, "$1[hidden]@");
}

function hideKnown(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .sort((one, other) => other.length - one.length) // one secret may begin with another
    .reduce((hidden, secret) => hidden.replaceAll(secret, "[hidden]"), text);
}

/** Whether base64 holds a name and a password. */
function isNamed(base64: string): boolean {
  try {
    return atob(base64).includes(":");
  } catch {
    return false;
  }
}

const MAY_HOLD_CREDENTIALS = /bearer|basic|:\/\//i;
const BEARER = /\b(Bearer) +([\w.~+/-]{12,}=*)/gi;
const BASIC = /\b(Basic) +([A-Za-z0-9+/]{4,}={0,2})/gi;
const USER_INFO = /([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#@"'<>]{1,500}@/gi;
