/** Joins every part; the only file that knows them all. */

import { engineProblems, engineSearch } from "./app/engine_search.ts";
import { LIVE_SETTINGS, readSettings, serverVariables, type Settings } from "./config/settings.ts";
import { type EnvFiles, findEnvFiles, homeDirectory, type Runtime } from "./config/env_files.ts";
import { type EnvironmentSnapshot, readEnvironment } from "./config/environment.ts";
import { ImageError, nearest, oneOf, SETTINGS_FILE } from "./errors.ts";
import type { CopyPlace } from "./requests/request.ts";
import { savePlaceAt } from "./storage/save_copy.ts";
import type { ProviderSet } from "./requests/route.ts";
import { closeImageWorkers, limitImageWorkers } from "./images/workers.ts";
import type { ImageRepository } from "./storage/image_repository.ts";
import { openLocalStorage } from "./storage/local/local_storage.ts";
import { PreviewStore } from "./storage/preview_store.ts";
import { Previews } from "./storage/previews.ts";
import {
  ImageService,
  type ImageServiceSettings,
  type InputAccess,
} from "./service/image_service.ts";
import { Uploads } from "./service/uploads.ts";
import { createLogger, type Logger } from "./log.ts";
import type { ServerDependencies } from "./mcp/dependencies.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { noticesAbout, placeholderMessage, whyUnset } from "./config/notices.ts";
import type { EnginesFound } from "./providers/local_engines.ts";
import {
  namingVariables,
  type OpenedProviders,
  openProviders,
  providersIn,
  variablesOf,
} from "./providers/registry.ts";
import { resolveHost } from "./providers/resolve.ts";
import { closeVendorConnections, vendorFetch } from "./providers/vendor_fetch.ts";
import { expandHome, saveDirectoryOf } from "./config/save_directory.ts";
import type { Env, Problem, Variables } from "./config/variables.ts";
import { settingsFileOf } from "./config/settings_file.ts";
import { VERSION } from "./version.ts";

export interface Configuration {
  readonly settings: Settings;
  readonly snapshot: EnvironmentSnapshot;
  readonly providers: OpenedProviders;
  /** Every mistake found; a server starts only without any. */
  readonly problems: readonly Problem[];
  /** Where nothing is configured: what engines on this machine make of that; looks once. */
  readonly lookForEngines?: () => Promise<OpenedProviders>;
}

/**
 * Reads everything there is to configure, and collects every mistake. The .env files are read now
 * unless they are given as `files`.
 */
export function loadConfiguration(
  runtime: Runtime,
  commandLine: Env,
  { preferFile = false, files }: {
    readonly preferFile?: boolean;
    readonly files?: EnvFiles;
  } = {},
): Configuration {
  const problems: Problem[] = [];
  const found = files ?? findEnvFiles(commandLine, runtime);
  const read = (names: readonly string[], problems: Problem[]) =>
    readEnvironment(names, commandLine, runtime, problems, {
      preferFile: new Set(preferFile ? names.filter(isLive) : []),
      files: found,
    });
  // Variables may name providers, and these have variables of their own.
  const { env } = read(Object.keys(namingVariables), []);
  const ofProviders = Object.keys(variablesOf(providersIn(env)));
  const snapshot = read([...Object.keys(serverVariables), ...ofProviders], problems);
  const settings = readSettings(snapshot.env, problems);
  const outside = { fetch: vendorFetch, now: Date.now, resolve: resolveHost };
  const openOptions = {
    enablePlaceholder: settings.MCP_ENABLE_PLACEHOLDER,
    toPlaceholder: whyUnset(snapshot, new Set(ofProviders)),
  };
  const providers = openProviders(snapshot.env, outside, problems, openOptions);
  problems.push(...providerNameProblems(settings, snapshot.env, providers));
  problems.push(...engineProblems(settings, snapshot.env));
  problems.push(...tokenProblems(settings, snapshot));
  const open = (found: EnginesFound) =>
    openProviders(snapshot.env, outside, [], { ...openOptions, found });
  return {
    settings,
    snapshot,
    providers,
    problems,
    lookForEngines: engineSearch(settings, providers, open),
  };
}

/** Whether a variable may change while the server runs: all but most of the server's own. */
function isLive(name: string): boolean {
  return !(name in serverVariables) || (LIVE_SETTINGS as readonly string[]).includes(name);
}

export interface App {
  readonly configuration: Configuration;
  readonly imageService: ImageService;
  readonly images: ImageRepository;
  readonly uploads: Uploads;
  /** Where pictures are kept, as an absolute path. */
  readonly saveDirectory: string;
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

/** How a transport shows pictures to its clients. */
export type TransportView =
  | { readonly transport: "stdio" }
  | { readonly transport: "http"; readonly baseUrl: () => string | null };

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
  const saveDirectory = saveDirectoryOf(settings, runtime);
  const storage = openLocalStorage({
    saveDirectory,
    isShared: settings.MCP_SHARE_PICTURES,
    log,
  });
  limitImageWorkers(settings.MCP_IMAGE_WORKERS);
  const imageService = new ImageService({
    storage,
    log,
    settings: imageServiceSettings(configuration),
    maxConcurrent: settings.MCP_MAX_CONCURRENT,
    maxQueue: settings.MCP_MAX_QUEUE,
    prepare: lookForEngines,
    onGeneration: ({ provider, outcome, seconds, bytes }) => {
      metrics.generations.add({ provider, outcome });
      metrics.generationSeconds.observe(seconds, { provider });
      metrics.storedBytes.add({}, bytes);
    },
  });

  const previews = new Previews({
    images: imageService.images,
    store: new PreviewStore({ folder: storage.previewDirectory, log }),
  });
  const uploads = new Uploads({ storage });

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
    uploads,
    saveDirectory: storage.images.place,
    log,
    metrics,
    lookForEngines,
    serverDependencies: (view) => ({
      version: VERSION,
      imageService,
      images: imageService.images,
      previews,
      log,
      settings: () => configuration.settings,
      imageUrl: (fileName) =>
        pageUrl(view, configuration.settings, `images/${encodeURIComponent(fileName)}`),
      uploads,
      uploadUrl: (token) => pageUrl(view, configuration.settings, `uploads/${token}`),
      showsLocalPath: () => showsLocalPath(view, configuration.settings),
      copyPlace: (path) => copyPlace(path, view, configuration.settings, runtime),
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
      const trouble = await imageService.images.trouble();
      if (trouble) log.error("Not ready", { reason: trouble });
      const isAnyOn = configuration.providers.on.size > 0;
      // Anybody may ask, so the folder's path stays in the log.
      return [
        ...trouble ? ["The save directory cannot take pictures"] : [],
        ...isAnyOn ? [] : ["No provider is configured"],
      ];
    },
    async close({ graceSeconds = settings.MCP_SHUTDOWN_GRACE } = {}) {
      const isDone = await imageService.jobs.drain(graceSeconds);
      if (!isDone) {
        log.warning("Stopped while jobs were running", { jobs: imageService.jobs.active });
      }
      await imageService.close();
      await previews.close();
      closeImageWorkers();
      await storage.close();
      closeVendorConnections();
    },
  };
}

/** Over stdio it is the machine's own user who asks. */
function inputAccess(view: TransportView, settings: Settings, runtime: Runtime): InputAccess {
  return {
    mayReadAnyFile: view.transport === "stdio",
    folders: settings.MCP_INPUT_DIRS.map((folder) => expandHome(folder, runtime)),
    hosts: settings.MCP_INPUT_HOSTS.map((host) => host.toLowerCase()),
    home: homeDirectory(runtime),
    usesProxy: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
      .some((name) => runtime.environment(name)),
    recordSeconds: settings.MCP_IMAGE_RECORD_TTL,
    hasUploadLinks: pageUrl(view, settings, "") !== null,
  };
}

async function copyPlace(
  path: string,
  { transport }: TransportView,
  { MCP_SAVE_AS_DIRS }: Settings,
  runtime: Runtime,
): Promise<CopyPlace> {
  const instead = transport === "stdio"
    ? `leave it out and copy the file at local_path, or name folders in MCP_SAVE_AS_DIRS in ${SETTINGS_FILE}`
    : "leave it out: over HTTP a picture is at its url";
  if (transport !== "stdio" || MCP_SAVE_AS_DIRS.length === 0) {
    throw new ImageError("invalid_parameters", `save_as may write nowhere here; ${instead}`);
  }
  const folders = MCP_SAVE_AS_DIRS.map((folder) => expandHome(folder, runtime));
  return await savePlaceAt(expandHome(path, runtime), folders);
}

function showsLocalPath({ transport }: TransportView, settings: Settings): boolean {
  return transport === "stdio" || settings.MCP_EXPOSE_LOCAL_PATH;
}

/** Over stdio nothing listens, so only a public address helps. */
function pageUrl(view: TransportView, settings: Settings, path: string): string | null {
  const base = view.transport === "http" ? view.baseUrl() : settings.MCP_PUBLIC_BASE_URL ?? null;
  return base && `${base}/${path}`;
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

function providerNameProblems(
  settings: Settings,
  env: Env,
  { definitions, on, off }: OpenedProviders,
): readonly Problem[] {
  const known = definitions.map(({ name }) => name);
  const problems: Problem[] = [];
  const check = (variable: string, name: string, mustBeOn: boolean) => {
    const source = env.get(variable)?.source;
    const missing = off.get(name.toLowerCase());
    if (!known.includes(name.toLowerCase())) {
      const guess = nearest(name, known);
      const hint = guess ? `; did you mean '${guess}'?` : "";
      const message = `${variable} must name ${oneOf(known)}, current value is '${name}'${hint}`;
      problems.push({ variable, message: `${message} (from ${source})` });
    } else if (mustBeOn && missing && !on.has(name.toLowerCase())) {
      const message = `${variable} is '${name}', which is not configured: set ${
        missing.join(", ")
      }`;
      problems.push({ variable, message: `${message} (from ${source})` });
    }
  };
  const { MCP_DEFAULT_PROVIDER: chosen, MCP_PROVIDER_ORDER: order } = settings;
  if (chosen && chosen.toLowerCase() !== "auto") check("MCP_DEFAULT_PROVIDER", chosen, true);
  for (const name of order) check("MCP_PROVIDER_ORDER", name, false);
  return problems;
}

/** Whoever wrote a token down, if only an example's, does not mean to let everybody in. */
function tokenProblems(
  { MCP_TRANSPORT }: Settings,
  { placeholders }: EnvironmentSnapshot,
): readonly Problem[] {
  const token = placeholders.find(({ name }) => name === "MCP_AUTH_TOKEN");
  if (MCP_TRANSPORT !== "http" || !token) return [];
  const message = `${placeholderMessage(token)}: give it a token of your own, or leave it out to ` +
    "ask for none";
  return [{ variable: "MCP_AUTH_TOKEN", message }];
}

function secretsOf({ snapshot: { env }, providers }: Configuration): readonly string[] {
  const tables: Variables = { ...serverVariables, ...variablesOf(providers.definitions) };
  return Object.entries(tables)
    .filter(([, variable]) => variable.secret)
    .flatMap(([name]) => env.get(name)?.value ?? [])
    .flatMap((value) => [value, ...value.split(",").map((item) => item.split("=").at(-1)!.trim())]);
}
