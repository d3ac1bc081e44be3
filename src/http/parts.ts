import type { Settings } from "../config.ts";
import type { McpServerFactory } from "../deps/mcp_server.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";

/** Everything the HTTP transport is made of and does not make itself. */
export interface HttpParts {
  readonly settings: Settings;
  readonly version: string;
  /**
   * Makes one MCP server, per session for older clients and per request for newer ones.
   * `authInfo.clientId` is the name of the client's token; without tokens `authInfo` is absent.
   */
  readonly makeServer: McpServerFactory;
  readonly pictures: PictureFiles;
  /** Why the server cannot make pictures now; empty when it can. Shown to anybody. */
  readonly readiness: () => Promise<readonly string[]>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface PictureFiles {
  /** Where the picture of that file name is, if this server recorded one. */
  find(fileName: string): PictureFile | undefined | Promise<PictureFile | undefined>;
}

export interface PictureFile {
  readonly path: string;
  readonly mediaType: string;
}

/** One request on its way through the server. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  /** The name of the token it came with; "" without tokens. */
  readonly client: string;
  /** Has `callback` called once the answer's last byte is on its way, or the client has left. */
  readonly atEnd: (callback: () => void) => void;
}
