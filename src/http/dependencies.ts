import type { AccessTokenIssuer, Scope } from "../authorization/access_token.ts";
import type { AuthorizationServer } from "../authorization/authorization_server.ts";
import type { Settings } from "../config/settings.ts";
import type { AuthInfo, McpServer, Server } from "../dependencies/mcp_server.ts";
import type { Logger } from "../log.ts";
import type { ResourceChanges } from "../mcp/resource_changes.ts";
import type { Conversation } from "../mcp/server.ts";
import type { PlainCall } from "../mcp/plain_request.ts";
import type { Metrics } from "../metrics.ts";
import type { ImageService, InputAccess } from "../service/image_service.ts";
import type { Uploads } from "../service/uploads.ts";
import type { ServerDependencies } from "../mcp/dependencies.ts";
import type { OneTimeKey } from "./page/sign_in.ts";
import type { CommonStorage } from "../storage/records/common_records.ts";
import type { StoredFile } from "../storage/image_store.ts";

/** Makes a server for a conversation, or for requests that stand alone. */
export type MakeServer = (
  conversation: Conversation,
) => McpServer | Server | Promise<McpServer | Server>;

/** Everything the HTTP transport is made of and does not make itself. */
export interface HttpDependencies {
  readonly settings: Settings;
  readonly version: string;
  /**
   * Makes one MCP server, for the session of an older client or for one request of newer ones after
   * another. Tools learn from each call whose it is (`authInfo.clientId` is the name of the token, or
   * the owner of the access token),
   * and say nothing more once they have answered: another client's request could hear it.
   */
  readonly makeServer: MakeServer;
  /**
   * Answers requests of newer clients that need no server; undefined for those that do. Absent where
   * every request goes to a server of `makeServer`.
   */
  readonly answerPlainly?: (call: PlainCall) => Promise<unknown> | undefined;
  /** What clients without a session can listen to; nothing where absent. */
  readonly changes?: Pick<ResourceChanges, "listen">;
  /** Tells from now on when there are other prompts than before; absent where nothing tells. */
  readonly onPromptsChanged?: (listener: () => void) => Promise<Disposable>;
  readonly images: ImageFiles;
  /** Where pictures of people come in. */
  readonly uploads: Pick<Uploads, "lookUp" | "take" | "takeOf" | "keepEarly">;
  /** What answers clients of OpenAI's image API; absent where nothing does. */
  readonly imagesApi?: ImagesApiParts;
  /** What the studio page shows; absent where there is none. */
  readonly page?: ServerDependencies;
  /** Whose access tokens are good here; with any, MCP_PUBLIC_BASE_URL is set. */
  readonly issuers?: readonly AccessTokenIssuer[];
  /** Where people let clients in with a password; absent where they do so elsewhere, or need not. */
  readonly authorizationServer?: AuthorizationServer;
  /** Opens the page once, in place of the server's tokens. */
  readonly oneTimeKey?: OneTimeKey;
  /** What servers of one database have in common; absent where each is by itself. */
  readonly common?: CommonStorage;
  /** Why the server cannot make pictures now; empty when it can. Shown to anybody. */
  readonly readiness: () => Promise<readonly string[]>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface ImagesApiParts {
  readonly imageService: Pick<
    ImageService,
    "run" | "takeInputs" | "settings" | "images" | "models"
  >;
  /** Where a picture's file is found; null where it is nowhere. */
  readonly imageUrl: (fileName: string) => string | null;
  readonly inputAccess: () => InputAccess;
  /** Awaited before providers are looked up. */
  readonly prepare: () => Promise<void>;
}

export interface ImageFiles {
  /** The recorded picture of that file name; `owner` undefined stands for anybody who knows it. */
  openFile(
    fileName: string,
    owner: string | undefined,
  ): Promise<StoredFile & { readonly mediaType: string } | undefined>;
}

/** One request on its way through the server. */
export interface IncomingRequest {
  readonly request: Request;
  readonly url: URL;
  /** The name of the token it came with, or the owner of the access token; "" without. */
  readonly client: string;
  /** How far the access token reaches; undefined stands for everything. */
  readonly scopes?: readonly Scope[];
  /** Where it came from, as far as the connection tells, as visitors are counted: see countedAddress. */
  readonly address: string;
  /** Settles when the answer has gone out; absent where there is no connection. */
  readonly delivered?: Promise<void>;
  /** Has `callback` called once the answer's last byte is on its way, or the client has left. */
  readonly atEnd: (callback: () => void) => void;
}

/** One request to the MCP endpoint. */
export interface Call extends IncomingRequest {
  /** The parsed body of a POST. */
  readonly body: unknown;
  readonly authInfo: AuthInfo | undefined;
}
