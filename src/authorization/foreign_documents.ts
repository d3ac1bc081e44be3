/** Documents that clients keep about themselves elsewhere: fetched when they are needed, kept while they are fresh. */

import { WebDocumentError } from "../inputs/web_document.ts";
import type { WebDocument } from "../inputs/web_document.ts";
import { OAuthError } from "./oauth_error.ts";

/** Fetches one document of at most `limit` bytes. @throws {WebDocumentError} */
export type ReadDocument = (
  address: string,
  options: { readonly limit: number },
) => Promise<WebDocument>;

export interface ForeignDocuments<T> {
  /**
   * What the document at an address means, not older than `since` (milliseconds since 1970).
   * @throws {OAuthError} where it cannot be fetched, or whatever `read` throws; neither is kept.
   */
  get(address: string, since?: number): Promise<T>;
}

export interface ForeignDocumentsOptions<T> {
  /** Ends the sentence "The client's … at 'https://…' …". */
  readonly title: string;
  readonly limit: number;
  readonly readDocument: ReadDocument;
  /** Makes something of a document. */
  readonly read: (address: string, value: unknown) => T;
  readonly now: () => number;
}

interface Kept<T> {
  readonly value: T;
  readonly fetchedAt: number;
  readonly freshUntil: number;
}

export function createForeignDocuments<T>(
  { title, limit, readDocument, read, now }: ForeignDocumentsOptions<T>,
): ForeignDocuments<T> {
  const kept = new Map<string, Kept<T>>();
  const underWay = new Map<string, Promise<T>>();
  /** When the last documents were asked for. */
  let recent: number[] = [];

  async function fetchOne(address: string): Promise<T> {
    const at = now();
    recent = recent.filter((each) => each > at - 60_000);
    if (underWay.size >= MOST_AT_ONCE || recent.length >= MOST_A_MINUTE) throw tooMany();
    recent.push(at);
    const document = await readDocument(address, { limit }).catch((error) => {
      if (!(error instanceof WebDocumentError)) throw error;
      throw new OAuthError(
        "invalid_client",
        `The client's ${title} at '${address}' ${error.message}`,
      );
    });
    const value = read(address, document.value);
    const seconds = Math.min(Math.max(document.freshSeconds ?? USUAL, SHORTEST), LONGEST);
    kept.delete(address);
    kept.set(address, { value, fetchedAt: at, freshUntil: at + seconds * 1000 });
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break;
      kept.delete(oldest);
    }
    return value;
  }

  return {
    async get(address, since = -Infinity) {
      const found = kept.get(address);
      if (found && found.freshUntil > now() && found.fetchedAt >= since) return found.value;
      const fetching = underWay.get(address) ?? fetchOne(address).finally(() => {
        underWay.delete(address);
      });
      underWay.set(address, fetching);
      return await fetching;
    },
  };
}

function tooMany(): OAuthError {
  const message = "Too many clients are being looked at; try again in a minute";
  return new OAuthError("temporarily_unavailable", message);
}

/** Seconds that a document is kept: so that one sign-in sees one document, and a changed one is seen the next day. */
const SHORTEST = 300;
const USUAL = 3600;
const LONGEST = 86_400;
const MOST_KEPT = 200;
const MOST_AT_ONCE = 8;
const MOST_A_MINUTE = 120;
