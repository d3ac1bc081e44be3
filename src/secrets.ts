/** `text` with every one of `secrets` replaced; texts under 4 characters are too common to be hidden. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .reduce((hidden, secret) => hidden.replaceAll(secret, "[hidden]"), text);
}
