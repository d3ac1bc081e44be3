/** The view of pictures, as MCP Apps describes it to hosts: who hears of it, and what it is. */

import { getToolUiResourceUri } from "@modelcontextprotocol/ext-apps/app-bridge";
import assert from "node:assert/strict";
import { answerPlainly } from "../../src/mcp/plain_request.ts";
import { modernPost } from "../http/support.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { SHOWS_VIEWS } from "../support/views.ts";
import { initialize, initialized, modern, openLine, request } from "./line.ts";

const WITH_VIEW = [
  "generate_image",
  "edit_image",
  "compare_images",
  "transform_image",
  "render_svg",
  "get_job",
  "get_image_data",
  "search_images",
];
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
const URI = "ui://view";

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`tools name their view to ${mode} clients that show views, and to no others`, async () => {
    await using test = await openTestApp();
    await using showing = await connectTestClient(test.app, { mode, capabilities: SHOWS_VIEWS });
    await using plain = await connectTestClient(test.app, { mode });
    const { tools } = await showing.client.listTools();
    const named = tools.filter((tool) => getToolUiResourceUri(tool) !== undefined);
    assert.deepEqual(named.map(({ name }) => name), WITH_VIEW);
    for (const tool of named) {
      assert.deepEqual(tool._meta, { ui: { resourceUri: URI }, "ui/resourceUri": URI });
    }
    const without = tools.map(({ _meta, ...tool }) => tool);
    assert.deepEqual((await plain.client.listTools()).tools, without);
    const [first] = (await showing.client.listResources()).resources;
    assert.deepEqual([first?.uri, first?.mimeType], [URI, "text/html;profile=mcp-app"]);
    const { resources } = await plain.client.listResources();
    assert.ok(!resources.some(({ uri }) => uri === URI));
  });
}

Deno.test("a client that shows views of another type is told of none", async () => {
  await using test = await openTestApp();
  const capabilities = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/x"] } } };
  await using client = await connectTestClient(test.app, { capabilities });
  const { tools } = await client.client.listTools();
  assert.ok(tools.every(({ _meta }) => _meta === undefined));
});

Deno.test("over stdio the list names views before the server is loaded, and the same after", async () => {
  await using test = await openTestApp();
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  await using line = openLine(test.app, { loaded });
  const hello = initialize();
  const params = { ...hello.params as object, capabilities: SHOWS_VIEWS };
  await line.say({ ...hello, params }, initialized);
  const greeting = (await line.answerTo(0)).result;
  assert.deepEqual(greeting.capabilities.extensions, { "io.modelcontextprotocol/ui": {} });
  for (const method of ["tools/list", "resources/list"]) {
    await line.say(request(`early ${method}`, method));
    await line.answerTo(`early ${method}`);
  }
  load();
  await line.say(request(1, "tools/call", { name: "list_jobs" }));
  await line.answerTo(1);
  for (const method of ["tools/list", "resources/list"]) {
    await line.say(request(`late ${method}`, method));
    const { result } = await line.answerTo(`late ${method}`);
    assert.deepEqual(result, (await line.answerTo(`early ${method}`)).result);
    assert.match(JSON.stringify(result), /ui:\/\/view/);
  }
});

Deno.test("a request without a session says for itself that its client shows views", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  const list = modern(1, "tools/list");
  const params = list.params as { _meta: object };
  const _meta = {
    ...params._meta,
    [CAPABILITIES]: SHOWS_VIEWS,
    // As ChatGPT adds of its own.
    "openai/locale": "en-US",
  };
  await line.say({ ...list, params: { ...params, _meta } }, modern(2, "tools/list"));
  const [showing, plain] = await Promise.all([line.answerTo(1), line.answerTo(2)]);
  assert.deepEqual(showing.result.tools[0]._meta.ui, { resourceUri: URI });
  assert.equal(plain.result.tools[0]._meta, undefined);
  const { headers } = modernPost("tools/list");
  const answered = await answerPlainly({
    request: new Request("http://127.0.0.1/mcp", { method: "POST", headers }),
    body: {
      ...list,
      params: { _meta: { ...params._meta, [CAPABILITIES]: SHOWS_VIEWS } },
    },
    authInfo: undefined,
    signal: new AbortController().signal,
  }, test.app.serverDependencies({ transport: "stdio" }));
  assert.deepEqual((answered!.result as typeof showing.result).tools, showing.result.tools);
  await line.say(modern(3, "server/discover"));
  const { capabilities } = (await line.answerTo(3)).result;
  assert.deepEqual(capabilities.extensions, { "io.modelcontextprotocol/ui": {} });
});

Deno.test("the view can be read by whoever asks, also without saying that it shows views", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { contents: [view] } = await client.client.readResource({ uri: URI });
  const { text, ...rest } = view as { text: string };
  assert.deepEqual(rest, {
    uri: URI,
    mimeType: "text/html;profile=mcp-app",
    _meta: {
      ui: {
        csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
        permissions: { clipboardWrite: {} },
        prefersBorder: true,
      },
      "openai/widgetCSP": { connect_domains: [], resource_domains: [], frame_domains: [] },
    },
  });
  assert.match(text, /^<!DOCTYPE html>\n/);
});
