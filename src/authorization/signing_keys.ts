/** The keys that access tokens are signed with: made here, kept in the records, replaced in time. */

import type { CryptoKey, JWK, JWTVerifyGetKey } from "../dependencies/jose.ts";
import type {
  AuthorizationRecords,
  SigningKeyRecord,
} from "../storage/records/authorization_records.ts";

export interface SigningKeys {
  /** The key to sign with now. */
  current(): Promise<{ readonly id: string; readonly key: CryptoKey }>;
  /** The public halves, those of before among them while tokens of theirs are good. */
  publicKeys(): Promise<{ readonly keys: readonly JWK[] }>;
  /** Finds the key of a signature; one that another server has made since, too. */
  keySet(): Promise<JWTVerifyGetKey>;
}

export interface SigningKeysOptions {
  readonly records: () => Promise<AuthorizationRecords>;
  readonly now: () => number;
}

const ALGORITHM = "ES256";

export function createSigningKeys({ records, now }: SigningKeysOptions): SigningKeys {
  let known: Promise<readonly SigningKeyRecord[]> | undefined;
  const imported = new Map<string, Promise<CryptoKey>>();

  async function read(): Promise<readonly SigningKeyRecord[]> {
    const stored = await (await records()).signingKeys();
    const [newest] = stored;
    if (newest && newest.createdAt > now() - LIFETIME) return stored;
    const times = { after: now() - LIFETIME, old: now() - 2 * LIFETIME };
    await (await records()).addSigningKey(await makeKey(now()), times);
    return await (await records()).signingKeys();
  }

  /** As they are known here, looked at again when a new one is due. */
  async function all(): Promise<readonly SigningKeyRecord[]> {
    const found = await (known ??= readAgain());
    const [newest] = found;
    return newest && newest.createdAt > now() - LIFETIME ? found : await (known = readAgain());
  }

  function readAgain(): Promise<readonly SigningKeyRecord[]> {
    const reading = read();
    reading.catch(() => known = undefined); // the next use tries again
    return reading;
  }

  async function current() {
    const { importJWK } = await import("../dependencies/jose.ts");
    const [newest] = await all();
    const { id, privateKey } = newest!;
    const key = imported.get(id) ?? importJWK(privateKey as JWK, ALGORITHM) as Promise<CryptoKey>;
    imported.clear();
    imported.set(id, key);
    return { id, key: await key };
  }

  const publicKeys = async () => ({ keys: (await all()).map(publicHalf) });

  async function keySet(): Promise<JWTVerifyGetKey> {
    const { createLocalJWKSet, errors } = await import("../dependencies/jose.ts");
    const setOf = (keys: readonly SigningKeyRecord[]) =>
      createLocalJWKSet({ keys: keys.map(publicHalf) });
    const set = setOf(await all());
    return async (header, token) => {
      try {
        return await set(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return await setOf(await (known = readAgain()))(header, token);
      }
    };
  }

  return { current, publicKeys, keySet };
}

async function makeKey(createdAt: number): Promise<SigningKeyRecord> {
  const { generateKeyPair, exportJWK } = await import("../dependencies/jose.ts");
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { id: crypto.randomUUID(), privateKey: { ...await exportJWK(privateKey) }, createdAt };
}

function publicHalf({ id, privateKey: { kty, crv, x, y } }: SigningKeyRecord): JWK {
  return { kty, crv, x, y, kid: id, alg: ALGORITHM, use: "sig" } as JWK;
}

/** Milliseconds that a key signs; its tokens, which last some hours, can be checked as long again. */
const LIFETIME = 90 * 24 * 3_600_000;
