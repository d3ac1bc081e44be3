/** What hosts of other people's models share: which model draws, and what was last read of each. */

import { modelCapabilities, withEditing } from "./model_capabilities.ts";
import type { ModelSchema } from "./model_schema.ts";
import type {
  CallContext,
  Capabilities,
  ImageProvider,
  ImageRequest,
  ImageResult,
} from "./provider.ts";

export interface HostedModels {
  /** Draws where a request names no model. */
  readonly usual: string;
  /** Draws then with pictures that come in; absent: the usual one. */
  readonly editing?: string;
  /** Draws then with a mask. */
  readonly masking: string;
  /** Others worth naming. */
  readonly further: readonly string[];
}

export interface Host<Model extends HostedModel> {
  /** What the host says of a model now. @throws {ImageError} where it has none of that name. */
  read(model: string, signal: AbortSignal): Promise<Model>;
  draw(request: ImageRequest, model: Model, context: CallContext): Promise<ImageResult>;
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
  cancel(ticket: string, signal: AbortSignal): Promise<void>;
}

export interface HostedModel {
  /** Its id, as a request names it. */
  readonly id: string;
  readonly schema: ModelSchema;
}

/**
 * A provider whose models have schemas of their own: each is read at its first request and counts
 * for `capabilities` from then on; after an hour it is read again.
 */
export function hostedProvider<Model extends HostedModel>(
  about: Pick<ImageProvider, "name" | "endpoint" | "furtherEndpoints" | "concurrency" | "trainer">,
  { usual, editing = usual, masking, further }: HostedModels,
  open: () => Promise<Host<Model>>,
  now: () => number,
): ImageProvider {
  const seen = new Map<string, Seen<Model>>();
  // What only a call needs is loaded by the first one.
  let host: Promise<Host<Model>> | undefined;
  const opened = () => host ??= open();

  async function modelOf(id: string, signal: AbortSignal): Promise<Model> {
    const known = seen.get(id);
    if (known && now() - known.readAt < FRESH) return known.model;
    const model = await (await opened()).read(id, signal);
    seen.delete(id);
    const [oldest] = seen.keys();
    if (seen.size >= MOST_SEEN && oldest !== undefined) seen.delete(oldest);
    seen.set(id, { model, readAt: now(), capabilities: modelCapabilities(model.schema) });
    unnamed = undefined;
    return model;
  }

  const of = (model: string) => seen.get(model)?.capabilities ?? modelCapabilities();
  let unnamed: Capabilities | undefined;

  return {
    ...about,
    models: [...new Set([usual, editing, masking, ...further])],
    capabilities: (model) =>
      model === undefined
        ? unnamed ??= withEditing(of(usual), of(editing), of(masking))
        : of(model),
    async generate(request, context) {
      context.signal.throwIfAborted();
      const { model, inputs, mask } = request;
      const id = model ?? (mask ? masking : inputs.length > 0 ? editing : usual);
      const hosted = await modelOf(id, context.signal);
      return await (await opened()).draw(request, hosted, context);
    },
    async resume(ticket, context) {
      return await (await opened()).resume(ticket, context);
    },
    async cancel(ticket, signal) {
      await (await opened()).cancel(ticket, signal);
    },
  };
}

interface Seen<Model> {
  readonly model: Model;
  /** Milliseconds since 1970. */
  readonly readAt: number;
  readonly capabilities: Capabilities;
}

/** In milliseconds. */
const FRESH = 3_600_000;
const MOST_SEEN = 100;
