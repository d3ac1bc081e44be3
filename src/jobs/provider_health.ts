/** Which providers deserve a rest, and which failures another provider may make good. */

import type { ErrorCode, ImageError } from "../errors.ts";
import type { Announcements } from "../storage/announcements.ts";

interface Failures {
  /** In a row. */
  readonly count: number;
  readonly restingSince?: number;
}

/** What servers tell each other of a provider. */
interface Rest {
  readonly provider: string;
  readonly isResting: boolean;
}

const RESTS = "rests";

/**
 * Remembers failures: after three in a row a provider rests for 30 s, then one try is let through.
 * Where there are other servers to tell, it rests at all of them.
 */
export class ProviderHealth implements Disposable {
  readonly #failures = new Map<string, Failures>();
  #listening: Disposable | undefined;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly others?: Announcements,
  ) {}

  succeeded(name: string): void {
    if (this.#failures.get(name)?.restingSince !== undefined) this.#tell(name, false);
    this.#failures.delete(name);
  }

  /** Say it for failures of the provider only, not for a request that was wrong or refused. */
  failed(name: string): void {
    const count = (this.#failures.get(name)?.count ?? 0) + 1;
    const restingSince = count >= FAILURES_IN_A_ROW ? this.now() : undefined;
    this.#failures.set(name, { count, restingSince });
    if (restingSince !== undefined) this.#tell(name, true);
  }

  /** Whether other providers should be preferred for now; asking changes nothing. */
  isResting(name: string): boolean {
    this.#listen();
    const since = this.#failures.get(name)?.restingSince;
    if (since === undefined) return false;
    const elapsed = this.now() - since;
    // A clock that was set back must not make the rest longer.
    return elapsed >= 0 && elapsed < REST;
  }

  /**
   * Says that a call to the provider begins: when its rest is over this is the one try, and
   * the others keep away until it has succeeded or failed, for at most another rest.
   */
  begins(name: string): void {
    const failures = this.#failures.get(name);
    if (failures?.restingSince === undefined || this.isResting(name)) return;
    this.#failures.set(name, { ...failures, restingSince: this.now() });
    this.#tell(name, true);
  }

  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]();
  }

  /** Who cannot be told finds out as this server did. */
  #tell(provider: string, isResting: boolean): void {
    const rest: Rest = { provider, isResting };
    this.others?.tell(RESTS, JSON.stringify(rest)).catch(() => {});
  }

  #listen(): void {
    this.#listening ??= this.others?.listen(RESTS, (text) => {
      const { provider, isResting } = JSON.parse(text) as Rest;
      const failures = { count: FAILURES_IN_A_ROW, restingSince: this.now() };
      if (isResting) this.#failures.set(provider, failures);
      else this.#failures.delete(provider);
    });
  }
}

/**
 * Whether another provider may succeed where this error came from, without the same picture
 * being paid for twice.
 */
export function isWorthAnotherProvider({ code, details }: ImageError): boolean {
  const { http_status: status, passing, drawn } = details;
  if (code === "network_error") return drawn !== true;
  if (code === "provider_error") return passing === true || Number(status ?? 0) >= 500;
  return PROVIDERS_OWN_TROUBLES.has(code);
}

const FAILURES_IN_A_ROW = 3;

/** In milliseconds. */
const REST = 30_000;

/**
 * The vendor refused before any work, for a reason that lies in it or in the account there.
 * A key or an organisation it does not accept is such a reason: the request is good, nothing
 * was charged, and the warning tells which variable to change. A timeout is none: the vendor
 * was at work, and what it draws is paid for.
 */
const PROVIDERS_OWN_TROUBLES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "provider_busy",
  "rate_limited",
  "quota_exceeded",
  "model_unavailable",
  "authentication_failed",
  "organization_unverified",
]);
