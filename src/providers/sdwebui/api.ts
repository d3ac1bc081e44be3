/** One picture of a web UI: what it has, what is asked, how far it is, what came. */

import { createVendorClient } from "../http.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { readAnswer } from "./answer.ts";
import { bodyOf } from "./body.ts";
import type { Ask, Engine } from "./engine.ts";
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
  const { endpoint, username, password } = engine;
  const basic = password && new TextEncoder().encode(`${username}:${password}`).toBase64();
  const secrets = password && basic ? [password, basic] : [];
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
      json: body,
      signal,
      repeat: isFree ? "freely" : "if nothing happened",
      pictures,
      failure: (answer) => failureOf(answer, engine),
    });
}

const TITLE = "The Stable Diffusion web UI";
