/** Replicate's HTTP API: questions under the token, and files. Read 2026-11-25. */

import * as z from "../../dependencies/zod.ts";
import type { ImageError } from "../../errors.ts";
import { createVendorClient, type VendorAnswer, type VendorRequest } from "../http.ts";
import type { ProviderDependencies } from "../provider.ts";
import { failureOf, unreadable } from "./errors.ts";

export interface Account {
  readonly endpoint: string;
  readonly token: string;
}

/** `model` of each call is the one that its errors name. */
export function openApi({ endpoint, token }: Account, outside: ProviderDependencies) {
  const client = createVendorClient({ title: "Replicate", endpoint, secrets: [token], ...outside });

  /** What `read` makes of the answer. @throws {ImageError} where it makes nothing of it. */
  async function ask<T>(
    path: string,
    read: (json: unknown) => T | undefined,
    model: string,
    request: Omit<VendorRequest, "url" | "failure">,
    ownFailure: (answer: VendorAnswer) => ImageError | undefined = () => undefined,
  ): Promise<T> {
    const { json } = await client.send({
      ...request,
      url: `${endpoint}${path}`,
      headers: { authorization: `Bearer ${token}`, ...request.headers },
      failure: (answer) =>
        ownFailure(answer) ?? failureOf(answer, { model, endpoint }) ??
          (read(answer.json) === undefined ? unreadable(answer, endpoint) : undefined),
    });
    return read(json)!;
  }

  /** The address of a file that Replicate keeps for its models. */
  async function upload(content: File, model: string, signal: AbortSignal): Promise<string> {
    const body = new FormData();
    body.append("content", content, content.name);
    const read = (json: unknown) => FILE.safeParse(json).data;
    const file = await ask("/v1/files", read, model, { body, signal, repeat: "freely" });
    return file.urls.get;
  }

  return { endpoint, ask, upload, download: client.download };
}

const FILE = z.object({ urls: z.object({ get: z.string().startsWith("http") }) });
