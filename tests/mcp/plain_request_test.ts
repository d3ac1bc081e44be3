/** What is answered without the SDK's server is answered as it would have. */

import assert from "node:assert/strict";
import { answerPlainly } from "../../src/mcp/plain_request.ts";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { modernPost, testHandler } from "../http/support.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { pause, until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

type Params = Record<string, unknown>;

const REQUESTS: readonly (readonly [method: string, params?: Params])[] = [
  ["tools/list"],
  ["tools/list", { cursor: null }],
  ["tools/list", { cursor: 5 }],
  ["prompts/list"],
  ["resources/list"],
  ["resources/templates/list"],
  ["tools/call", { name: "list_jobs", arguments: {} }],
  ["tools/call", { name: "list_providers" }],
  ["tools/call", { name: "get_job", arguments: { job_id: "job_1" } }],
  ["tools/call", { name: "get_job", arguments: {} }],
  ["tools/call", { name: "get_job", arguments: [] }],
  ["tools/call", { name: "draw" }],
  ["tools/call", { name: "zeichne ü" }],
  ["tools/call", {}],
  ["tools/call", { name: 5 }],
  ["prompts/get", { name: "image_generation_prompt", arguments: { description: "a cat" } }],
  ["prompts/get", { name: "image_generation_prompt", arguments: {} }],
  ["prompts/get", { name: "poem" }],
  ["resources/read", { uri: "providers://list" }],
  ["resources/read", { uri: "image://img_1" }],
  ["resources/read", { uri: "no address" }],
  ["resources/read", {}],
  ["completion/complete", {
    ref: { type: "ref/prompt", name: "image_generation_prompt" },
    argument: { name: "provider", value: "" },
  }],
  ["completion/complete", {}],
  ["server/discover"],
  ["ping"],
  ["logging/setLevel", { level: "debug" }],
  ["toString"],
];

const HEADERS: readonly Record<string, string>[] = [
  {},
  { "mcp-method": "tools/list" },
  { "mcp-name": "another" },
  { "mcp-name": " list_jobs " },
  { "mcp-name": `=?base64?${btoa("list_jobs")}?=` },
];

Deno.test("every request gets the SDK's own answer, with and without it", async () => {
  await using test = await openTestApp();
  await using plain = handlerOf(test, { isPlain: true });
  await using sdk = handlerOf(test, { isPlain: false });
  for (const [method, params] of REQUESTS) {
    for (const headers of HEADERS) {
      const what = `${method} ${JSON.stringify(params)} ${JSON.stringify(headers)}`;
      const ask = () => modernPost(method, params, headers);
      const [one, other] = await Promise.all([inOnePiece(plain, ask), inOnePiece(sdk, ask)]);
      assert.equal(one.status, other.status, what);
      assert.equal(one.headers.get("content-type"), other.headers.get("content-type"), what);
      assert.equal(await one.text(), await other.text(), what);
    }
  }
});

/** An answer that took too long to come in one piece, as on a busy machine, is asked for again. */
async function inOnePiece(
  handler: ReturnType<typeof handlerOf>,
  ask: () => RequestInit,
): Promise<Response> {
  for (let attempt = 1;; attempt++) {
    const answer = await handler.ask("/mcp", ask());
    if (answer.headers.get("content-type") !== "text/event-stream" || attempt === 10) return answer;
    await answer.body?.cancel();
    await pause(attempt * 20);
  }
}

Deno.test("a method that there is not is a 404, as the revision wants it", async () => {
  await using test = await openTestApp();
  for (const isPlain of [true, false]) {
    await using handler = handlerOf(test, { isPlain });
    for (const method of ["ping", "draw", "logging/setLevel"]) {
      const response = await handler.ask("/mcp", modernPost(method));
      assert.equal(response.status, 404, method);
      assert.equal((await response.json()).error.code, -32601);
    }
  }
});

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

for (
  const [what, change] of [
    ["progress", { _meta: { ...META, progressToken: 1 } }],
    ["log lines", { _meta: { ...META, "io.modelcontextprotocol/logLevel": "debug" } }],
    ["a broken envelope", { _meta: { ...META, "io.modelcontextprotocol/clientCapabilities": 5 } }],
    ["another revision", { _meta: { ...META, "io.modelcontextprotocol/protocolVersion": "2099" } }],
    ["no envelope", { _meta: undefined }],
    ["answers to questions of the server", { _meta: META, inputResponses: {} }],
  ] as const
) {
  Deno.test(`a request with ${what} is left to the SDK`, async () => {
    await using test = await openTestApp();
    const dependencies = dependenciesOf(test);
    const { method, headers } = modernPost("tools/list");
    const request = new Request("http://127.0.0.1/mcp", { method, headers, body: "{}" });
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list", params: change };
    const { signal } = new AbortController();
    const call = { request, body, authInfo: undefined, signal };
    assert.equal(answerPlainly(call, dependencies), undefined);
    const whole = { ...call, body: { ...body, params: { _meta: META } } };
    assert.ok(await answerPlainly(whole, dependencies));
  });
}

Deno.test("a client that leaves is a cancel, and a server that stops ends what still runs", async () => {
  await using test = await openTestApp();
  await using handler = handlerOf(test, { isPlain: true });
  const draw = () =>
    handler.ask(
      "/mcp",
      modernPost("tools/call", {
        name: "generate_image",
        arguments: { prompt: `a cat ${Math.random()}`, resolution: "2048x2048" },
      }),
    );
  const left = await draw();
  assert.match(left.headers.get("content-type") ?? "", /event-stream/);
  await until("the job", () => test.app.imageService.load.running === 1);
  await left.body?.cancel();
  await until("its end", () => test.app.imageService.load.running === 0);

  const stopped = await draw();
  await until("the job", () => test.app.imageService.load.running === 1);
  await handler.close();
  await until("its end", () => test.app.imageService.load.running === 0);
  await stopped.text();
});

function dependenciesOf({ app }: TestApp) {
  return app.serverDependencies({ transport: "http", baseUrl: () => null });
}

function handlerOf(test: TestApp, { isPlain }: { readonly isPlain: boolean }) {
  const dependencies = dependenciesOf(test);
  return testHandler({}, {
    makeServer: (conversation) => makeMcpServer(dependencies, conversation),
    ...isPlain && {
      answerPlainly: (call: Parameters<typeof answerPlainly>[0]) =>
        answerPlainly(call, dependencies),
    },
  });
}
