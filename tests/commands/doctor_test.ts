import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runDoctor } from "../../src/commands/doctor.ts";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import { checkProtocol } from "../../src/commands/doctor/protocol.ts";
import { whyUnreachable } from "../../src/commands/doctor/providers.ts";
import { identifyPicture } from "../../src/images/media_type.ts";
import { VERSION } from "../../src/version.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { CACHE, HttpServer } from "../start_program.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const KEY = "sk-a-key-that-nobody-may-read";

Deno.test("the doctor finds a fresh installation healthy, with one line per check", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal);
  assert.equal(status, 0);
  assert.match(findings.version!.message, new RegExp(`^${VERSION.replaceAll(".", "\\.")}, `));
  assert.equal(findings["save directory"]!.message, join(terminal.project, "generated_images"));
  assert.match(findings.disk!.message, /GB free/);
  assert.deepEqual(findings.openai, {
    check: "openai",
    state: "off",
    message: "needs OPENAI_API_KEY",
  });
  assert.equal(findings.placeholder!.state, "ok");
});

Deno.test("the doctor's table is for people", async () => {
  await using terminal = await openTerminal();
  assert.equal(await runDoctor(terminal.context([], {}, quiet(terminal))), 0);
  assert.match(terminal.stdout(), /^ok {7}version +\d/m);
  assert.match(terminal.stdout(), /^off {6}openai +needs OPENAI_API_KEY$/m);
});

Deno.test("the doctor names the .env file it read, its variables and no value", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.project, ".env");
  await Deno.writeTextFile(file, `DOUBAO_API_KEY=${KEY}\nMCP_LOG_LEVEL=debug\n`);
  const { findings } = await examine(terminal, { offline: "true" });
  assert.equal(findings[".env"]!.message, `${file} (MCP_LOG_LEVEL, DOUBAO_API_KEY)`);
  assert.ok(!terminal.stdout().includes(KEY));
});

Deno.test("the doctor tells where it looked for a .env file in vain", async () => {
  await using terminal = await openTerminal();
  const { findings } = await examine(terminal);
  assert.ok(findings[".env"]!.message.includes(join(terminal.project, ".env")));
});

Deno.test("a mistake in the settings is broken, and named", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, {}, { MCP_LOG_LEVEL: "loud" });
  assert.equal(status, 1);
  assert.match(findings.settings!.message, /MCP_LOG_LEVEL must be .* current value is 'loud'/);
});

Deno.test("a save directory that cannot be written is broken", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, "a-file");
  await Deno.writeTextFile(file, "");
  const { status, findings } = await examine(terminal, {}, { MCP_IMAGE_SAVE_DIR: file });
  assert.equal(status, 1);
  assert.equal(findings["save directory"]!.state, "broken");
});

Deno.test("a port that another program has is broken over HTTP and a note over stdio", async () => {
  await using other = fakeServer({});
  const MCP_PORT = new URL(other.url).port;
  for (const [MCP_TRANSPORT, state] of [["http", "broken"], ["stdio", "note"]] as const) {
    await using terminal = await openTerminal();
    const { findings } = await examine(terminal, {}, { MCP_TRANSPORT, MCP_PORT });
    assert.equal(findings.port!.state, state);
    assert.match(findings.port!.message, /taken by another program/);
  }
});

Deno.test("a vendor that answers anything at all is reachable, and is asked for nothing that costs", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const { status, findings } = await examine(terminal, {}, vendor.environment);
  assert.equal(status, 0);
  const { host } = new URL(vendor.url);
  assert.ok(findings.openai!.message.endsWith(`${host} answers`), findings.openai!.message);
  assert.ok(vendor.requests.every(({ method }) => method === "HEAD"));
  assert.ok(!JSON.stringify(vendor.requests).includes(vendor.secrets[0]!));
});

Deno.test("with --offline no vendor is asked", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const { status, findings } = await examine(terminal, { offline: "true" }, vendor.environment);
  assert.equal(status, 0);
  assert.equal(findings.openai!.state, "skipped");
  assert.equal(vendor.requests.length, 0);
});

Deno.test("a vendor that cannot be reached is broken", async () => {
  await using terminal = await openTerminal();
  const environment = {
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: `http://127.0.0.1:${await deadPort()}`,
  };
  const { status, findings } = await examine(terminal, {}, environment);
  assert.equal(status, 1);
  assert.match(findings.openai!.message, /the connection is refused/);
});

Deno.test("no provider at all is broken", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, {}, { MCP_ENABLE_PLACEHOLDER: "false" });
  assert.equal(status, 1);
  assert.match(findings.providers!.message, /None is on/);
});

Deno.test("DNS, TLS, a refusal and a proxy are told apart", async () => {
  const reasons: readonly (readonly [string, RegExp])[] = [
    [
      "client error (Connect): dns error: failed to lookup address information",
      /DNS does not know/,
    ],
    ["client error (Connect): invalid peer certificate: UnknownIssuer", /TLS fails.*DENO_CERT/],
    ["client error (Connect): tcp connect error: Connection refused", /connection is refused/],
    ["client error (Connect): unsuccessful tunnel", /proxy refuses/],
  ];
  for (const [words, sentence] of reasons) {
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error(words) }));
    const options = { environment: () => undefined, fetch };
    assert.match(await whyUnreachable("https://api.example.com", options) ?? "", sentence);
  }
});

Deno.test("a proxy in the way is named by its variable and without its password", async () => {
  const variables: Readonly<Record<string, string>> = {
    HTTPS_PROXY: "http://ann:secret@proxy.example:3128",
    NO_PROXY: "localhost,.internal.example",
  };
  const environment = (name: string) => variables[name];
  const fetch = () => Promise.reject(new TypeError("Connection refused"));
  const behind = await whyUnreachable("https://api.example.com", { environment, fetch });
  assert.match(behind ?? "", /through HTTPS_PROXY \(proxy\.example:3128\).*NO_PROXY/);
  assert.doesNotMatch(behind ?? "", /secret/);
  const direct = await whyUnreachable("https://a.internal.example", { environment, fetch });
  assert.doesNotMatch(direct ?? "", /PROXY \(/);
});

Deno.test("a proxy that wants a password is told", async () => {
  const fetch = () => Promise.resolve(new Response(null, { status: 407 }));
  const trouble = await whyUnreachable("http://api.example.com", {
    environment: (name) => name === "http_proxy" ? "http://proxy:1" : undefined,
    fetch,
  });
  assert.match(
    trouble ?? "",
    /through http_proxy \(proxy:1\): the proxy wants a name and password/,
  );
});

Deno.test("--generate says what it costs first, then draws one small picture per provider", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  const flags = { generate: "true", offline: "true" };
  const { status, findings } = await examine(terminal, flags, vendor.environment);
  assert.equal(status, 0, terminal.stdout());
  assert.match(terminal.stderr(), /OpenAI.*one small real picture.*charge/);
  const [path] = /^\S+/.exec(findings["openai draws"]!.message) ?? [];
  assert.ok(identifyPicture(await Deno.readFile(path!)));
  const drawn = vendor.requests.filter(({ method }) => method === "POST");
  assert.equal(drawn.length, 1);
  assert.match(drawn[0]!.body, /"quality":"low"/);
});

Deno.test("--generate without any vendor costs nothing, and says so", async () => {
  await using terminal = await openTerminal();
  const { status } = await examine(terminal, { generate: "true" });
  assert.equal(status, 0);
  assert.match(terminal.stderr(), /costs nothing/);
});

Deno.test("a picture that a vendor refuses is broken, with the vendor's reason", async () => {
  await using terminal = await openTerminal();
  await using vendor = fakeOpenAI();
  vendor.misbehave("wrong key");
  const flags = { generate: "true", offline: "true" };
  const { status, findings } = await examine(terminal, flags, vendor.environment);
  assert.equal(status, 1);
  assert.match(findings["openai draws"]!.message, /OPENAI_API_KEY/);
  assert.ok(!terminal.stdout().includes(vendor.secrets[0]!));
});

Deno.test("--url finds a running server well, step by step", async () => {
  await using terminal = await openTerminal();
  const token = "a-token-of-this-test";
  await using server = startServer(terminal, { MCP_AUTH_TOKEN: token });
  const flags = { url: await server.address, token };
  const { status, findings } = await examine(terminal, flags);
  assert.equal(status, 0, terminal.stdout());
  assert.deepEqual(Object.keys(findings), STEPS);
  assert.match(findings.tools!.message, /generate_image/);
  assert.match(findings["structured error"]!.message, /provider_unavailable/);
  assert.equal(findings["session end"]!.message, "ended, and gone");
  assert.ok(!terminal.stdout().includes(token));
});

Deno.test("--url without the token that a server wants asks for it", async () => {
  await using terminal = await openTerminal();
  await using server = startServer(terminal, { MCP_AUTH_TOKEN: "a-token-of-this-test" });
  const { status, findings } = await examine(terminal, { url: await server.address });
  assert.equal(status, 1);
  assert.equal(findings.health!.state, "ok");
  assert.match(findings.handshake!.message, /--token/);
  assert.equal(findings.tools!.state, "skipped");
});

Deno.test("--url where nothing listens says so and skips the rest", async () => {
  await using terminal = await openTerminal();
  const { status, findings } = await examine(terminal, {
    url: `http://127.0.0.1:${await deadPort()}`,
  });
  assert.equal(status, 1);
  assert.match(findings.handshake!.message, /does not answer.*refused/);
  assert.equal(findings["session end"]!.state, "skipped");
});

Deno.test("--url refuses what is no web address", async () => {
  await using terminal = await openTerminal();
  assert.equal(await runDoctor(terminal.context([], { url: "localhost" })), 2);
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
  };
  for (const [method, { answer, message }] of Object.entries(faults)) {
    await using server = fakeServer({ ...GOOD_ANSWERS, [method]: answer });
    const broken = (await checkProtocol(server.url, undefined)).filter(isBroken);
    assert.ok(broken.some((finding) => message.test(finding.message)), `${method} is not noticed`);
  }
});

Deno.test("answers as JSON are as good as answers as events", async () => {
  for (const asEvents of [true, false]) {
    await using server = fakeServer(GOOD_ANSWERS, { asEvents });
    const findings = await checkProtocol(`${server.url}/mcp/v1/messages`, undefined);
    assert.deepEqual(findings.filter(isBroken), []);
  }
});

Deno.test("a session that outlives its end is a fault", async () => {
  await using server = fakeServer(GOOD_ANSWERS, { sessionsStay: true });
  const findings = await checkProtocol(server.url, undefined);
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
];

/** Runs the doctor with JSON, on a port that is free. */
async function examine(
  terminal: Terminal,
  flags: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<{ status: number; findings: Readonly<Record<string, Finding>> }> {
  const variables = { ...quiet(terminal), ...environment };
  const status = await runDoctor(terminal.context([], { ...flags, json: "true" }, variables));
  const { ok, findings } = JSON.parse(terminal.stdout()) as { ok: boolean; findings: Finding[] };
  assert.equal(ok, status === 0);
  return { status, findings: Object.fromEntries(findings.map((each) => [each.check, each])) };
}

/** Port 0 keeps tests that run at the same time apart. */
function quiet({ project }: Terminal): Readonly<Record<string, string>> {
  return { MCP_PORT: "0", MCP_IMAGE_SAVE_DIR: join(project, "generated_images") };
}

function startServer(terminal: Terminal, environment: Readonly<Record<string, string>>) {
  return new HttpServer(
    {
      command: Deno.execPath(),
      args: ["run", "-A", MAIN, "serve", "--transport", "http", "--port", "0"],
    },
    { cwd: terminal.project, env: { ...CACHE, ...environment } },
  );
}

function isBroken({ state }: Finding): boolean {
  return state === "broken";
}

/** A port that was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  await server.shutdown();
  return server.addr.port;
}

type Answers = Readonly<Record<string, unknown>>;

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
};

/** A server of the protocol that answers by a table. */
function fakeServer(
  answers: Answers,
  { asEvents = false, sessionsStay = false } = {},
): AsyncDisposable & { readonly url: string } {
  let isOver = false;
  const headers = { "Mcp-Session-Id": "one" };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      if (request.url.endsWith("/health")) return Response.json({ status: "healthy" });
      if (request.method === "DELETE") {
        isOver = !sessionsStay;
        return new Response(null, { status: 204 });
      }
      if (isOver) return new Response("Gone", { status: 404 });
      const { id, method, params } = await request.json();
      if (id === undefined) return new Response(null, { status: 202 });
      if (method === "prompts/get") assert.deepEqual(Object.keys(params.arguments), ["it"]);
      const message = { jsonrpc: "2.0", id, result: answers[method] };
      if (!asEvents) return Response.json(message, { headers });
      const events = `: hello\n\nevent: message\r\ndata: ${JSON.stringify(message)}\r\n\r\n`;
      return new Response(events, {
        headers: { ...headers, "Content-Type": "text/event-stream; charset=utf-8" },
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
