/** Whole apps over HTTP in this process, at an address that is known before their settings are read. */

import assert from "node:assert/strict";
import type { App } from "../../src/app.ts";
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
  const apps = await openHttpApps(1, environment);
  const [{ opened }] = apps.servers as [Served];
  return { url: apps.url, opened, [Symbol.asyncDispose]: () => apps[Symbol.asyncDispose]() };
}

export interface HttpApps extends AsyncDisposable {
  /** Where each request goes to the next of the servers, in turn. */
  readonly url: string;
  readonly servers: readonly Served[];
}

export interface Served {
  readonly opened: TestApp;
  readonly handler: HttpHandler;
}

/** Several servers, each in a folder of its own, behind one address. */
export async function openHttpApps(
  count: number,
  environment: (url: string) => Environment | Promise<Environment>,
): Promise<HttpApps> {
  const servers: Served[] = [];
  let requests = 0;
  const proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, info) => servers[requests++ % count]!.handler.fetch(request, info),
  );
  const url = `http://127.0.0.1:${proxy.addr.port}`;
  const env = { MCP_TRANSPORT: "http", MCP_PUBLIC_BASE_URL: url, ...await environment(url) };
  while (servers.length < count) {
    const opened = await openTestApp({ env });
    servers.push({ opened, handler: handlerOf(opened.app, url) });
  }
  return {
    url,
    servers,
    async [Symbol.asyncDispose]() {
      for (const { handler } of servers) await handler.close();
      await proxy.shutdown();
      for (const { opened } of servers) await opened[Symbol.asyncDispose]();
    },
  };
}

function handlerOf(app: App, url: string): HttpHandler {
  assert.deepEqual(checkHttpSettings(app.configuration.settings), []);
  const dependencies = app.serverDependencies({ transport: "http", baseUrl: () => url });
  return createHttpHandler({
    settings: app.configuration.settings,
    version: dependencies.version,
    makeServer: (conversation) => makeMcpServer(dependencies, conversation),
    onPromptsChanged: async (listener) => (await dependencies.templates()).onChange(listener),
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
    common: app.common,
    readiness: () => app.readiness(),
    log: app.log,
    metrics: app.metrics,
  });
}
