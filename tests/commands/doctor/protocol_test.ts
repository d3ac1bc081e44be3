import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../../src/commands/doctor/finding.ts";
import { checkProtocol } from "../../../src/commands/doctor/protocol.ts";
import { RunningServer } from "../../../src/commands/doctor/running_server.ts";
import { fakeOpenAI } from "../../fakes/openai.ts";
import { CACHE, startHttpServer } from "../../support/process.ts";
import { deadPort, examine } from "../examination.ts";
import { openTerminal, type Terminal } from "../terminal.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const TOKEN = "a-token-of-this-test";

Deno.test("--url finds a running server well, step by step", async () => {
  await using terminal = await openTerminal();
  await using server = await startServer(terminal, { MCP_AUTH_TOKEN: TOKEN });
  const flags = { url: server.url, token: TOKEN };
  const { status, findings } = await examine(terminal, flags);
  assert.equal(status, 0, terminal.stdout());
  assert.deepEqual(Object.keys(findings), STEPS);
  assert.match(findings.tools!.message, /generate_image/);
  assert.match(findings["structured error"]!.message, /provider_unavailable/);
  assert.equal(findings["session end"]!.message, "ended, and gone");
  assert.match(findings["2026-07-28 discovery"]!.message, /mcp-image-server .*2026-07-28/);
  assert.match(findings["2026-07-28 tool call"]!.message, /placeholder/);
  assert.ok(!terminal.stdout().includes(TOKEN));
});

Deno.test("--url asks for a token that is missing, and says when the one given is not the server's", async () => {
  await using folder = await openTerminal();
  await using server = await startServer(folder, { MCP_AUTH_TOKEN: TOKEN });
  const url = server.url;
  const cases: readonly {
    readonly flags?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly line: RegExp;
  }[] = [
    { line: /^The server wants a token: set MCP_AUTH_TOKEN, or give --token TOKEN$/ },
    { flags: { token: "wrong" }, line: /^The token given \(--token\) is not one of the server's$/ },
    {
      environment: { MCP_AUTH_TOKEN: "wrong" },
      line: /^The token given \(MCP_AUTH_TOKEN from the environment\) is not one of/,
    },
    {
      environment: { MCP_AUTH_TOKEN: "ann=wrong,bob=other" },
      line: /^The token given \(MCP_AUTH_TOKEN of 'ann' from the environment\) is not one of/,
    },
  ];
  for (const { flags, environment, line } of cases) {
    await using terminal = await openTerminal();
    const { status, findings } = await examine(terminal, { url, ...flags }, environment);
    assert.equal(status, 1);
    assert.equal(findings.health!.state, "ok");
    assert.match(findings.handshake!.message, line);
    assert.match(findings["2026-07-28 discovery"]!.message, line);
    assert.equal(findings.tools!.state, "skipped");
  }
});

Deno.test("--url sends the token of MCP_AUTH_TOKEN, the first of several", async () => {
  for (const MCP_AUTH_TOKEN of [TOKEN, `ann=${TOKEN},bob=other`]) {
    await using server = fakeServer(GOOD_ANSWERS, { token: TOKEN });
    await using terminal = await openTerminal();
    const { status } = await examine(terminal, { url: server.url }, { MCP_AUTH_TOKEN });
    assert.equal(status, 0, terminal.stdout());
  }
});

Deno.test("--url where nothing listens says so once, and how to start a server", async () => {
  await using terminal = await openTerminal();
  const port = await deadPort();
  const flags = { url: `http://127.0.0.1:${port}`, generate: "true" };
  const { status, list } = await examine(terminal, flags);
  assert.equal(status, 1);
  const [health, ...others] = list;
  assert.match(health!.message, /does not answer.*refused/);
  const advice = `mcp-image-server serve --transport http --port ${port}`;
  assert.ok(health!.message.endsWith(advice), health!.message);
  assert.deepEqual(list.map(({ check }) => check), STEPS);
  assert.ok(others.every(({ state }) => state === "skipped"));
});

Deno.test("--url --generate has the server draw, after saying what that costs", async () => {
  await using vendor = fakeOpenAI();
  await using home = await openTerminal();
  await using server = await startServer(home, {
    ...vendor.environment,
    MCP_ENABLE_PLACEHOLDER: "true",
    MCP_MAX_WAIT: "0",
  });
  const url = server.url;
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, { url, generate: "true" });
  assert.equal(status, 0, terminal.stdout());
  assert.match(terminal.stderr(), /^--generate asks OpenAI [^,]*They charge the server's account/);
  assert.ok(findings["openai draws"]!.message.startsWith(`${url}/images/`));
  assert.ok(findings["placeholder draws"]!.message.startsWith(`${url}/images/`));
  const { prompt, quality } = JSON.parse(vendor.requests.at(-1)!.body);
  assert.deepEqual({ prompt, quality }, { prompt: "a small red boat on a lake", quality: "low" });
  assert.deepEqual([...Deno.readDirSync(terminal.project)], []);
});

Deno.test("--url --generate waits for a job, and tells why there is no picture", async () => {
  const job = { id: "job_1" };
  const image = { id: "img_1", url: null, local_path: null, save_error: null };
  const cases: readonly { get_job: unknown; state: string; message: RegExp }[] = [
    { get_job: { structuredContent: { images: [image] } }, state: "ok", message: /^img_1 in / },
    {
      get_job: {
        isError: true,
        structuredContent: { error: { code: "quota_exceeded", message: "No money is left" } },
      },
      state: "broken",
      message: /^No money is left \(quota_exceeded\)$/,
    },
  ];
  for (const { get_job, state, message } of cases) {
    await using server = fakeServer({
      ...GOOD_ANSWERS,
      [`${STATELESS} generate_image`]: { structuredContent: { images: [], job } },
      [`${STATELESS} get_job`]: get_job,
    });
    await using terminal = await openTerminal();
    const { findings } = await examine(terminal, { url: server.url, generate: "true" });
    assert.equal(terminal.stderr(), "--generate makes one small picture, which costs nothing.");
    assert.equal(findings["placeholder draws"]!.state, state);
    assert.match(findings["placeholder draws"]!.message, message);
  }
});

Deno.test("each protocol check finds its own fault", async () => {
  const faults: Readonly<Record<string, { answer: unknown; message: RegExp }>> = {
    "tools/list": { answer: { tools: [] }, message: /no tool/ },
    "resources/list": { answer: { resources: [] }, message: /no resource/ },
    "resources/read": { answer: { contents: [{ text: "{" }] }, message: /holds no JSON/ },
    "resources/templates/list": { answer: {}, message: /no template/ },
    "prompts/list": { answer: { prompts: [] }, message: /no prompt/ },
    "prompts/get": { answer: { messages: [] }, message: /has no messages/ },
    "tools/call": { answer: { content: [] }, message: /is no error/ },
    "server/discover": { answer: { supportedVersions: [] }, message: /does not offer 2026-07-28/ },
    [`${STATELESS} tools/list`]: { answer: { tools: [] }, message: /no tool/ },
    [`${STATELESS} list_providers`]: { answer: {}, message: /no provider that is on/ },
  };
  for (const [method, { answer, message }] of Object.entries(faults)) {
    await using server = fakeServer({ ...GOOD_ANSWERS, [method]: answer });
    const broken = (await check(server.url)).filter(isBroken);
    assert.ok(broken.some((finding) => message.test(finding.message)), `${method} is not noticed`);
  }
});

Deno.test("answers as JSON are as good as answers as events", async () => {
  for (const asEvents of [true, false]) {
    await using server = fakeServer(GOOD_ANSWERS, { asEvents });
    const findings = await check(`${server.url}/mcp/v1/messages`);
    assert.deepEqual(findings.filter(isBroken), []);
  }
});

Deno.test("a session that outlives its end is a fault", async () => {
  await using server = fakeServer(GOOD_ANSWERS, { sessionsStay: true });
  const findings = await check(server.url);
  assert.match(findings.find(isBroken)?.message ?? "", /answers HTTP 200, not 404/);
});

const STEPS = [
  "health",
  "handshake",
  "tools",
  "resources",
  "reading resources",
  "resource templates",
  "prompts",
  "reading a prompt",
  "structured error",
  "session end",
  "2026-07-28 discovery",
  "2026-07-28 tools",
  "2026-07-28 tool call",
];

function check(address: string): Promise<readonly Finding[]> {
  return checkProtocol(new RunningServer(new URL(address)), "Start it");
}

function startServer(terminal: Terminal, environment: Readonly<Record<string, string>>) {
  const program = { command: Deno.execPath(), args: ["run", "-A", MAIN] };
  const env = { ...CACHE, ...environment };
  return startHttpServer({ program, folder: terminal.project, env });
}

function isBroken({ state }: Finding): boolean {
  return state === "broken";
}

/** By method, or by tool; where the eras differ, with STATELESS before it. */
type Answers = Readonly<Record<string, unknown>>;

const STATELESS = "2026-07-28";

const GOOD_ANSWERS: Answers = {
  initialize: { protocolVersion: "2025-11-25", serverInfo: { name: "fake", version: "1" } },
  "tools/list": { tools: [{ name: "generate_image" }] },
  "resources/list": { resources: [{ uri: "providers://list" }] },
  "resources/read": { contents: [{ text: "[]" }] },
  "resources/templates/list": { resourceTemplates: [{ uriTemplate: "image://{id}" }] },
  "prompts/list": { prompts: [{ name: "draw", arguments: [{ name: "it", required: true }] }] },
  "prompts/get": { messages: [{ role: "user" }] },
  "tools/call": {
    isError: true,
    structuredContent: { error: { code: "provider_unavailable", message: "No" } },
  },
  "server/discover": { supportedVersions: [STATELESS] },
  [`${STATELESS} list_providers`]: {
    structuredContent: { providers: [{ name: "placeholder", on: true }, { name: "openai" }] },
  },
};

/** A server of the protocol that answers by a table, and demands what each era must send. */
function fakeServer(
  answers: Answers,
  { asEvents = false, sessionsStay = false, token = "" } = {},
): AsyncDisposable & { readonly url: string } {
  let isOver = false;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { headers } = request;
    if (request.url.endsWith("/health")) {
      assert.equal(headers.get("Authorization"), null);
      return Response.json({ status: "healthy" });
    }
    if (token && headers.get("Authorization") !== `Bearer ${token}`) {
      return new Response(null, { status: 401 });
    }
    if (request.method === "DELETE") {
      isOver = !sessionsStay;
      return new Response(null, { status: 204 });
    }
    const message: Message = await request.json();
    const isStateless = headers.get("MCP-Protocol-Version") === STATELESS;
    if (isStateless && !isWhole(message, headers)) {
      return new Response("Not whole", { status: 400 });
    }
    if (!isStateless && isOver) return new Response("Gone", { status: 404 });
    if (message.id === undefined) return new Response(null, { status: 202 });
    return answer(message, isStateless);
  });
  const answer = ({ id, method, params }: Message, isStateless: boolean) => {
    if (method === "prompts/get") assert.deepEqual(Object.keys(params.arguments ?? {}), ["it"]);
    const names = [params.name, method].flatMap((name) => name === undefined ? [] : [name]);
    const keys = isStateless ? [...names.map((name) => `${STATELESS} ${name}`), ...names] : names;
    const found = answers[keys.find((key) => key in answers) ?? ""] ?? {};
    const result = isStateless ? { resultType: "complete", ...found } : found;
    const reply = { jsonrpc: "2.0", id, result };
    const session: Record<string, string> = isStateless ? {} : { "Mcp-Session-Id": "one" };
    if (!asEvents) return Response.json(reply, { headers: session });
    const events = `: hello\n\nevent: message\r\ndata: ${JSON.stringify(reply)}\r\n\r\n`;
    return new Response(events, {
      headers: { ...session, "Content-Type": "text/event-stream; charset=utf-8" },
    });
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: {
    readonly name?: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly _meta?: Readonly<Record<string, unknown>>;
  };
}

/** Whether a request of the newer era says all that it must. */
function isWhole({ method, params }: Message, headers: Headers): boolean {
  return headers.get("Mcp-Method") === method &&
    headers.get("Mcp-Name") === (params.name ?? null) &&
    params._meta?.["io.modelcontextprotocol/protocolVersion"] === STATELESS &&
    params._meta?.["io.modelcontextprotocol/clientCapabilities"] !== undefined &&
    !headers.has("Mcp-Session-Id");
}
