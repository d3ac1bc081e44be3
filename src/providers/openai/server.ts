/** A server of the images API, OpenAI's or another one's, as a provider. */

import type { ImageProvider, ProviderDependencies } from "../provider.ts";
import type { Server } from "./client.ts";
import { familyOf, modelsBeside } from "./models.ts";

/** The server at an address, and whose it is. */
export function serverAt(address: string): Pick<Server, "title" | "address" | "isOpenAI"> {
  const { hostname, host } = new URL(address);
  const isOpenAI = /(^|\.)openai\.com$/.test(hostname);
  return { title: isOpenAI ? "OpenAI" : `OpenAI-compatible server ${host}`, address, isOpenAI };
}

/** `configured` is the model for requests that name none; "" leaves it to the server. */
export function createProvider(
  name: string,
  server: Server,
  configured: string,
  outside: ProviderDependencies,
): ImageProvider {
  return {
    name,
    endpoint: server.address,
    models: configured === "" ? [] : modelsBeside(configured),
    capabilities: (model = configured) => familyOf(model).capabilities,
    async generate(request, context) {
      // What only a call needs is loaded by the first one.
      const { draw } = await import("./draw.ts");
      return await draw(request, context, server, configured, outside);
    },
  };
}
