/** Joins every part; the only file that knows them all. */

import { type Configuration, loadConfiguration, secretsOf } from "./app/configuration.ts";
import { authorizationServerOf, issuersOf, troubleWith } from "./app/issuers.ts";
import { openStorage } from "./app/storage.ts";
import {
  copyPlace,
  inputAccess,
  pageUrl,
  showsLocalPath,
  type TransportView,
} from "./app/transport_view.ts";
import type { AccessTokenIssuer } from "./authorization/access_token.ts";
import type { AuthorizationServer } from "./authorization/authorization_server.ts";
import type { Runtime } from "./config/env_files.ts";
import { noticesAbout } from "./config/notices.ts";
import { saveDirectoryOf } from "./config/save_directory.ts";
import type { Settings } from "./config/settings.ts";
import { settingsFileOf } from "./config/settings_file.ts";
import type { Env } from "./config/variables.ts";
import { holdImageWorkers, limitImageWorkers } from "./images/workers.ts";
import { createLogger, type Logger } from "./log.ts";
import type { ServerDependencies } from "./mcp/dependencies.ts";
import { ResourceChanges } from "./mcp/resource_changes.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { OpenedProviders } from "./providers/registry.ts";
import { closeVendorConnections, vendorFetch } from "./providers/vendor_fetch.ts";
import type { ProviderSet } from "./requests/route.ts";
import { Batches } from "./service/batches/batches.ts";
import { ImageService, type ImageServiceSettings } from "./service/image_service.ts";
import { Library } from "./service/library.ts";
import type { Templates } from "./service/templates/templates.ts";
import { Uploads } from "./service/uploads.ts";
import type { CommonStorage } from "./storage/records/common_records.ts";
import type { ImageRepository } from "./storage/image_repository.ts";
import { PictureChanges } from "./storage/picture_changes.ts";
import { PreviewStore } from "./storage/preview_store.ts";
import { Previews } from "./storage/previews.ts";
import { VERSION } from "./version.ts";

export interface App {
  readonly configuration: Configuration;
  readonly imageService: ImageService;
  readonly images: ImageRepository;
  readonly batches: Batches;
  readonly library: Library;
  readonly uploads: Uploads;
  /** Whose access tokens are good here. */
  readonly issuers: readonly AccessTokenIssuer[];
  /** One of them that is part of this server; undefined where nobody signs in here itself. */
  readonly authorizationServer: AuthorizationServer | undefined;
  /** Where records are kept, and pictures where no store is set, as an absolute path. */
  readonly saveDirectory: string;
  /** What it has in common with the other servers of a database; undefined where there are none. */
  readonly common: CommonStorage | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Looks for engines on this machine where the next request would. */
  lookForEngines(): Promise<void>;
  /** What an MCP server of this app is made of; one definition for every transport. */
  serverDependencies(transport: TransportView): ServerDependencies;
  /** Why no picture can be made now, as sentences; empty when one can. */
  readiness(): Promise<readonly string[]>;
  /** Finishes what runs, for at most MCP_SHUTDOWN_GRACE seconds, and lets go of everything. */
  close(options?: { readonly graceSeconds?: number }): Promise<void>;
}

/** Items of batches that are worked on at once, however many generations may be. */
const MOST_ITEMS = 8;

/** Builds the app of a configuration without mistakes. Nothing is opened or connected yet. */
export function createApp(
  initial: Configuration,
  runtime: Runtime,
  commandLine: Env,
  options: { readonly log?: Logger } = {},
): App {
  let configuration = initial;
  let secrets = secretsOf(initial);
  const { settings } = configuration;
  const log = options.log ?? createLogger({
    level: settings.MCP_LOG_LEVEL,
    format: settings.MCP_LOG_FORMAT,
    secrets: () => secrets,
  });
  const metrics = createMetrics();
  const storage = openStorage(settings, saveDirectoryOf(settings, runtime), log, runtime);
  limitImageWorkers(settings.MCP_IMAGE_WORKERS);
  const imageWorkers = holdImageWorkers();
  const pictureChanges = new PictureChanges(storage.announcements);
  const changes = new ResourceChanges(pictureChanges);
  const imageService = new ImageService({
    storage,
    changes: pictureChanges,
    log,
    settings: imageServiceSettings(configuration),
    maxConcurrent: settings.MCP_MAX_CONCURRENT,
    maxQueue: settings.MCP_MAX_QUEUE,
    prepare: lookForEngines,
    embedding: () => ({ extent: configuration.settings.MCP_EMBED_METADATA, secrets }),
    onGeneration: ({ provider, outcome, seconds, bytes }) => {
      metrics.generations.add({ provider, outcome });
      metrics.generationSeconds.observe(seconds, { provider });
      metrics.storedBytes.add({}, bytes);
    },
  });

  metrics.queueDepth.readFrom(async () => (await imageService.loadOfAll()).waiting);
  metrics.runningGenerations.readFrom(async () => (await imageService.loadOfAll()).running);
  const batches = new Batches({
    storage,
    log,
    imageService,
    itemsAtOnce: Math.max(1, Math.min(MOST_ITEMS, Math.floor(settings.MCP_MAX_CONCURRENT / 2))),
  });
  const previews = new Previews({
    images: imageService.images,
    store: new PreviewStore({ folder: storage.previewDirectory, log }),
  });
  const library = new Library({ images: imageService.images, previews });
  const uploads = new Uploads({ storage });
  const { usesProxy } = inputAccess({ transport: "stdio" }, settings, runtime);
  const authorizationServer = authorizationServerOf(settings, { storage, usesProxy });
  const issuers = [
    ...authorizationServer ? [authorizationServer.accessTokens] : [],
    ...issuersOf(settings, { fetch: vendorFetch }),
  ];
  let templates: Promise<Templates> | undefined;

  /** Before the first request, and once after each reload, where nothing is configured. */
  async function lookForEngines(): Promise<void> {
    const current = configuration;
    const providers = await current.lookForEngines?.();
    if (!providers || configuration !== current) return;
    configuration = { ...current, providers, lookForEngines: undefined };
    for (const sentence of providers.found?.sentences ?? []) log.info(sentence);
    imageService.reconfigure(imageServiceSettings(configuration));
  }

  return {
    get configuration() {
      return configuration;
    },
    imageService,
    images: imageService.images,
    batches,
    library,
    uploads,
    issuers,
    authorizationServer,
    saveDirectory: storage.directory,
    common: storage.isShared
      ? {
        records: async () => (await storage.records()).common!,
        announcements: storage.announcements,
      }
      : undefined,
    log,
    metrics,
    lookForEngines,
    serverDependencies: (view) => ({
      version: VERSION,
      imageService,
      images: imageService.images,
      previews,
      changes,
      log,
      settings: () => configuration.settings,
      imageUrl: (fileName) =>
        pageUrl(view, configuration.settings, `images/${encodeURIComponent(fileName)}`),
      batches,
      library,
      uploads,
      templates: () =>
        templates ??= import("./app/templates.ts").then(({ openTemplates }) =>
          openTemplates(storage.directory, runtime, log, storage.announcements)
        ),
      uploadUrl: (token) => pageUrl(view, configuration.settings, `uploads/${token}`),
      showsLocalPath: () => showsLocalPath(view, configuration.settings),
      copyPlace: (path, argument) =>
        copyPlace(path, view, configuration.settings, runtime, argument),
      settingsFile: () =>
        showsLocalPath(view, configuration.settings)
          ? settingsFileOf(configuration.snapshot, runtime)
          : undefined,
      providers: () => ({
        ...configuration.providers,
        mayLookForEngines: configuration.lookForEngines !== undefined,
      }),
      inputAccess: () => inputAccess(view, configuration.settings, runtime),
      reload: (preferFile) => {
        const next = loadConfiguration(runtime, commandLine, { preferFile });
        return {
          before: configuration,
          after: next,
          apply() {
            const known = new Set(
              noticesAbout(configuration.snapshot).map(({ message }) => message),
            );
            for (const { level, message } of noticesAbout(next.snapshot)) {
              if (!known.has(message)) log[level](message);
            }
            configuration = next;
            // Running calls may still use the old ones.
            secrets = [...new Set([...secrets, ...secretsOf(next)])];
            imageService.reconfigure(imageServiceSettings(next));
          },
        };
      },
    }),
    async readiness() {
      const { images } = imageService;
      const [files, records, atSignIn] = await Promise.all([
        images.storeTrouble(),
        images.recordsTrouble(),
        troubleWith(issuers),
      ]);
      for (const reason of [files, records, ...atSignIn].filter((each) => each !== undefined)) {
        log.error("Not ready", { reason });
      }
      const isAnyOn = configuration.providers.on.size > 0;
      // Anybody may ask, so paths and addresses stay in the log.
      return [
        ...files || records && !storage.isShared ? ["Pictures cannot be kept"] : [],
        ...records && storage.isShared ? ["The database cannot be reached"] : [],
        ...atSignIn.length > 0
          ? ["The keys that access tokens are checked with cannot be had"]
          : [],
        ...isAnyOn ? [] : ["No provider is configured"],
      ];
    },
    async close({ graceSeconds = settings.MCP_SHUTDOWN_GRACE } = {}) {
      batches.stop();
      const isDone = await imageService.jobs.drain(graceSeconds);
      if (!isDone) {
        log.warning("Stopped while jobs were running", { jobs: imageService.jobs.active });
      }
      await imageService.close();
      await batches.close();
      changes.close();
      await previews.close();
      imageWorkers[Symbol.dispose]();
      await storage.close();
      closeVendorConnections();
    },
  };
}

function imageServiceSettings({ settings, providers }: Configuration): ImageServiceSettings {
  return {
    providers: providerSetOf(settings, providers),
    failover: settings.MCP_FAILOVER,
    dedupe: settings.MCP_DEDUPE,
    providerTimeoutSeconds: settings.MCP_PROVIDER_TIMEOUT,
  };
}

/** The providers in order of preference: the default, then MCP_PROVIDER_ORDER, then the registry's order. */
function providerSetOf(
  settings: Settings,
  { definitions, on, off }: OpenedProviders,
): ProviderSet {
  const wished = [settings.MCP_DEFAULT_PROVIDER ?? "", ...settings.MCP_PROVIDER_ORDER];
  const names = new Set([...wished.map((name) => name.toLowerCase()), ...on.keys()]);
  const entries = [...names].flatMap((name) => {
    const provider = on.get(name);
    return provider ? [[name, provider] as const] : [];
  });
  return { on: new Map(entries), off, words: definitions };
}
