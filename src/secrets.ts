/**
 * `text` with every one of `secrets` replaced, also where it stands inside JSON; texts under 4
 * characters are too common to be hidden.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .sort((one, other) => other.length - one.length) // one secret may begin with another
    .reduce((hidden, secret) => hidden.replaceAll(secret, "[hidden]"), text);
}
