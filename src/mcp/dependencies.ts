import type { Settings } from "../config/settings.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import type { Previews } from "../storage/previews.ts";
import type { CopyPlace } from "../requests/request.ts";
import type { ImageService, InputAccess } from "../service/image_service.ts";
import type { Batches } from "../service/batches/batches.ts";
import type { Library } from "../service/library.ts";
import type { ResourceChanges } from "./resource_changes.ts";
import type { Templates } from "../service/templates/templates.ts";
import type { Uploads } from "../service/uploads.ts";
import type { Logger } from "../log.ts";
import type { OpenedProviders } from "../providers/registry.ts";
import type { EnvironmentSnapshot } from "../config/environment.ts";
import type { Problem } from "../config/variables.ts";

/** Everything an MCP server is made of; shared by all sessions, so that each is cheap. */
export interface ServerDependencies {
  readonly version: string;
  readonly imageService: ImageService;
  readonly images: ImageRepository;
  readonly previews: Previews;
  readonly changes: Pick<ResourceChanges, "listen">;
  readonly log: Logger;
  readonly settings: () => Settings;
  readonly providers: () => ProvidersView;
  /** Where a saved file can be fetched over HTTP; null where it cannot. */
  readonly imageUrl: (fileName: string) => string | null;
  readonly batches: Batches;
  readonly library: Library;
  readonly uploads: Uploads;
  /** Loaded when somebody asks for one. */
  readonly templates: () => Promise<Templates>;
  /** Where a person uploads the picture of a link's token; null where no page of this server can be opened. */
  readonly uploadUrl: (token: string) => string | null;
  /** Whether clients are on this machine, so that a path helps them. */
  readonly showsLocalPath: () => boolean;
  /** Where pictures that come in may be read from. */
  readonly inputAccess: () => InputAccess;
  /** Where a copy may go that `save_as`, or another argument, asks for. @throws {ImageError} `invalid_parameters` where it may not. */
  readonly copyPlace: (path: string, argument?: string) => Promise<CopyPlace>;
  /** The .env file that keys belong into; undefined where its path is not the client's business. */
  readonly settingsFile: () => string | undefined;
  /** Reads the configuration anew; nothing changes before `apply`. */
  readonly reload: (preferFile: boolean) => Reload;
}

export interface ProvidersView extends OpenedProviders {
  /** Whether the next request looks for engines on this machine. */
  readonly mayLookForEngines: boolean;
}

export interface ConfigurationView {
  readonly settings: Settings;
  readonly snapshot: Pick<EnvironmentSnapshot, "env" | "envFile" | "unreadable">;
  readonly providers: OpenedProviders;
  readonly problems: readonly Problem[];
}

export interface Reload {
  readonly before: ConfigurationView;
  readonly after: ConfigurationView;
  apply(): void;
}
