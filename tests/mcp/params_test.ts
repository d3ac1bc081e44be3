/** Requests of a wrong shape, over both transports and in both eras. */

import assert from "node:assert/strict";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { legacyPost, messagesOf, modernPost, openSession, testHandler } from "../http/support.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { initialize, initialized, type Message, modern, openLine, request } from "./line.ts";

type Params = Record<string, unknown>;

interface Way extends AsyncDisposable {
  ask(method: string, params?: Params): Promise<Message>;
}

const WAYS: Readonly<Record<string, (test: TestApp) => Promise<Way>>> = {
  "stdio": async ({ app }) => {
    const line = openLine(app);
    await line.say(initialize(), initialized);
    return asking(line, (id, method, params) => request(id, method, params));
  },
  "stdio without a handshake": async ({ app }) => {
    const line = openLine(app);
    await line.say(modern(0, "server/discover"));
    return asking(line, (id, method, params) => modern(id, method, params));
  },
  "a session over HTTP": async (test) => {
    const handler = handlerOf(test);
    const session = await openSession(handler);
    return {
      async ask(method, params) {
        const post = legacyPost(request(1, method, params), { session });
        const [message] = await messagesOf(await handler.ask("/mcp", post));
        return message as unknown as Message;
      },
      [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose](),
    };
  },
  "HTTP without a session": async (test) => {
    const handler = handlerOf(test);
    return await Promise.resolve({
      async ask(method, params) {
        const [message] = await messagesOf(await handler.ask("/mcp", modernPost(method, params)));
        return message as unknown as Message;
      },
      [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose](),
    });
  },
};

const NAME = "image_generation_prompt";
const REF = { type: "ref/prompt", name: NAME };
const ARGUMENT = { name: "provider", value: "" };

/** A right request of every method, to be spoilt member by member. */
const WHOLE: readonly (readonly [method: string, params: Params])[] = [
  ["tools/list", { cursor: "x" }],
  ["prompts/list", { cursor: "x" }],
  ["resources/list", { cursor: "x" }],
  ["resources/templates/list", { cursor: "x" }],
  ["tools/call", { name: "list_jobs", arguments: {} }],
  ["prompts/get", { name: NAME, arguments: { description: "a cat" } }],
  ["prompts/get", { name: NAME, arguments: { description: "a cat", style: "x" } }],
  ["resources/read", { uri: "providers://list" }],
  ["completion/complete", { ref: REF, argument: ARGUMENT }],
  ["completion/complete", {
    ref: { type: "ref/resource", uri: "image://{id}{?width,height,fit,format,quality}" },
    argument: ARGUMENT,
  }],
  ["completion/complete", { ref: REF, argument: ARGUMENT, context: { arguments: { style: "x" } } }],
];

/** What may stand where it does not belong. */
const WRONG: readonly unknown[] = [
  undefined,
  null,
  true,
  5,
  -1.5,
  "",
  "nonsense",
  "x".repeat(100_000),
  [],
  [1],
  {},
  { a: { b: 1 } },
  { __proto__: null, constructor: 1 },
];

for (const [name, open] of Object.entries(WAYS)) {
  Deno.test(`${name}: every member of params may be anything, and the mistake is told in a sentence`, async () => {
    await using test = await openTestApp();
    await using way = await open(test);
    for (const [method, whole] of WHOLE) {
      const { result, error } = await way.ask(method, whole);
      assert.ok(result, `${method}: ${JSON.stringify(error)}`);
      for (const params of spoilt(whole)) {
        const answer = await way.ask(method, params);
        const what = `${method} ${JSON.stringify(params).slice(0, 200)}: ${
          JSON.stringify(answer).slice(0, 500)
        }`;
        if (answer.error === undefined) {
          assert.ok(answer.result, what);
          continue;
        }
        const isOfHeaders = name === "HTTP without a session" && answer.error.code === -32020;
        assert.ok(answer.error.code === -32602 || isOfHeaders, what);
        assert.doesNotMatch(answer.error.message, /[\[{]|expected|Invalid input|zod/i, what);
        assert.ok(answer.error.message.length < 400, what);
      }
    }
  });

  Deno.test(`${name}: null and absence are taken as what they obviously mean`, async () => {
    await using test = await openTestApp();
    await using way = await open(test);
    const right: readonly (readonly [string, Params])[] = [
      ["tools/list", { cursor: null }],
      ["tools/call", { name: "list_jobs", arguments: null }],
      ["tools/call", { name: "list_jobs" }],
      ["prompts/get", { name: NAME, arguments: { description: "a cat", style: null } }],
      ["completion/complete", { ref: REF, argument: { name: "provider", value: null } }],
      ["completion/complete", { ref: REF, argument: { name: "provider" } }],
      ["completion/complete", { ref: REF, argument: ARGUMENT, context: null }],
    ];
    for (const [method, params] of right) {
      const { result, error } = await way.ask(method, params);
      assert.ok(result, `${method} ${JSON.stringify(params)}: ${JSON.stringify(error)}`);
    }
  });

  Deno.test(`${name}: what is missing is named`, async () => {
    await using test = await openTestApp();
    await using way = await open(test);
    const told: readonly (readonly [string, Params, string])[] = [
      [
        "tools/call",
        { name: "draw", arguments: {} },
        "There is no tool 'draw': there are 'generate_image', 'edit_image', 'compare_images', 'generate_batch', 'transform_image', " +
        "'render_svg', 'create_upload_link', 'get_upload', 'get_job', 'cancel_job', 'list_jobs', 'get_image_data', 'search_images', " +
        "'image_history', 'update_images', 'delete_images', 'export_images', 'import_images', 'read_metadata', 'list_providers' or 'reload_config'",
      ],
      [
        "tools/call",
        { name: "list_job", arguments: {} },
        "There is no tool 'list_job': did you mean 'list_jobs'?",
      ],
      [
        "tools/call",
        { name: "list_jobs", arguments: "{}" },
        "Cannot answer tools/call: 'arguments' must be an object, current value is \"{}\"",
      ],
      [
        "prompts/get",
        { name: NAME, arguments: {} },
        `Cannot get prompt ${NAME}: 'description' must be a text of 1 to 32000 characters and is missing`,
      ],
      [
        "completion/complete",
        { argument: ARGUMENT },
        "Cannot answer completion/complete: 'ref' must be an object and is missing",
      ],
      [
        "completion/complete",
        { ref: { type: "prompt" }, argument: ARGUMENT },
        "Cannot answer completion/complete: 'type' of 'ref' must be 'ref/prompt' or " +
        "'ref/resource', current value is 'prompt'",
      ],
    ];
    for (const [method, params, message] of told) {
      const { error } = await way.ask(method, params);
      assert.deepEqual([error?.code, error?.message], [-32602, message]);
    }
  });

  if (name !== "HTTP without a session") { // where a header must name it, too
    Deno.test(`${name}: resources/read without uri is an invalid parameter`, async () => {
      await using test = await openTestApp();
      await using way = await open(test);
      const must = "Cannot answer resources/read: 'uri' must be a text of 1 to 2000 characters";
      for (
        const [params, told] of [
          [undefined, " and is missing"],
          [{}, " and is missing"],
          [{ uri: null }, " and is missing"],
          [{ uri: 5 }, ", current value is 5"],
          [{ uri: "" }, ', current value is ""'],
        ] as const
      ) {
        const { error } = await way.ask("resources/read", params);
        assert.deepEqual([error?.code, error?.message], [-32602, must + told]);
      }
    });
  }
}

Deno.test("an unknown tool has a code for programs beside its sentence", async () => {
  await using test = await openTestApp();
  await using way = await WAYS["stdio"]!(test);
  const { error } = await way.ask("tools/call", { name: "draw" });
  assert.deepEqual((error as { data?: unknown }).data, { code: "unknown_tool" });
});

Deno.test("a body over HTTP that is a request but for its params is refused with its id", async () => {
  await using test = await openTestApp();
  await using handler = handlerOf(test);
  const session = await openSession(handler);
  for (const params of [5, null, [], "x", { _meta: 5 }]) {
    const post = legacyPost({ jsonrpc: "2.0", id: 7, method: "tools/list", params }, { session });
    const [message] = await messagesOf(await handler.ask("/mcp", post));
    assert.equal(message?.id, 7, JSON.stringify(message));
  }
});

const HELLO = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};

const BEGINNINGS: readonly (readonly [params: Params | undefined, told: RegExp])[] = [
  [undefined, /'protocolVersion' must be a text such as '2025-11-25' and is missing$/],
  [{}, /'protocolVersion' must be a text such as '2025-11-25' and is missing$/],
  [{ ...HELLO, protocolVersion: 5 }, /'protocolVersion' must be a text .*, current value is 5$/],
  [
    { ...HELLO, protocolVersion: null },
    /'protocolVersion' must be a text .*, current value is null$/,
  ],
  [{ ...HELLO, clientInfo: undefined }, /'clientInfo' must be an object and is missing$/],
  [{ ...HELLO, clientInfo: [] }, /'clientInfo' must be an object, current value is a list of 0$/],
  [{ ...HELLO, clientInfo: { version: "1" } }, /'clientInfo.name' must be a text and is missing$/],
  [
    { ...HELLO, clientInfo: { name: "x", version: 1 } },
    /'clientInfo.version' .* current value is 1$/,
  ],
  [
    { ...HELLO, capabilities: "all" },
    /a member of 'capabilities' or 'clientInfo' is not of the type/,
  ],
  [{ ...HELLO, capabilities: { roots: "yes" } }, /a member of 'capabilities' or 'clientInfo'/],
];

for (const [params, told] of BEGINNINGS) {
  Deno.test(`initialize ${JSON.stringify(params)} is refused in a sentence, and a right one after it works`, async () => {
    await using test = await openTestApp();
    await using line = openLine(test.app);
    await line.say(request(1, "initialize", params));
    const overStdio = await line.answerTo(1);
    await line.say(initialize("2025-06-18", 2));
    assert.equal((await line.answerTo(2)).result.protocolVersion, "2025-06-18");

    await using handler = handlerOf(test);
    const response = await handler.ask("/mcp", legacyPost(request(1, "initialize", params)));
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("mcp-session-id"), null);
    const [overHttp] = await messagesOf(response);
    assert.deepEqual(overHttp, overStdio);
    const { id, error } = overStdio;
    assert.deepEqual([id, error?.code], [1, -32602]);
    assert.match(error?.message ?? "", /^Cannot answer initialize: /);
    assert.match(error?.message ?? "", told);
    await openSession(handler);
  });
}

for (const capabilities of [undefined, null]) {
  Deno.test(`initialize with capabilities ${capabilities} is one with none`, async () => {
    await using test = await openTestApp();
    await using line = openLine(test.app);
    await line.say(request(1, "initialize", { ...HELLO, capabilities }), initialized);
    assert.equal((await line.answerTo(1)).result.protocolVersion, "2025-11-25");
    await line.say(request(2, "tools/call", { name: "list_jobs" }));
    assert.ok((await line.answerTo(2)).result);
    await using handler = handlerOf(test);
    const post = legacyPost(request(1, "initialize", { ...HELLO, capabilities }));
    const [message] = await messagesOf(await handler.ask("/mcp", post));
    assert.ok(message?.result, JSON.stringify(message));
  });
}

/** The same params with one member, however deep, replaced by each wrong value. */
function* spoilt(whole: Params): Generator<Params> {
  for (const name of Object.keys(whole)) {
    for (const wrong of WRONG) yield { ...whole, [name]: wrong };
    const inner = whole[name];
    if (typeof inner !== "object" || inner === null) continue;
    for (const value of spoilt(inner as Params)) yield { ...whole, [name]: value };
  }
}

function asking(
  line: ReturnType<typeof openLine>,
  message: (id: number, method: string, params?: Params) => unknown,
): Way {
  let id = 100;
  return {
    async ask(method, params) {
      await line.say(message(++id, method, params));
      return await line.answerTo(id);
    },
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
  };
}

function handlerOf({ app }: TestApp) {
  const dependencies = app.serverDependencies({ transport: "http", baseUrl: () => null });
  return testHandler({}, {
    makeServer: (conversation) => makeMcpServer(dependencies, conversation),
  });
}
