/** Requests in ComfyUI's queue: put there, followed, fetched, taken out. */

import { ImageError } from "../../errors.ts";
import { firstOf } from "../bounds.ts";
import { poll } from "../poll.ts";
import type { CallContext, ImageResult, ProviderDependencies } from "../provider.ts";
import { thoseThatCame } from "../together.ts";
import { type Account, openApi } from "./api.ts";
import { type ModelSources, prepare } from "./drawing.ts";
import { failedRun } from "./failed_run.ts";
import { type Following, startFollowing } from "./following.ts";
import { markedOutputs, picturesOf } from "./pictures.ts";
import { leftOut } from "./refused_graph.ts";
import type { ModelRequest } from "./loras.ts";
import { listen } from "./socket.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Server extends Account, ModelSources {
  /** A key of the Comfy account that pays for nodes of paid services. */
  readonly accountKey?: string;
}

export interface Queue {
  /** Draws with the request's model, or with what there is. @throws {ImageError} */
  draw(request: ModelRequest, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted request made. @throws {ImageError} */
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
  /** Takes an accepted request out of the queue, or stops it. */
  cancel(ticket: string, signal: AbortSignal): Promise<void>;
}

export function openQueue(server: Server, outside: ProviderDependencies): Queue {
  const { endpoint, accountKey } = server;
  const api = openApi(server, outside);

  async function finish(
    ticket: Ticket,
    following: Following,
    { signal, onProgress }: CallContext,
  ): Promise<ImageResult> {
    const { id, model, count, outputs, seed, warnings } = ticket;
    following.follow(id);
    let before = 0;
    const ending = await poll(async () => {
      const ending = await api.ending(id, signal);
      if (ending || following.isRunning) return ending;
      const place = await api.place(id, signal);
      // It may have come to its end between the two questions.
      if (place === undefined) return await api.ending(id, signal) ?? lost();
      if (place > 0 && place !== before) {
        onProgress({ message: `ComfyUI has ${place} to draw before this one` });
      }
      before = place;
    }, { signal, sleep: following.pause });
    const failure = failedRun(ending, model);
    if (failure) throw failure;
    const { items, warnings: surplus } = firstOf(count, picturesOf(ending, outputs));
    if (items.length === 0) throw pictureless(model);
    onProgress({ message: "ComfyUI has drawn the picture, downloading it" });
    const { images, failures } = await thoseThatCame(
      items.map(async (picture) => ({
        bytes: await api.view(picture, signal),
        ...seed === undefined ? {} : { seed },
      })),
    );
    return { images, warnings: [...warnings, ...failures, ...surplus], model };
  }

  return {
    async draw(request, context) {
      const { signal, onProgress, onAccepted, onPartialImage } = context;
      signal.throwIfAborted();
      const drawing = await prepare(request, server, api, signal);
      const { graph, seed, warnings } = drawing;
      const client = crypto.randomUUID();
      const following = startFollowing(context, graph);
      await using _ = await listen({ endpoint, headers: api.headers, client, signal }, following);
      signal.throwIfAborted();
      onProgress({ message: `Asking ComfyUI for a picture by ${drawing.model}` });
      const { prompt_id: id, node_errors } = await api.submit(
        {
          prompt: graph,
          client_id: client,
          extra_data: {
            ...onPartialImage ? { preview_method: "auto" } : {},
            ...accountKey === undefined ? {} : { api_key_comfy_org: accountKey },
          },
        },
        drawing,
        signal,
      );
      const ticket: Ticket = {
        id,
        client,
        model: drawing.model,
        count: request.count,
        ...seed === undefined ? {} : { seed },
        outputs: [...markedOutputs(graph)],
        warnings: [...warnings, ...leftOut(node_errors)],
      };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, following, context);
    },
    async resume(text, context) {
      const ticket = readTicket(text);
      const following = startFollowing(context);
      const { client } = ticket;
      const { signal } = context;
      await using _ = await listen({ endpoint, headers: api.headers, client, signal }, following);
      return await finish(ticket, following, context);
    },
    async cancel(text, signal) {
      await api.stop(readTicket(text).id, signal);
    },
  };
}

function lost(): never {
  throw new ImageError(
    "job_not_found",
    "ComfyUI no longer knows the request: it was started anew, or its queue was cleared. Please " +
      "ask for the picture again",
    { provider: "comfyui" },
  );
}

function pictureless(model: string): ImageError {
  return new ImageError(
    "missing_content",
    `ComfyUI came to the end of '${model}' without a picture. A workflow must end in a node 'Save ` +
      "Image' or 'Preview Image'",
    { provider: "comfyui", model },
  );
}
