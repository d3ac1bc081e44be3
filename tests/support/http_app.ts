/** The whole app over HTTP in this process, at an address that is known before its settings are read. */

import assert from "node:assert/strict";
import { checkHttpSettings } from "../../src/http/check.ts";
import { createHttpHandler, type HttpHandler } from "../../src/http/routes.ts";
import { answerPlainly } from "../../src/mcp/plain_request.ts";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { type Environment, openTestApp, type TestApp } from "./app.ts";

export interface HttpApp extends AsyncDisposable {
  readonly url: string;
  readonly opened: TestApp;
}

/** Serves on a free loopback port; `environment` gives the settings, told of the address. */
export async function openHttpApp(
  environment: (url: string) => Environment | Promise<Environment>,
): Promise<HttpApp> {
  const handlers: HttpHandler[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, info) => handlers[0]!.fetch(request, info),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const env = { MCP_TRANSPORT: "http", MCP_PUBLIC_BASE_URL: url, ...await environment(url) };
  const opened = await openTestApp({ env });
  const { app } = opened;
  assert.deepEqual(checkHttpSettings(app.configuration.settings), []);
  const dependencies = app.serverDependencies({ transport: "http", baseUrl: () => url });
  const handler = createHttpHandler({
    settings: app.configuration.settings,
    version: dependencies.version,
    makeServer: (conversation) => makeMcpServer(dependencies, conversation),
    changes: dependencies.changes,
    answerPlainly: (call) => answerPlainly(call, dependencies),
    images: app.images,
    uploads: app.uploads,
    imagesApi: {
      imageService: app.imageService,
      imageUrl: dependencies.imageUrl,
      inputAccess: dependencies.inputAccess,
      prepare: () => app.lookForEngines(),
    },
    page: dependencies,
    issuers: app.issuers,
    authorizationServer: app.authorizationServer,
    readiness: () => app.readiness(),
    log: app.log,
    metrics: app.metrics,
  });
  handlers.push(handler);
  return {
    url,
    opened,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await server.shutdown();
      await opened[Symbol.asyncDispose]();
    },
  };
}
