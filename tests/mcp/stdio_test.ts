import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HIDDEN_FOLDER } from "../../src/storage/local/local_storage.ts";
import { InMemoryTransport } from "@modelcontextprotocol/client";
import { type JSONRPCMessage, serveStdio } from "../../src/dependencies/mcp_server.ts";
import { greeting } from "../../src/mcp/identity.ts";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { USUAL_BYTES } from "../../src/mcp/message_bounds.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startServer } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { initialize, initialized, type Message, modern, openLine, request } from "./line.ts";

const REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"];

const REFUSED: readonly (readonly [what: string, line: string, code: number, id: unknown])[] = [
  ["garbage", "garbage", -32700, null],
  ["half a message", '{"jsonrpc":"2.0","id":1', -32700, null],
  ["an empty list", "[]", -32600, null],
  ["a batch", JSON.stringify([request(1, "ping")]), -32600, null],
  ["an empty object", "{}", -32600, null],
  ["null", "null", -32600, null],
  ["a number", "5", -32600, null],
  ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
  ["no version", '{"id":1,"method":"ping"}', -32600, 1],
  ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":5}', -32600, 1],
  ["parameters that are a text", JSON.stringify(request("a", "tools/list", "x")), -32600, "a"],
  ["parameters in a list", JSON.stringify(request(1, "tools/list", [])), -32600, 1],
  ["parameters that are null", JSON.stringify(request(1, "tools/list", null)), -32600, 1],
  ["a broken _meta", JSON.stringify(request(1, "ping", { _meta: 5 })), -32600, 1],
  [
    "a progress token that is none",
    JSON.stringify(request(1, "ping", { _meta: { progressToken: {} } })),
    -32600,
    1,
  ],
  ["an id that is null", JSON.stringify(request(null, "ping")), -32600, null],
  ["an id that is a fraction", JSON.stringify(request(1.5, "ping")), -32600, null],
  ["an unknown method", JSON.stringify(request(1, "nope")), -32601, 1],
  ["a call without a name", JSON.stringify(request(1, "tools/call", {})), -32602, 1],
  [
    "a call with a list of arguments",
    JSON.stringify(request(1, "tools/call", { name: "list_jobs", arguments: [] })),
    -32602,
    1,
  ],
];

for (const [what, text, code, id] of REFUSED) {
  Deno.test(`${what} is answered with ${code}, and the server lives`, async () => {
    await using test = await openTestApp();
    await using line = openLine(test.app);
    await line.say(initialize(), initialized);
    await line.write(`${text}\n`);
    await line.say(request("after", "ping"));
    assert.deepEqual((await line.answerTo("after")).result, {});
    const refusal = await until("a refusal", () => line.messages.find(({ error }) => error));
    assert.deepEqual([refusal.error?.code, refusal.id], [code, id]);
    assert.equal(line.messages.length, 3, JSON.stringify(line.messages));
  });
}

for (
  const [what, text] of [
    ["an empty line", ""],
    ["a line of spaces", "  \t "],
    ["an unknown notification", '{"jsonrpc":"2.0","method":"notifications/nope"}'],
    ["a stray answer", '{"jsonrpc":"2.0","id":99,"result":{}}'],
    ["a stray error without an id", '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}'],
    [
      "a cancel of nothing",
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}',
    ],
  ] as const
) {
  Deno.test(`${what} is passed over in silence`, async () => {
    await using test = await openTestApp();
    await using line = openLine(test.app);
    await line.say(initialize(), initialized);
    await line.write(`${text}\n`);
    await line.say(request(1, "ping"));
    await line.answerTo(1);
    assert.deepEqual(line.messages.map(({ id }) => id), [0, 1]);
  });
}

Deno.test("a line longer than the limit is skipped with an error, and the server lives", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), initialized);
  const block = new Uint8Array(1024 * 1024).fill(0x61);
  for (let sent = 0; sent <= USUAL_BYTES + 4 * block.length; sent += block.length) {
    await line.write(block);
  }
  await line.write("\n");
  await line.say(request(1, "ping"));
  assert.deepEqual((await line.answerTo(1)).result, {});
  const refusal = line.messages.find(({ error }) => error);
  assert.equal(refusal?.error?.code, -32600);
  assert.match(refusal?.error?.message ?? "", new RegExp(`${USUAL_BYTES} bytes`));
});

Deno.test("bytes may arrive in any pieces", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  const prompt = "一只猫 🐈 im Garten";
  const args = { prompt, resolution: "64x64" };
  const call = request(1, "tools/call", { name: "generate_image", arguments: args });
  const text = [initialize(), initialized, call, request(2, "ping")]
    .map((message) => JSON.stringify(message)).join("\r\n") + "\r\n";
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 7) await line.write(bytes.subarray(at, at + 7));
  assert.equal((await line.answerTo(1)).result.structuredContent.ok, true);
  await line.answerTo(2);
  using database = new DatabaseSync(join(test.folder, HIDDEN_FOLDER, "records.sqlite"));
  assert.equal(database.prepare("SELECT prompt FROM images").get()?.prompt, prompt);
});

Deno.test("several messages may arrive in one piece, the last without its line end", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), initialized, request(1, "ping"), request(2, "tools/list"));
  await line.write(JSON.stringify(request(3, "ping")));
  await line.hangUp();
  await line.ended;
  assert.deepEqual(line.messages.map(({ id }) => id).toSorted(), [0, 1, 2, 3]);
});

Deno.test("members that JSON-RPC does not know are passed over", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), { ...request(1, "ping"), traceparent: "00-1-2-03" });
  assert.deepEqual((await line.answerTo(1)).result, {});
});

Deno.test("a request id used again is answered again", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  const call = request(1, "tools/call", { name: "list_jobs" });
  await line.say(initialize(), initialized, call, request(1, "ping"), call, request(1, "ping"));
  await line.hangUp();
  await line.ended;
  assert.equal(line.messages.filter(({ id }) => id === 1).length, 4);
});

Deno.test("open requests are answered after the client has hung up", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  const args = { prompt: "a cat", resolution: "512x512" };
  await line.say(
    initialize(),
    initialized,
    request(1, "tools/call", { name: "generate_image", arguments: args }),
  );
  await line.hangUp();
  await line.ended;
  const [, answer] = line.messages;
  assert.equal(answer?.result.structuredContent.ok, true);
});

Deno.test("a cancelled request does not keep the server after the client has hung up", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app, { graceSeconds: 9 });
  const args = { prompt: "a cat", resolution: "2048x2048" };
  await line.say(
    initialize(),
    initialized,
    request(1, "tools/call", { name: "generate_image", arguments: args }),
  );
  await until("the job", () => test.app.imageService.load.running === 1);
  await line.say({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 1, reason: "changed my mind" },
  });
  const left = performance.now();
  await line.hangUp();
  await line.ended;
  assert.ok(performance.now() - left < 10_000);
  assert.deepEqual(line.messages.map(({ id }) => id), [0]);
});

Deno.test("the greeting is the SDK's own answer for every revision", async () => {
  await using test = await openTestApp();
  for (const revision of [...REVISIONS, "2026-07-28", "2099-01-01", ""]) {
    const { params } = initialize(revision);
    const expected = await sdkAnswer(test, params);
    assert.deepEqual(JSON.stringify(greeting(params)), JSON.stringify(expected.result), revision);
  }
});

Deno.test("whoever is greeted is one the SDK accepts, too", async () => {
  await using test = await openTestApp();
  let greeted = 0;
  for (const params of helloVariants()) {
    const early = greeting(params);
    if (!early) continue;
    greeted++;
    const { result } = await sdkAnswer(test, params);
    assert.deepEqual(result, early, JSON.stringify(params));
  }
  assert.ok(greeted >= 10, `${greeted} were greeted`);
});

Deno.test("known clients are greeted early", () => {
  const capabilities = {
    roots: { listChanged: true },
    sampling: {},
    elicitation: { form: {}, url: {} },
    experimental: { anything: { of: [1, "theirs"] } },
    extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } },
  };
  const clientInfo = { name: "client", title: "Client", version: "1", websiteUrl: "https://a.b" };
  assert.ok(greeting({ protocolVersion: "2025-06-18", capabilities, clientInfo }));
});

Deno.test("a malformed initialize is answered by the SDK, and a right one after it works", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(request(1, "initialize", {}));
  assert.ok((await line.answerTo(1)).error);
  await line.say(initialize("2025-06-18", 2), initialized, request(3, "ping"));
  assert.equal((await line.answerTo(2)).result.protocolVersion, "2025-06-18");
  await line.answerTo(3);
  assert.equal(line.messages.length, 3);
});

Deno.test("initialize is answered each time it is asked, once", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize("2025-11-25", 1), initialize("2025-03-26", 2), initialized);
  await line.say(initialize("2024-11-05", 3), request(4, "ping"));
  await line.answerTo(4);
  assert.deepEqual(
    line.messages.map(({ id, result }) => [id, result.protocolVersion]),
    [[1, "2025-11-25"], [2, "2025-03-26"], [3, "2024-11-05"], [4, undefined]],
  );
});

Deno.test("before the server is loaded only the very first word is greeted", async () => {
  await using test = await openTestApp();
  for (
    const first of [initialize("2025-06-18", 1), modern(1, "server/discover"), request(1, "ping")]
  ) {
    const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
    await using line = openLine(test.app, { loaded });
    await line.say(first, initialize("2025-03-26", 2), initialized, request(3, "ping"));
    await line.say(request(4, 5)); // refused at once, so everything before it was read
    await line.answerTo(4);
    const greeted = first.method === "initialize" ? [1] : [];
    assert.deepEqual(line.messages.map(({ id }) => id), [...greeted, 4]);
    load();
    await line.answerTo(3);
    assert.deepEqual(line.messages.map(({ id }) => id).toSorted(), [1, 2, 3, 4]);
    const second = await line.answerTo(2);
    assert.equal(second.result.protocolVersion, "2025-03-26");
  }
});

const EARLY = ["ping", "tools/list", "prompts/list", "resources/list", "resources/templates/list"];

Deno.test("whatever is answered before the SDK is loaded is answered in the SDK's own words", async () => {
  await using test = await openTestApp();
  for (const revision of REVISIONS) {
    const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
    await using early = openLine(test.app, { loaded });
    await early.say(initialize(revision), initialized, ...EARLY.map(ask));
    for (const method of EARLY) await early.answerTo(method);
    assert.deepEqual(new Set(early.messages.map(({ id }) => id)), new Set([0, ...EARLY]));
    await using late = openLine(test.app);
    await late.say(request("first", "resources/read", {}), initialize(revision), initialized);
    await late.answerTo(0);
    await late.say(...EARLY.map(ask));
    for (const method of EARLY) {
      assert.equal(
        JSON.stringify(await early.answerTo(method)),
        inOrder(await late.answerTo(method)),
        `${method} in ${revision}`,
      );
    }
    load();
    await early.say(request("later", "ping"));
    await early.answerTo("later");
    assert.equal(early.messages.length, EARLY.length + 2, "no answer is given twice");
  }

  function ask(method: string) {
    return request(method, method);
  }

  function inOrder({ jsonrpc, id, result }: Message) {
    return JSON.stringify({ jsonrpc, id, result });
  }
});

Deno.test("after the first question for the SDK, everything waits for it in order", async () => {
  await using test = await openTestApp();
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  await using line = openLine(test.app, { loaded });
  const call = request(1, "tools/call", { name: "list_jobs" });
  await line.say(initialize(), request(2, "ping"), call, request(3, "tools/list"), request(4, 5));
  await line.answerTo(4);
  assert.deepEqual(line.messages.map(({ id }) => id), [0, 2, 4]);
  load();
  await line.answerTo(1);
  await line.answerTo(3);
  assert.equal(line.messages.length, 5);
});

Deno.test("a list asked for in a wrong way is left to the SDK, and refused", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), initialized, request(1, "tools/list", { cursor: 5 }));
  const { error } = await line.answerTo(1);
  assert.equal(error?.code, -32602);
  assert.match(error?.message ?? "", /^Cannot answer tools\/list: 'cursor' must be a text/);
});

Deno.test("a client without a handshake is served by its own revision", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(modern(1, "server/discover"));
  const { result } = await line.answerTo(1);
  assert.deepEqual(result.supportedVersions, ["2026-07-28"]);
  await line.say(modern(2, "tools/call", { name: "list_jobs", arguments: {} }));
  assert.equal((await line.answerTo(2)).result.resultType, "complete");
  await line.say(initialize("2025-11-25", 3));
  assert.equal((await line.answerTo(3)).error?.code, -32022);
});

Deno.test("a client that probes and then shakes hands is served", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(modern(1, "server/discover"), initialize("2025-11-25", 2), initialized);
  await line.say(request(3, "ping"));
  assert.equal((await line.answerTo(2)).result.protocolVersion, "2025-11-25");
  await line.answerTo(3);
  assert.equal(line.messages.length, 3);
});

Deno.test("piped input is answered in full, and the process ends well", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  const args = { prompt: "a cat", resolution: "256x256" };
  const lines = [
    initialize(),
    initialized,
    request(1, "tools/call", { name: "generate_image", arguments: args }),
    request(2, "tools/list"),
  ];
  await server.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await server.closeStdin();
  assert.equal((await server.status).code, 0);
  assert.equal(server.messages.find(({ id }) => id === 1)?.result.structuredContent.ok, true);
  assert.equal(server.messages.find(({ id }) => id === 2)?.result.tools.length, 17);
  assert.match(server.stderr, /^\S+ info serving [^\n]*\n$/);
});

Deno.test("closing stdin ends an idle server, which has nothing to wait for", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await server.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const closed = performance.now();
  await server.closeStdin();
  const { code } = await server.status;
  assert.equal(code, 0);
  assert.ok(performance.now() - closed < 10_000);
});

Deno.test("ping is answered at once while a large picture is drawn and shrunk", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({
    folder: folder.path,
    env: { MCP_MAX_RESULT_BYTES: "300000" },
  });
  await server.initialize();
  await server.request("ping");
  const picture = await server.begin("tools/call", {
    name: "generate_image",
    arguments: { prompt: "a forest in autumn, every leaf of it", resolution: "2048x2048" },
  });
  const times: number[] = [];
  while (!server.messages.some(({ id }) => id === picture)) {
    const asked = performance.now();
    await server.request("ping");
    times.push(performance.now() - asked);
  }
  const { result } = await server.answerTo(picture);
  assert.match(result.content[0].text, /Shown smaller than saved/);
  times.sort((one, other) => one - other);
  const typical = times[Math.floor(times.length / 2)]!;
  assert.ok(times.length >= 5, `only ${times.length} pings`);
  assert.ok(typical < 1_000, `half of the pings took over ${typical} ms`);
});

Deno.test("stdout carries the protocol alone, whatever a dependency prints", async () => {
  await using folder = await temporaryFolder();
  const taker = new URL("../../src/commands/standard_streams.ts", import.meta.url);
  const script = join(folder.path, "noise.ts");
  await Deno.writeTextFile(script, NOISE.replace("STDOUT_MODULE", taker.href));
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-config", script],
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  assert.equal(new TextDecoder().decode(stdout), "the protocol\n");
  for (const way of ["log", "info", "dir", "table", "group", "Deno", "process", "Console"]) {
    assert.ok(said.includes(`by ${way}`), `${way} is not on stderr:\n${said}`);
  }
});

Deno.test("a server whose parts print at every turn still speaks the protocol alone", async () => {
  await using folder = await temporaryFolder();
  const preload = join(folder.path, "noisy_timers.js");
  await Deno.writeTextFile(preload, NOISY_TIMERS);
  await using server = startServer({ folder: folder.path, runtimeFlags: ["--preload", preload] });
  const args = { prompt: "a cat", resolution: "64x64" };
  const call = request(1, "tools/call", { name: "generate_image", arguments: args });
  const lines = [initialize(), initialized, call].map((message) => JSON.stringify(message));
  await server.write(`${lines.join("\n")}\n`);
  await server.closeStdin();
  assert.equal((await server.status).code, 0, server.stderr);
  const answers = server.messages.filter(({ method }) => method === undefined);
  assert.deepEqual(answers.map(({ id }) => id), [0, 1]);
  assert.ok(server.stderr.split("noise").length > 8, server.stderr);
});

/** Whoever sets a timer prints in three ways. */
const NOISY_TIMERS = `
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = (...timer) => {
  console.log("noise");
  process.stdout.write("noise\\n");
  Deno.stdout.writeSync(new TextEncoder().encode("noise\\n"));
  return setTimer(...timer);
};
`;

/** Prints in every way a dependency might, before and after stdout is taken for the protocol. */
const NOISE = `
import { takeStdout } from "STDOUT_MODULE";
import { Console } from "node:console";
import nodeProcess, { stdout as named } from "node:process";
const write = takeStdout();
const bytes = (text) => new TextEncoder().encode(text);
for (const name of Object.keys(console)) {
  if (typeof console[name] === "function") console[name]("by " + name);
}
console.count();
console.table([{ way: "by table" }]);
console.groupEnd();
await Deno.stdout.write(bytes("by Deno\\n"));
Deno.stdout.writeSync(bytes("by Deno, at once\\n"));
await Deno.stdout.writable.getWriter().write(bytes("by a stream of Deno's\\n"));
globalThis.process.stdout.write("by process\\n");
nodeProcess.stdout.write("by process\\n");
new Console(nodeProcess.stdout).log("by Console");
const { default: again } = await import("node:console");
again.log("by node:console");
await write(bytes("the protocol\\n"));
Deno.exit(0);
`;

/** The SDK's own answer to an initialize, without the early greeting. */
async function sdkAnswer({ app }: TestApp, params: unknown) {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const dependencies = app.serverDependencies({ transport: "stdio" });
  const server = serveStdio(({ era }) => makeMcpServer(dependencies, { era, owner: "" }), {
    transport: far,
  });
  const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>();
  near.onmessage = (message) => resolve(message as Record<string, unknown>);
  await near.start();
  await near.send(request(1, "initialize", params) as JSONRPCMessage);
  const answer = await promise;
  await server.close();
  return answer;
}

/** Parameters of initialize, well and badly formed at every place the specification names. */
function* helloVariants(): Generator<Record<string, unknown>> {
  const hello = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  const values = [undefined, null, true, 5, "x", [], {}, { a: 1 }, { a: {} }, {
    listChanged: true,
  }];
  for (const value of values) {
    for (const field of Object.keys(hello)) yield { ...hello, [field]: value };
    for (
      const name of ["roots", "sampling", "elicitation", "experimental", "extensions", "tasks"]
    ) {
      yield { ...hello, capabilities: { [name]: value } };
      for (
        const inner of [
          "listChanged",
          "form",
          "url",
          "applyDefaults",
          "context",
          "tools",
          "requests",
        ]
      ) {
        yield { ...hello, capabilities: { [name]: { [inner]: value } } };
      }
    }
    for (
      const field of ["name", "version", "title", "description", "websiteUrl", "icons", "other"]
    ) {
      yield { ...hello, clientInfo: { ...hello.clientInfo, [field]: value } };
    }
    yield { ...hello, other: value };
  }
}
