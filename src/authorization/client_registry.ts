/** Which clients there are: those that stand at an address of their own, and those that registered. */

import { isRecord } from "../json.ts";
import type { AuthorizationRecords } from "../storage/records/authorization_records.ts";
import {
  type Client,
  type ClientMetadata,
  clientOfDocument,
  clientOfRegistration,
} from "./clients.ts";
import { createForeignDocuments, type ReadDocument } from "./foreign_documents.ts";
import { OAuthError } from "./oauth_error.ts";

export interface ClientRegistry {
  /** @throws {OAuthError} where there is none of that id, or its document is not good */
  find(id: string): Promise<Client>;
  /** Registers a client (RFC 7591); gives the answer to it. @throws {OAuthError} */
  register(metadata: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** Lets a client that somebody uses stay for another while. */
  keep(client: Client): Promise<void>;
}

export interface ClientRegistryOptions {
  readonly records: () => Promise<AuthorizationRecords>;
  readonly readDocument: ReadDocument;
  readonly now: () => number;
}

export function createClientRegistry(
  { records, readDocument, now }: ClientRegistryOptions,
): ClientRegistry {
  const documents = createForeignDocuments({
    title: "document",
    limit: LONGEST_DOCUMENT,
    readDocument,
    now,
    read: (address, value) => clientOfDocument(address, asMetadata(value)),
  });

  async function find(id: string): Promise<Client> {
    if (/^https:/i.test(id)) return await documents.get(checkedAddress(id));
    const found = await (await records()).findClient(id, now());
    if (found) return clientOfRegistration(id, found.metadata);
    const message = "No client of that client_id is registered here, or it has not been used for " +
      "so long that it was forgotten: register again";
    throw new OAuthError("invalid_client", message);
  }

  async function register(value: unknown) {
    const metadata = asMetadata(value);
    const id = `client_${crypto.randomUUID()}`;
    const { name, redirectAddresses, methods, mayRefresh, keys } = clientOfRegistration(
      id,
      metadata,
    );
    const kept = {
      client_name: name,
      redirect_uris: redirectAddresses,
      grant_types: ["authorization_code", ...mayRefresh ? ["refresh_token"] : []],
      response_types: ["code"],
      token_endpoint_auth_method: methods.at(-1)!,
      ...keys && ("set" in keys ? { jwks: keys.set } : { jwks_uri: keys.address }),
    };
    const createdAt = now();
    const expiresAt = createdAt + UNUSED_LIFETIME;
    await (await records()).addClient({ id, metadata: kept, createdAt, expiresAt }, MOST_CLIENTS);
    return { client_id: id, client_id_issued_at: Math.floor(createdAt / 1000), ...kept };
  }

  async function keep({ id }: Client) {
    await (await records()).keepClient(id, now() + USED_LIFETIME);
  }

  return { find, register, keep };
}

/**
 * The id of a client that is the address of its document
 * (draft-ietf-oauth-client-id-metadata-document-02 of 2026-07-06, section 3). It must be as the
 * address is asked for, so that what is compared and what is fetched are the same letters.
 */
function checkedAddress(id: string): string {
  const url = id.length <= LONGEST_ID ? URL.parse(id) : null;
  const isGood = url !== null && url.href === id && url.protocol === "https:" &&
    url.pathname !== "/" && url.hash === "" && url.username === "" && url.password === "";
  if (isGood) return id;
  const message = "A client_id that is an address must be https with a path, without a password, " +
    `a fragment or dot segments, as URLs spell it, of at most ${LONGEST_ID} characters`;
  throw new OAuthError("invalid_client", message);
}

function asMetadata(value: unknown): ClientMetadata {
  if (isRecord(value)) return value as ClientMetadata;
  throw new OAuthError("invalid_client_metadata", "A client's metadata must be one JSON object");
}

/** In bytes; the draft recommends 5 KB, and some clients list many addresses. */
const LONGEST_DOCUMENT = 16_384;
const LONGEST_ID = 1_000;
const DAY = 24 * 3_600_000;
/** Until somebody lets it in, and then from each use on. */
const UNUSED_LIFETIME = DAY;
const USED_LIFETIME = 90 * DAY;
const MOST_CLIENTS = 1_000;
