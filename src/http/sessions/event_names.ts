/** The ids of events where several servers give them: each tells whose it is, and of which stream. */

import type { RequestId } from "../../dependencies/mcp_server.ts";
import { type EventSuffix, GENERAL } from "./events.ts";
import { callsOf } from "./exchange.ts";

/** The names of events, where there are several servers. */
export interface EventNames {
  readonly suffixOf: EventSuffix;
  /** Whose event it is, and what it was a part of; undefined for one of this server, or of none. */
  elsewhere(eventId: string): EventElsewhere | undefined;
  /** Whether it is an event of this server, known or not. */
  isOwn(eventId: string): boolean;
}

export interface EventElsewhere {
  readonly id: string;
  /** Whether it belongs to no call. */
  readonly isGeneral: boolean;
  /** The calls that its stream answers. */
  readonly calls: readonly RequestId[];
}

export function createEventNames(): EventNames {
  const self = crypto.randomUUID().slice(0, 8);
  const partsOf = (id: string) => /^\d+\.([\da-f]{8})\.(.+)$/s.exec(id) ?? [];
  return {
    suffixOf: (streamId) => `.${self}.${streamId}`,
    isOwn: (id) => partsOf(id)[1] === self,
    elsewhere(id) {
      const [, server, streamId] = partsOf(id);
      if (streamId === undefined || server === self) return undefined;
      return { id, isGeneral: streamId === GENERAL, calls: callsOf(streamId) };
    },
  };
}
