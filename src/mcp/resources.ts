/** What clients can read: who draws, in which styles and sizes, every picture, every job. */

import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from "../dependencies/mcp_server.ts";
import type { ImageProvider } from "../providers/provider.ts";
import { ownerOf } from "./caller.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { asToolError, jobEntry } from "./result.ts";

export function registerResources(server: McpServer, dependencies: ServerDependencies): void {
  for (const { name, uri, title, description, read } of LISTS) {
    server.registerResource(
      name,
      uri,
      { title, description, mimeType: "application/json" },
      async (_uri, context) => json(uri, await read(dependencies, context)),
    );
  }
  for (const { name, uriTemplate, title, description, read } of PROVIDER_TABLES) {
    server.registerResource(
      name,
      new ResourceTemplate(uriTemplate, {
        list: undefined,
        complete: { provider_name: (typed) => startingWith(providerNames(dependencies), typed) },
      }),
      { title, description, mimeType: "application/json" },
      (uri, { provider_name }) =>
        json(uri.href, read(providerNamed(provider_name, uri, dependencies))),
    );
  }
  server.registerResource(
    "image",
    new ResourceTemplate("image://{id}", { list: undefined }),
    { title: "Picture", description: "A picture made before, in full" },
    async (uri, { id }, context) =>
      await readImage(uri, String(id), ownerOf(context), dependencies),
  );
}

/** Names of the providers that are on. */
export function providerNames(dependencies: ServerDependencies): readonly string[] {
  return [...dependencies.providers().on.keys()];
}

/** The candidates a person may mean by what they typed so far. */
export function startingWith(candidates: Iterable<string>, typed: string): string[] {
  return [...candidates].filter((candidate) => candidate.startsWith(typed.toLowerCase()));
}

export function stylesOf(provider: ImageProvider): Readonly<Record<string, string>> {
  const styles = Object.entries(provider.capabilities().styles);
  return Object.fromEntries(styles.map(([id, { label }]) => [id, label]));
}

export function resolutionsOf(provider: ImageProvider): Readonly<Record<string, string>> {
  return provider.capabilities().sizes.listed;
}

interface ListResource {
  readonly name: string;
  readonly uri: string;
  readonly title: string;
  readonly description: string;
  readonly read: (dependencies: ServerDependencies, context: ServerContext) => unknown;
}

const LISTS: readonly ListResource[] = [
  {
    name: "providers",
    uri: "providers://list",
    title: "Available Providers",
    description: "Names of the providers that are on",
    read: providerNames,
  },
  {
    name: "styles",
    uri: "styles://list",
    title: "All Styles",
    description: "Style ids and what they mean, by provider",
    read: (dependencies) => byProvider(dependencies, stylesOf),
  },
  {
    name: "resolutions",
    uri: "resolutions://list",
    title: "All Resolutions",
    description: "Resolutions and what they mean, by provider",
    read: (dependencies) => byProvider(dependencies, resolutionsOf),
  },
  {
    name: "jobs",
    uri: "jobs://list",
    title: "Jobs",
    description: "The newest generations, running and ended",
    read: async (dependencies, context) =>
      (await dependencies.imageService.jobs.list(ownerOf(context))).map(jobEntry),
  },
];

const PROVIDER_TABLES = [
  {
    name: "provider_styles",
    uriTemplate: "styles://provider/{provider_name}",
    title: "Styles of a provider",
    description: "Style ids of one provider and what they mean",
    read: stylesOf,
  },
  {
    name: "provider_resolutions",
    uriTemplate: "resolutions://provider/{provider_name}",
    title: "Resolutions of a provider",
    description: "Resolutions of one provider and what they mean",
    read: resolutionsOf,
  },
] as const;

function byProvider(
  dependencies: ServerDependencies,
  read: (provider: ImageProvider) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...dependencies.providers().on].map(([name, provider]) => [name, read(provider)]),
  );
}

function providerNamed(
  name: string | string[] | undefined,
  uri: URL,
  dependencies: ServerDependencies,
): ImageProvider {
  const provider = dependencies.providers().on.get(String(name).toLowerCase());
  if (!provider) throw new ResourceNotFoundError(uri.href);
  return provider;
}

async function readImage(uri: URL, id: string, owner: string, dependencies: ServerDependencies) {
  const { MCP_IMAGE_RECORD_TTL } = dependencies.settings();
  const picture = await dependencies.images.find(id, owner, MCP_IMAGE_RECORD_TTL);
  if (!picture) throw new ResourceNotFoundError(uri.href);
  const bytes = await dependencies.images.read(picture).catch((error) => {
    throw asToolError(error, dependencies);
  });
  return { contents: [{ uri: uri.href, mimeType: picture.mediaType, blob: bytes.toBase64() }] };
}

function json(uri: string, value: unknown) {
  const text = JSON.stringify(value, null, 2);
  return { contents: [{ uri, mimeType: "application/json", text }] };
}
