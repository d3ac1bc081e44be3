/** One picture of a web UI: what it has, what is asked, how far it is, what came. */

import { createVendorClient, type VendorAnswer } from "../http.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { readAnswer } from "./answer.ts";
import { bodyOf, type Engine } from "./body.ts";
import { failureOf } from "./errors.ts";
import type { Inventory } from "./inventory.ts";
import { chooseModel } from "./lists.ts";
import { Watch } from "./watch.ts";

export interface DrawOptions {
  readonly outside: ProviderDependencies;
  /** What was read at an earlier request. */
  readonly inventory?: Inventory;
  /** Gets what this request read. */
  readonly onInventory: (inventory: Inventory) => void;
}

/** Asks for a path of the API; a body makes it a POST. @throws {ImageError} */
export type Ask = (path: string, options: AskOptions) => Promise<VendorAnswer>;

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly body?: unknown;
  /** How many pictures the answer may hold. */
  readonly pictures?: number;
  /** Whether asking again costs nothing; default false where there is a body. */
  readonly isFree?: boolean;
}

/** Draws one picture, or changes the one that comes in. @throws {ImageError} */
export async function draw(
  request: ImageRequest,
  engine: Engine,
  context: CallContext,
  { outside, inventory, onInventory }: DrawOptions,
): Promise<ImageResult> {
  const ask = createAsk(engine, outside);
  const { signal } = context;
  const chosen = await chooseModel(request.model ?? engine.model, {
    ask,
    signal,
    now: outside.now,
    known: inventory,
  });
  onInventory(chosen.inventory);
  const { path, body, warnings } = bodyOf(request, engine, chosen);
  await using watch = await Watch.begin(ask, context);
  try {
    const answer = await ask(path, { signal, body, pictures: request.count });
    const result = readAnswer(answer, { engine, chosen });
    return { ...result, warnings: [...warnings, ...result.warnings] };
  } catch (error) {
    if (signal.aborted) await watch.interrupt();
    throw error;
  }
}

function createAsk(engine: Engine, { fetch, resolve }: ProviderDependencies): Ask {
  const { endpoint, auth } = engine;
  const basic = auth && new TextEncoder().encode(auth).toBase64();
  const secrets = auth && basic ? [auth, basic, auth.slice(auth.indexOf(":") + 1)] : [];
  const client = createVendorClient({ title: TITLE, endpoint, secrets, fetch, resolve });
  return (path, { signal, body, pictures, isFree = body === undefined }) =>
    client.send({
      url: `${endpoint}/sdapi/v1/${path}`,
      method: body === undefined ? "GET" : "POST",
      headers: {
        "accept": "application/json",
        ...body === undefined ? {} : { "content-type": "application/json" },
        ...basic ? { "authorization": `Basic ${basic}` } : {},
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
      signal,
      repeat: isFree ? "freely" : "if nothing happened",
      pictures,
      failure: (answer) => failureOf(answer, engine),
    });
}

const TITLE = "The Stable Diffusion web UI";
