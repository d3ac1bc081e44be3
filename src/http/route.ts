/** An address that the server answers, as data. */

import type { IncomingRequest } from "./dependencies.ts";
import type { Place } from "./guard.ts";

export interface Route extends Place {
  /** A path, or with a final slash the beginning of paths. */
  readonly path: string;
  /** Whether what follows the path must not be logged. */
  readonly isSecret?: boolean;
  /** Whether it is still answered while the server stops. */
  readonly outlivesStop?: boolean;
  readonly answer: (visit: IncomingRequest) => Response | Promise<Response>;
  /** Gives a refusal the form that clients of this address read. */
  readonly inItsForm?: (refused: Response) => Promise<Response>;
}
