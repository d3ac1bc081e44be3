/** What clients can read: who draws, in which styles and sizes, every picture, every job. */

import { ProtocolError, ResourceNotFoundError, UriTemplate } from "../dependencies/mcp_server.ts";
import { ImageError } from "../errors.ts";
import type { ImageProvider } from "../providers/provider.ts";
import type { ImageRecord } from "../storage/records/records.ts";
import { goneSignal, ownerOf } from "./caller.ts";
import { changedPicture } from "./results/changed_picture.ts";
import type { RequestContext } from "./context.ts";
import {
  RESOURCE_TEMPLATES,
  type ResourceName,
  RESOURCES,
  type ResourceTemplateName,
  VIEW,
} from "./declarations/resources.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { jobRows } from "./results/job_rows.ts";
import { historyRow, imageRow } from "./results/image_rows.ts";
import { findPicture, idNamed } from "./arguments/named.ts";
import { readManual } from "./manual.ts";
import { invalidParams } from "./params.ts";
import { cut } from "./arguments/argument_words.ts";
import { asToolError, picturesResult, ROOM_FOR_PROTOCOL } from "./results/result.ts";
import { rowsWithin } from "./results/rows_within.ts";
import { tooLargeFor, whereTheBytesAre } from "./results/whole_picture.ts";

/** Answers `resources/read`. */
export async function readResource(
  address: string,
  context: RequestContext,
  dependencies: ServerDependencies,
): Promise<Contents> {
  const uri = URL.parse(address)?.href;
  if (uri === undefined) {
    const data = { uri: cut(address), reason: "invalid_uri" };
    throw invalidParams(`Resource URI '${cut(address)}' is invalid`, data);
  }
  if (uri === VIEW.uri) return await (await import("./view/view.ts")).readView();
  for (const { uri: known, read } of LISTS) {
    if (uri === known) return json(uri, await read(dependencies, context));
  }
  for (const { template, takesQuery, read } of TEMPLATES) {
    const [place = "", query] = takesQuery ? uri.split("?", 2) : [uri];
    const variables = template.match(place);
    if (!variables) continue;
    const gap = String(Object.values(variables)[0]);
    const signal = goneSignal(context);
    return await read({ uri, gap, query, owner: ownerOf(context), signal, dependencies });
  }
  throw new ResourceNotFoundError(address);
}

/** Names of the providers that are on. */
export function providerNames(dependencies: ServerDependencies): readonly string[] {
  return [...dependencies.providers().on.keys()];
}

export function stylesOf(provider: ImageProvider): Readonly<Record<string, string>> {
  const styles = Object.entries(provider.capabilities().styles);
  return Object.fromEntries(styles.map(([id, { label }]) => [id, label]));
}

export function resolutionsOf(provider: ImageProvider): Readonly<Record<string, string>> {
  return provider.capabilities().sizes.listed;
}

type Read = (dependencies: ServerDependencies, context: RequestContext) => unknown;

const LIST_READERS: Readonly<Record<ResourceName, Read>> = {
  providers: providerNames,
  styles: (dependencies) => byProvider(dependencies, stylesOf),
  resolutions: (dependencies) => byProvider(dependencies, resolutionsOf),
  jobs: (dependencies, context) => jobRows(ownerOf(context), dependencies),
  recent_images: async (dependencies, context) => {
    const { images } = await dependencies.library.search({}, ownerOf(context), { limit: RECENT });
    return images.map((image) => imageRow(image, dependencies));
  },
};

/** The answer to `resources/read`. */
interface Contents {
  readonly [member: string]: unknown;
  readonly contents: readonly {
    readonly uri: string;
    readonly mimeType: string;
    readonly text?: string;
    readonly blob?: string;
  }[];
}

/** What is asked for of a template: `gap` is what stands in the gap of its address. */
interface TemplateRequest {
  readonly uri: string;
  readonly gap: string;
  /** What follows the question mark, where the template takes a query and the address has one. */
  readonly query?: string;
  readonly signal: AbortSignal;
  readonly owner: string;
  readonly dependencies: ServerDependencies;
}

type TemplateRead = (request: TemplateRequest) => Contents | Promise<Contents>;

const TEMPLATE_READERS: Readonly<Record<ResourceTemplateName, TemplateRead>> = {
  provider_styles: (request) => json(request.uri, stylesOf(providerNamed(request))),
  provider_resolutions: (request) => json(request.uri, resolutionsOf(providerNamed(request))),
  image: readImage,
  image_record: readRecord,
  tagged_images: readTagged,
  manual: ({ uri, gap, dependencies }) =>
    readManual(uri, gap, dependencies.settings().MCP_MAX_RESULT_BYTES),
};

const LISTS = Object.entries(RESOURCES).map(([name, { uri }]) => ({
  uri,
  read: LIST_READERS[name as ResourceName],
}));

/** Pictures that the list of the newest has. */
const RECENT = 20;
/** The same of a tag; `search_images` turns the pages beyond. */
const MOST_TAGGED = 100;

/** The names of a query at the end of a template. */
const QUERY = /\{\?[^}]*\}$/;

const TEMPLATES = Object.entries(RESOURCE_TEMPLATES).map(([name, { uriTemplate }]) => ({
  template: new UriTemplate(uriTemplate.replace(QUERY, "")),
  takesQuery: QUERY.test(uriTemplate),
  read: TEMPLATE_READERS[name as ResourceTemplateName],
}));

function byProvider(
  dependencies: ServerDependencies,
  read: (provider: ImageProvider) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...dependencies.providers().on].map(([name, provider]) => [name, read(provider)]),
  );
}

function providerNamed({ uri, gap, dependencies }: TemplateRequest): ImageProvider {
  const provider = dependencies.providers().on.get(gap.toLowerCase());
  if (!provider) throw new ResourceNotFoundError(uri);
  return provider;
}

async function readRecord({ uri, gap: id, owner, dependencies }: TemplateRequest) {
  const history = await dependencies.library.history(await idNamed(id, owner, dependencies), owner);
  if (!history) throw new ResourceNotFoundError(uri);
  return json(uri, {
    ...historyRow(history.image, dependencies),
    made_from: history.parents.map((each) => imageRow(each, dependencies)),
    made_of_it: history.children.map((each) => imageRow(each, dependencies)),
  });
}

/** No picture has a tag that is unknown, which is no mistake: the last of them may have lost it. */
async function readTagged({ uri, gap, owner, dependencies }: TemplateRequest) {
  const { images } = await dependencies.library.search({ tag: tagIn(uri, gap) }, owner, {
    limit: MOST_TAGGED,
  });
  const rows = images.map((image) => imageRow(image, dependencies));
  const { MCP_MAX_RESULT_BYTES } = dependencies.settings();
  return json(uri, rowsWithin(MCP_MAX_RESULT_BYTES - ROOM_FOR_PROTOCOL, rows));
}

/** The tag that an address has in its gap, percent-encoded where it is not of plain letters. */
function tagIn(uri: string, gap: string): string {
  try {
    return decodeURIComponent(gap);
  } catch {
    const data = { uri: cut(uri), reason: "invalid_uri" };
    throw invalidParams(`Resource URI '${cut(uri)}' is invalid: a '%' in a tag is '%25'`, data);
  }
}

/** All of a picture, or where no answer holds it a preview and words about where the rest is. */
async function readImage({ uri, gap: id, query, owner, signal, dependencies }: TemplateRequest) {
  const picture = await findPicture(id, owner, dependencies);
  if (!picture) throw new ResourceNotFoundError(uri);
  try {
    if (query) {
      return { contents: await changedContents(uri, picture, query, signal, dependencies) };
    }
    const reason = tooLargeFor(picture, dependencies.settings());
    if (reason) {
      return { contents: await previewContents(uri, picture, reason, signal, dependencies) };
    }
    const bytes = await dependencies.images.read(picture);
    return { contents: [{ uri, mimeType: picture.mediaType, blob: bytes.toBase64() }] };
  } catch (error) {
    throw error instanceof ProtocolError ? error : asToolError(error, dependencies);
  }
}

async function changedContents(
  uri: string,
  picture: ImageRecord,
  query: string,
  signal: AbortSignal,
  dependencies: ServerDependencies,
) {
  const { bytes, mediaType, warnings } = await changedPicture(picture, query, signal, dependencies)
    .catch((error) => {
      const isMistake = error instanceof ImageError && error.code.startsWith("invalid_");
      throw isMistake ? invalidParams(error.message, { uri, code: error.code }) : error;
    });
  const notes = warnings.map((text) => ({ uri, mimeType: "text/plain", text }));
  return [{ uri, mimeType: mediaType, blob: bytes.toBase64() }, ...notes];
}

async function previewContents(
  uri: string,
  picture: ImageRecord,
  reason: string,
  signal: AbortSignal,
  dependencies: ServerDependencies,
) {
  const { content } = await picturesResult(
    { images: [picture], warnings: [] },
    dependencies,
    { isAskedFor: true, signal },
  );
  const text = `Picture '${picture.id}' ${reason}, so this is a preview; ` +
    whereTheBytesAre(picture, dependencies);
  return [
    ...content.flatMap((block) =>
      block.type === "image" ? [{ uri, mimeType: block.mimeType, blob: block.data }] : []
    ),
    { uri, mimeType: "text/plain", text },
  ];
}

function json(uri: string, value: unknown): Contents {
  const text = JSON.stringify(value, null, 2);
  return { contents: [{ uri, mimeType: "application/json", text }] };
}
