/** Who asks at the token endpoint: a client that shows it with its key, or one that has none to show. */

import { createHash } from "node:crypto";
import type { JSONWebKeySet, JWTPayload } from "../dependencies/jose.ts";
import type { AuthorizationRecords } from "../storage/records/authorization_records.ts";
import type { ClientRegistry } from "./client_registry.ts";
import { type Client, SIGNING_ALGORITHMS } from "./clients.ts";
import { createForeignDocuments, type ReadDocument } from "./foreign_documents.ts";
import { OAuthError } from "./oauth_error.ts";

export interface AuthenticatedClient {
  readonly client: Client;
  /** Whether it has shown its key. */
  readonly isAuthenticated: boolean;
}

export interface ClientAuthenticationOptions {
  readonly clients: ClientRegistry;
  readonly records: () => Promise<AuthorizationRecords>;
  readonly readDocument: ReadDocument;
  /** What an assertion may be for: the issuer, as RFC 7523 is read today, or the endpoint. */
  readonly audience: readonly string[];
  readonly now: () => number;
}

/** Tells whose request a form is. @throws {OAuthError} `invalid_client` */
export type AuthenticateClient = (form: URLSearchParams) => Promise<AuthenticatedClient>;

export function createClientAuthentication(
  { clients, records, readDocument, audience, now }: ClientAuthenticationOptions,
): AuthenticateClient {
  const keySets = createForeignDocuments({
    title: "key set",
    limit: LONGEST_KEY_SET,
    readDocument,
    now,
    read: keySetOf,
  });

  async function verify(client: Client, assertion: string): Promise<void> {
    const { jwtVerify, createLocalJWKSet, errors } = await import("../dependencies/jose.ts");
    const { keys } = client;
    if (keys === undefined) throw refused("its client names no keys");
    const options = {
      algorithms: [...SIGNING_ALGORITHMS],
      issuer: client.id,
      subject: client.id,
      audience: [...audience],
      requiredClaims: ["exp", "jti"],
      currentDate: new Date(now()),
      clockTolerance: CLOCK_SKEW,
    };
    const check = async (since?: number) => {
      const set = "set" in keys ? keys.set : await keySets.get(keys.address, since);
      return (await jwtVerify(assertion, createLocalJWKSet(set as JSONWebKeySet), options)).payload;
    };
    const again = (error: unknown) => {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && "address" in keys;
      if (!mayBeNew) throw error;
      return check(now() - KEY_SET_PAUSE);
    };
    try {
      await noteOnce(client, await check().catch(again));
    } catch (error) {
      if (error instanceof OAuthError) throw error;
      throw refused(error instanceof errors.JOSEError ? error.message : "its keys are not usable");
    }
  }

  /** An assertion that was seen on its way is of no use to who saw it. */
  async function noteOnce({ id }: Client, { aud, exp = 0, jti }: JWTPayload): Promise<void> {
    const isForUs = [aud].flat().every((each) => audience.includes(each ?? ""));
    if (!isForUs) throw refused("it is for others, too");
    const until = exp * 1000 + CLOCK_SKEW * 1000;
    if (until > now() + LONGEST_ASSERTION) throw refused("it is good for more than an hour");
    if (typeof jti !== "string") throw refused("its jti is no text");
    const hash = createHash("sha256").update(JSON.stringify([id, jti])).digest("hex");
    const isNew = await (await records()).noteOnce(hash, now(), until, MOST_ASSERTIONS);
    if (!isNew) throw refused("it was used before");
  }

  return async (form) => {
    const assertion = form.get("client_assertion");
    const id = form.get("client_id") ?? (assertion === null ? "" : await subjectOf(assertion));
    if (id === "") {
      throw new OAuthError("invalid_client", "client_id is missing: it says who asks");
    }
    const client = await clients.find(id);
    if (assertion === null) {
      if (client.methods.includes("none")) return { client, isAuthenticated: false };
      throw new OAuthError(
        "invalid_client",
        "This client shows who it is with private_key_jwt: send client_assertion",
      );
    }
    const type = form.get("client_assertion_type");
    if (type !== ASSERTION_TYPE) throw refused(`client_assertion_type must be '${ASSERTION_TYPE}'`);
    await verify(client, assertion);
    return { client, isAuthenticated: true };
  };
}

function keySetOf(address: string, value: unknown): JSONWebKeySet {
  if (Array.isArray(Object(value).keys)) return value as JSONWebKeySet;
  throw refused(`at '${address}' there is no set of keys`);
}

async function subjectOf(assertion: string): Promise<string> {
  const { decodeJwt } = await import("../dependencies/jose.ts");
  try {
    return decodeJwt(assertion).sub ?? "";
  } catch {
    throw refused("it is no JWT");
  }
}

function refused(reason: string): OAuthError {
  return new OAuthError("invalid_client", `The client_assertion is not accepted: ${reason}`);
}

/** RFC 7523, section 2.2. */
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** In bytes. */
const LONGEST_KEY_SET = 65_536;
/** In milliseconds: between two looks for a key that is not in a set. */
const KEY_SET_PAUSE = 60_000;
const LONGEST_ASSERTION = 3_660_000;
/** In seconds. */
const CLOCK_SKEW = 60;
const MOST_ASSERTIONS = 10_000;
