/** Draws or edits with the images API: one call, its pictures fetched. */

import { firstOf } from "../bounds.ts";
import { createVendorClient } from "../http.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { collect, type OnPartial } from "./answer.ts";
import { ask } from "./ask.ts";
import { bodyOf } from "./body.ts";
import type { Server } from "./client.ts";
import { familyOf } from "./models.ts";

/** The pictures of `request`, by its model or the `configured` one. @throws {ImageError} */
export async function draw(
  request: ImageRequest,
  context: CallContext,
  server: Server,
  configured: string,
  { fetch, resolve }: ProviderDependencies,
): Promise<ImageResult> {
  const { model = configured, count } = request;
  const { signal } = context;
  const { body, warnings: departures } = await bodyOf(request, model, server, signal);
  const answer = await ask({
    server,
    fetch,
    body,
    signal,
    onPartial: partialsFor(request, model, server, context),
  });
  const { items, warnings: surplus } = firstOf(count, answer.pictures);
  const secrets = server.key ? [server.key] : [];
  const { title, address: endpoint } = server;
  const { download } = createVendorClient({ title, endpoint, secrets, fetch, resolve });
  const { images, failures } = await collect(items, (url) => download(url, signal), server);
  const missing = items.length < count
    ? [`${title} drew ${items.length} of the ${count} pictures asked for`]
    : surplus;
  const warnings = [...departures, ...failures, ...missing];
  return { images, warnings, model: model || UNNAMED_MODEL, usage: answer.usage };
}

/** What records say of a model that the server chose. */
const UNNAMED_MODEL = "the server's own";

/** Takes unfinished pictures, where they can be had and somebody looks. */
function partialsFor(
  { count }: ImageRequest,
  model: string,
  { title }: Server,
  context: CallContext,
): OnPartial | undefined {
  const { partialImages } = familyOf(model).capabilities;
  if (!context.wantsProgress || count > 1 || !partialImages) return undefined;
  return (number, base64) => {
    context.onProgress({ message: `${title} sent partial picture ${number}` });
    showPartial(base64, context);
  };
}

/** An unfinished picture that cannot be read costs nothing but the look at it. */
function showPartial(base64: string | undefined, { onPartialImage }: CallContext): void {
  if (!base64 || !onPartialImage) return;
  try {
    onPartialImage(Uint8Array.fromBase64(base64));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}
